package stopping_test

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"zarif/cluster"
	"zarif/cluster/stopping"
)

func deployment(t *testing.T, podSpec string) *unstructured.Unstructured {
	t.Helper()
	text := `{apiVersion: apps/v1, kind: Deployment, metadata: {name: shop}, spec: {template: {spec: ` + podSpec + `}}}`
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	if err := o.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return o
}

var templates = map[string]string{
	"nothing said":       `{containers: [{name: app}]}`,
	"a sleep":            `{terminationGracePeriodSeconds: 60, containers: [{name: app, lifecycle: {preStop: {sleep: {seconds: 5}}}}]}`,
	"a command":          `{containers: [{name: app, lifecycle: {preStop: {exec: {command: [nginx, -s, quit]}}}}]}`,
	"a hook of its own":  `{containers: [{name: app, lifecycle: {postStart: {exec: {command: [warm]}}, preStop: {httpGet: {path: /bye, port: 80}}}}]}`,
	"beside others":      `{containers: [{name: proxy, lifecycle: {preStop: {sleep: {seconds: 9}}}}, {name: app}]}`,
	"an init container":  `{initContainers: [{name: app, restartPolicy: Always}], containers: [{name: proxy}]}`,
	"grace, and nothing": `{terminationGracePeriodSeconds: 5, containers: [{name: app, lifecycle: {stopSignal: SIGINT}}]}`,
}

// TestSetAndPutBack: what was set is there, nothing else changed, and what was there
// before comes back to the byte, also through JSON.
func TestSetAndPutBack(t *testing.T) {
	for name, text := range templates {
		t.Run(name, func(t *testing.T) {
			o := deployment(t, text)
			before, _ := json.Marshal(o)
			was, err := stopping.Of(o, "app")
			if err != nil {
				t.Fatal(err)
			}
			for _, stop := range []stopping.Stop{{PreStop: 3, Grace: 33}, {Grace: 30}} {
				if stop.Is(was) {
					t.Errorf("%+v is said to be what is there: %s", stop, before)
				}
				if err := stop.Set(o, "app"); err != nil {
					t.Fatal(err)
				}
				now, err := stopping.Of(o, "app")
				if err != nil || !stop.Is(now) {
					t.Errorf("set %+v, there is %+v (%v)", stop, now, err)
				}
				if other, err := stopping.Of(o, "proxy"); err == nil && name == "beside others" && !(stopping.Stop{PreStop: 9, Grace: stop.Grace}).Is(other) {
					t.Errorf("the other container has %+v", other)
				}
			}
			kept, _ := json.Marshal(was)
			var again stopping.Saved
			if err := json.Unmarshal(kept, &again); err != nil {
				t.Fatal(err)
			}
			if err := again.Put(o, "app"); err != nil {
				t.Fatal(err)
			}
			if after, _ := json.Marshal(o); string(after) != string(before) {
				t.Errorf("put back:\n%s\nit was:\n%s", after, before)
			}
		})
	}
}

func TestNoSuchContainer(t *testing.T) {
	o := deployment(t, templates["a sleep"])
	if err := (stopping.Stop{Grace: 30}).Set(o, "web"); err == nil || err.Error() != "Deployment shop has no container web" {
		t.Error(err)
	}
	w := cluster.Workload{Name: "shop", Objects: []*unstructured.Unstructured{o}, Target: cluster.Target{Kind: "StatefulSet", Name: "shop", Container: "app"}}
	if _, err := (stopping.Stop{Grace: 30}).Workload(w); err == nil {
		t.Error("a workload without its target was changed")
	}
}

// TestWorkload: the workload that was given stays as it is.
func TestWorkload(t *testing.T) {
	o := deployment(t, templates["nothing said"])
	service := &unstructured.Unstructured{Object: map[string]any{"kind": "Service", "metadata": map[string]any{"name": "shop"}}}
	given := cluster.Workload{Name: "shop", Objects: []*unstructured.Unstructured{service, o}, Target: cluster.Target{Kind: "Deployment", Name: "shop", Container: "app"}}
	before, _ := json.Marshal(given.Objects)
	stop := stopping.Stop{PreStop: 2, Grace: 12}
	changed, err := stop.Workload(given)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(given.Objects); string(after) != string(before) {
		t.Errorf("given: %s, it was %s", after, before)
	}
	if now, err := stopping.Of(changed.Objects[1], "app"); err != nil || !stop.Is(now) || changed.Grace.Seconds() != 12 || changed.Objects[0] != service {
		t.Errorf("changed: %+v, grace %s (%v)", now, changed.Grace, err)
	}
}
