package local

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/fixtures"
)

// Whatever the model does not know must be refused by its path: ignored, it could
// change what becomes of a request.
func TestWhatIsNotModelledIsRefusedByPath(t *testing.T) {
	inPod := func(text string) string { return "spec: {template: {spec: {" + text + "}}}" }
	inContainer := func(text string) string { return inPod("containers: [{" + text + "}]") }
	for _, c := range []struct {
		name, kind, patch, want string
	}{
		{"init containers", "Deployment", inPod("initContainers: [{name: a}]"), "Deployment go-exit: spec.template.spec.initContainers"},
		{"volumes", "Deployment", inPod("volumes: [{name: a}]"), "spec.template.spec.volumes"},
		{"host network", "Deployment", inPod("hostNetwork: true"), "spec.template.spec.hostNetwork"},
		{"another restart policy", "Deployment", inPod("restartPolicy: Never"), "spec.template.spec.restartPolicy: Never"},
		{"service links", "Deployment", inPod("enableServiceLinks: true"), "spec.template.spec.enableServiceLinks: true"},
		{"a paused rollout", "Deployment", "spec: {paused: true}", "spec.paused"},
		{"match expressions", "Deployment", "spec: {selector: {matchExpressions: [{key: a, operator: Exists}]}}", "spec.selector.matchExpressions"},
		{"another API version", "Deployment", "apiVersion: apps/v1beta1", "apiVersion: apps/v1beta1"},
		{"a finalizer", "Deployment", "metadata: {finalizers: [a]}", "metadata.finalizers"},
		{"postStart", "Deployment", inContainer("lifecycle: {postStart: {exec: {command: [a]}}}"), "spec.template.spec.containers[0].lifecycle.postStart"},
		{"gRPC", "Deployment", inContainer("readinessProbe: {grpc: {port: 1}}"), "spec.template.spec.containers[0].readinessProbe.grpc"},
		{"https", "Deployment", inContainer("readinessProbe: {httpGet: {scheme: HTTPS}}"), "containers[0].readinessProbe.httpGet.scheme: HTTPS"},
		{"another host", "Deployment", inContainer("lifecycle: {preStop: {httpGet: {host: a, port: 1}}}"), "containers[0].lifecycle.preStop.httpGet.host"},
		{"tcpSocket as preStop", "Deployment", inContainer("lifecycle: {preStop: {tcpSocket: {port: 1}}}"), "containers[0].lifecycle.preStop.tcpSocket"},
		{"a host port", "Deployment", inContainer("ports: [{hostPort: 1}]"), "spec.template.spec.containers[0].ports[0].hostPort"},
		{"UDP", "Deployment", inContainer("ports: [{protocol: UDP}]"), "spec.template.spec.containers[0].ports[0].protocol: UDP"},
		{"the second of a list", "Deployment", inContainer("ports: [{containerPort: 1}, {containerPort: 2, hostIP: a}]"), "containers[0].ports[1].hostIP"},
		{"a secret in the environment", "Deployment", inContainer("env: [{name: A, value: a}, {name: B, valueFrom: {secretKeyRef: {name: a}}}]"), "containers[0].env[1].valueFrom.secretKeyRef"},
		{"envFrom", "Deployment", inContainer("envFrom: []"), "containers[0].envFrom"},
		{"volume mounts", "Deployment", inContainer("volumeMounts: []"), "containers[0].volumeMounts"},
		{"a text where there should be fields", "Deployment", inPod("containers: [text]"), "spec.template.spec.containers[0]"},
		{"no list where there should be one", "Deployment", inPod("containers: {a: b}"), "spec.template.spec.containers"},
		{"a node port", "Service", "spec: {type: NodePort}", "Service go-exit: spec.type: NodePort"},
		{"session affinity", "Service", "spec: {sessionAffinity: ClientIP}", "spec.sessionAffinity: ClientIP"},
		{"traffic policy", "Service", "spec: {internalTrafficPolicy: Local}", "spec.internalTrafficPolicy"},
		{"headless", "Service", "spec: {clusterIP: None}", "spec.clusterIP"},
		{"a port's node port", "Service", "spec: {ports: [{nodePort: 30000}]}", "spec.ports[0].nodePort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) { edit(t, objects[c.kind], c.patch) })
			_, err := decode(w)
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), c.want+": not supported by the local cluster") {
				t.Errorf("error %v, want one about %s", err, c.want)
			}
		})
	}
}

func TestOtherKindsAreRefused(t *testing.T) {
	w := sketch(t, "go-exit", nil)
	w.Objects = append(w.Objects, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "c"},
	}})
	if _, err := decode(w); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "ConfigMap c") {
		t.Errorf("error %v", err)
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	w := sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], "spec: {paused: true, template: {spec: {volumes: []}}}")
		edit(t, objects["Service"], "spec: {type: LoadBalancer}")
	})
	_, err := decode(w)
	for _, want := range []string{"spec.paused", "spec.template.spec.volumes", "spec.type: LoadBalancer"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one about %s", err, want)
		}
	}
}

func TestWhatHasNoEffectIsSaid(t *testing.T) {
	w := sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], "{metadata: {creationTimestamp: null, annotations: {a: b}}, status: {}, spec: {progressDeadlineSeconds: 60}}")
		objects["Deployment"].Object["metadata"].(map[string]any)["creationTimestamp"] = nil
	})
	o, err := decode(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"metadata.annotations", "spec.progressDeadlineSeconds", "spec.template.spec.containers[0].resources"} {
		if !slices.Contains(o.without, want) {
			t.Errorf("without effect: %v; want %s among them", o.without, want)
		}
	}
}

func TestEveryFixtureIsSupported(t *testing.T) {
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range all.All() {
		n++
		w, err := s.Workload(func(string) ([]byte, error) { return []byte("x"), nil })
		if err != nil {
			t.Fatal(err)
		}
		o, err := decode(w)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if o.port != 8080 {
			t.Errorf("%s: the Service leads to port %d", s.Name, o.port)
		}
	}
	if n < 8 {
		t.Errorf("only %d fixtures", n)
	}
}
