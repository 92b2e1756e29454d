package kube

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster/stopping"
)

// thereRig has a Deployment shop in a namespace shop whose hook is a command.
func thereRig(t *testing.T) (rig, *Stopping) {
	t.Helper()
	deployment, _, _ := shopObjects("shop")
	deployment.Spec.Template.Spec.Containers = []corev1.Container{
		{Name: "proxy", Image: "proxy"},
		{Name: "app", Image: "shop", Lifecycle: &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"bye"}}}}},
	}
	r := newRig(t, Config{}, deployment)
	s, err := r.Stopping(shopWorkload(t, "shop"))
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func templateOf(t *testing.T, s *Stopping) (spec, annotation string) {
	t.Helper()
	o, err := s.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pod, _, _ := unstructured.NestedMap(o.Object, "spec", "template", "spec")
	text, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), o.GetAnnotations()[stoppingWas]
}

// TestStoppingPutsBack: however often it was set, what comes back is what was there,
// and nothing of zarif's stays.
func TestStoppingPutsBack(t *testing.T) {
	_, s := thereRig(t)
	before, _ := templateOf(t, s)
	for _, stop := range []stopping.Stop{{PreStop: 0, Grace: 30}, {PreStop: 2, Grace: 30}, {PreStop: 2, Grace: 30}, {PreStop: 25, Grace: 35}} {
		if err := s.Set(t.Context(), stop); err != nil {
			t.Fatal(err)
		}
		o, err := s.read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if now, err := stopping.Of(o, "app"); err != nil || !stop.Is(now) {
			t.Errorf("set %+v, there is %+v (%v)", stop, now, err)
		}
		if was, ours, err := s.Before(t.Context()); err != nil || !ours || was.PreStop["exec"] == nil {
			t.Errorf("before: %+v, %v, %v", was, ours, err)
		}
	}
	if err := s.PutBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, annotation := templateOf(t, s); after != before || annotation != "" {
		t.Errorf("put back:\n%s\nit was:\n%s\nannotation %q", after, before, annotation)
	}
	if err := s.PutBack(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestStoppingAfterAKill: another run finds what the killed one left, and puts back
// what was there before that.
func TestStoppingAfterAKill(t *testing.T) {
	r, s := thereRig(t)
	before, _ := templateOf(t, s)
	if err := s.Set(t.Context(), stopping.Stop{PreStop: 2, Grace: 30}); err != nil {
		t.Fatal(err)
	}
	next, err := r.Stopping(s.w)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Set(t.Context(), stopping.Stop{PreStop: 4, Grace: 30}); err != nil {
		t.Fatal(err)
	}
	if err := next.PutBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, _ := templateOf(t, s); after != before {
		t.Errorf("put back:\n%s\nit was:\n%s", after, before)
	}
}

// TestStoppingSomebodyElse: what the user has rolled out meanwhile stays.
func TestStoppingSomebodyElse(t *testing.T) {
	r, s := thereRig(t)
	if err := s.Set(t.Context(), stopping.Stop{PreStop: 2, Grace: 30}); err != nil {
		t.Fatal(err)
	}
	o, err := s.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (stopping.Stop{PreStop: 7, Grace: 40}).Set(o, "app"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.controllers().Update(t.Context(), o, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	theirs, _ := templateOf(t, s)
	if _, ours, err := s.Before(t.Context()); err != nil || ours {
		t.Errorf("theirs is taken for ours (%v)", err)
	}
	if err := s.PutBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, annotation := templateOf(t, s)
	if after != theirs || annotation != "" {
		t.Errorf("put back over what somebody else set:\n%s\n%s", after, annotation)
	}
	if actions := r.client.Actions(); len(actions) > 0 {
		t.Errorf("waited for a rollout that there was none of: %v", actions)
	}
}

func TestStoppingNotThere(t *testing.T) {
	r, _ := thereRig(t)
	if _, err := r.Stopping(shopWorkload(t, "")); err == nil || !strings.Contains(err.Error(), "was not there before") {
		t.Error(err)
	}
}
