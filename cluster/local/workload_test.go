package local

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
)

func TestBadWorkloadsAreRefused(t *testing.T) {
	type objects = map[string]*unstructured.Unstructured
	for _, c := range []struct {
		name        string
		change      func(objects)
		target      func(*cluster.Target)
		want        string
		unsupported bool
	}{
		{name: "another target", target: func(t *cluster.Target) { t.Kind = "StatefulSet" }, want: `"StatefulSet"`, unsupported: true},
		{name: "no such Deployment", target: func(t *cluster.Target) { t.Name = "x" }, want: "no Deployment x"},
		{name: "no such Service", target: func(t *cluster.Target) { t.Service = "x" }, want: "no Service x"},
		{name: "no such port", target: func(t *cluster.Target) { t.Port = 81 }, want: "no port 81"},
		{name: "two containers", want: "2 of them", unsupported: true, change: func(o objects) {
			edit(t, o["Deployment"], "spec: {template: {spec: {containers: [{name: a}, {name: b}]}}}")
		}},
		{name: "no selector", want: "Deployment go-exit: its selector", change: func(o objects) {
			edit(t, o["Deployment"], "spec: {selector: null}")
		}},
		{name: "a Deployment of other pods", want: "Deployment go-exit: its selector", change: func(o objects) {
			edit(t, o["Deployment"], "spec: {selector: {matchLabels: {a: b}}}")
		}},
		{name: "a Service of other pods", want: "Service go-exit: its selector", change: func(o objects) {
			edit(t, o["Service"], "spec: {selector: {a: b}}")
		}},
		{name: "a Service of no pods", want: "Service go-exit: its selector", change: func(o objects) {
			edit(t, o["Service"], "spec: {selector: null}")
		}},
		{name: "a port without a name", want: `spec.ports[0].targetPort: the container has no port "web"`, change: func(o objects) {
			edit(t, o["Service"], "spec: {ports: [{targetPort: web}]}")
		}},
		{name: "a surge that is none", want: "spec.strategy.rollingUpdate: maxSurge", change: func(o objects) {
			edit(t, o["Deployment"], "spec: {strategy: {rollingUpdate: {maxSurge: some}}}")
		}},
		{name: "maxUnavailable that is none", want: "spec.strategy.rollingUpdate: maxUnavailable", change: func(o objects) {
			edit(t, o["Deployment"], "spec: {strategy: {rollingUpdate: {maxUnavailable: 5 percent}}}")
		}},
		{name: "a number where a text should be", want: "Deployment go-exit", change: func(o objects) {
			edit(t, o["Deployment"], "spec: {template: {spec: {containers: [{command: [1]}]}}}")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sketch(t, "go-exit", c.change)
			if c.target != nil {
				c.target(&w.Target)
			}
			_, err := decode(w)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %s", err, c.want)
			}
			if errors.Is(err, errors.ErrUnsupported) != c.unsupported {
				t.Errorf("unsupported: %t; %v", !c.unsupported, err)
			}
		})
	}
}

func TestASecondOfAKindIsRefused(t *testing.T) {
	for _, kind := range []string{"Deployment", "Service"} {
		w := sketch(t, "go-exit", nil)
		for _, o := range w.Objects {
			if o.GetKind() == kind {
				w.Objects = append(w.Objects, o)
				break
			}
		}
		if _, err := decode(w); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "a second "+kind) {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}

func TestDefaultsAreThoseOfAnAPIServer(t *testing.T) {
	o, err := decode(sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], "spec: {replicas: null, strategy: null, template: {spec: {terminationGracePeriodSeconds: null}}}")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if n, grace := *o.deployment.Spec.Replicas, *o.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds; n != 1 || grace != 30 {
		t.Errorf("%d replicas, %d s of grace", n, grace)
	}
	if surge, unavailable, err := o.fenceposts(4); surge != 1 || unavailable != 1 || err != nil {
		t.Errorf("of 4: surge %d, unavailable %d, %v; want 25 %% of both", surge, unavailable, err)
	}
}

func TestFenceposts(t *testing.T) {
	for _, c := range []struct {
		strategy           string
		replicas           int
		surge, unavailable int
	}{
		{"{maxSurge: 1, maxUnavailable: 0}", 3, 1, 0},
		{"{maxSurge: 0, maxUnavailable: 2}", 3, 0, 2},
		{"{maxSurge: 25%, maxUnavailable: 25%}", 3, 1, 0}, // rounded up, rounded down
		{"{maxSurge: 25%, maxUnavailable: 25%}", 10, 3, 2},
		{"{maxSurge: 0, maxUnavailable: 10%}", 3, 0, 1}, // nothing would be allowed
		{"{maxSurge: 0%, maxUnavailable: 0%}", 3, 0, 1},
		{"{maxSurge: 100%, maxUnavailable: 100%}", 3, 3, 3},
		{"{maxSurge: 2}", 8, 2, 2}, // the other one is 25 %
		{"{maxUnavailable: 3}", 8, 2, 3},
		{"{maxSurge: 25%, maxUnavailable: 25%}", 0, 0, 1},
	} {
		o, err := decode(sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
			edit(t, objects["Deployment"], "spec: {strategy: {rollingUpdate: null}}")
			edit(t, objects["Deployment"], "spec: {strategy: {rollingUpdate: "+c.strategy+"}}")
		}))
		if err != nil {
			t.Fatal(err)
		}
		surge, unavailable, err := o.fenceposts(c.replicas)
		if surge != c.surge || unavailable != c.unavailable || err != nil {
			t.Errorf("%s of %d: surge %d, unavailable %d, %v; want %d, %d", c.strategy, c.replicas, surge, unavailable, err, c.surge, c.unavailable)
		}
	}
}

// The pods listen where the Service leads to, which need not be their first port.
func TestTheServicesTargetPortCounts(t *testing.T) {
	for _, c := range []struct {
		name, target string
		want         int32
	}{
		{"a name", "admin", 9090}, {"a number", "9191", 9191}, {"none: the Service's own", "null", 80},
	} {
		o, err := decode(sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
			edit(t, objects["Deployment"], "spec: {template: {spec: {containers: [{ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9090}]}]}}}")
			edit(t, objects["Service"], "spec: {ports: [{targetPort: "+c.target+"}]}")
		}))
		if err != nil || o.port != c.want {
			t.Errorf("%s: port %d, %v; want %d", c.name, o.port, err, c.want)
		}
	}
}
