package kube

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/cluster/stopping"
)

// thereRig has a Deployment shop of three in a namespace shop whose hook is a command.
func thereRig(t *testing.T) (rig, cluster.Workload) {
	t.Helper()
	deployment, _, _ := shopObjects("shop")
	deployment.Annotations = map[string]string{"team": "shop"}
	deployment.Spec.Replicas = new(int32(3))
	deployment.Spec.Template.Spec.Containers = []corev1.Container{
		{Name: "proxy", Image: "proxy"},
		{Name: "app", Image: "shop", Lifecycle: &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"bye"}}}}},
	}
	return newRig(t, Config{}, deployment), shopWorkload(t, "shop")
}

func thereObject(t *testing.T, r rig, w cluster.Workload) *unstructured.Unstructured {
	t.Helper()
	o, err := r.usersController(w).read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// thereNow is the spec and the annotations of the controller.
func thereNow(t *testing.T, r rig, w cluster.Workload) string {
	t.Helper()
	o := thereObject(t, r, w)
	text, err := json.Marshal([]any{o.Object["spec"], o.GetAnnotations()})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPutBack: whatever runs did and wherever one of them was killed, what comes back
// is what was there, and nothing of zarif's stays.
func TestPutBack(t *testing.T) {
	hook := func(preStop int64) func(*testing.T, rig, cluster.Workload) error {
		return func(t *testing.T, r rig, w cluster.Workload) error {
			return r.SetStopping(t.Context(), w, stopping.Stop{PreStop: preStop, Grace: 30 + preStop})
		}
	}
	scale := func(n int64) func(*testing.T, rig, cluster.Workload) error {
		return func(t *testing.T, r rig, w cluster.Workload) error {
			_, err := r.usersController(w).scale(t.Context(), n, map[string]string{"zarif.dev/host": "vm"})
			return err
		}
	}
	for _, c := range []struct {
		name  string
		does  []func(*testing.T, rig, cluster.Workload) error
		finds string // empty: nothing
	}{
		{"nothing", nil, ""},
		{"no hook", []func(*testing.T, rig, cluster.Workload) error{hook(0)}, "a preStop sleep of 0 s and a grace period of 30 s"},
		{"hooks, one twice", []func(*testing.T, rig, cluster.Workload) error{hook(0), hook(2), hook(2), hook(25)}, "a preStop sleep of 25 s"},
		{"scaled down", []func(*testing.T, rig, cluster.Workload) error{scale(1)}, "replicas 1 (before: 3)"},
		{"scaled twice", []func(*testing.T, rig, cluster.Workload) error{scale(1), scale(2)}, "replicas 2 (before: 3)"},
		{"scaled down and up", []func(*testing.T, rig, cluster.Workload) error{scale(1), scale(3)}, ""},
		{"scaled to what it is", []func(*testing.T, rig, cluster.Workload) error{scale(3)}, ""},
		{"both", []func(*testing.T, rig, cluster.Workload) error{hook(2), scale(1)}, "a preStop sleep of 2 s and a grace period of 32 s, tried by a search and replicas 1 (before: 3)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, w := thereRig(t)
			before := thereNow(t, r, w)
			for _, do := range c.does {
				if err := do(t, r, w); err != nil {
					t.Fatal(err)
				}
			}
			was, err := r.PutBack(t.Context(), w)
			if err != nil || (was == nil) != (c.finds == "") || was != nil && !strings.Contains(was.String(), c.finds) {
				t.Errorf("found %v, error %v; want %q", was, err, c.finds)
			}
			if after := thereNow(t, r, w); after != before {
				t.Errorf("put back:\n%s\nit was:\n%s", after, before)
			}
			if was, err := r.PutBack(t.Context(), w); err != nil || was != nil {
				t.Errorf("the second time it found %v, error %v", was, err)
			}
			if strings.Contains(c.finds, "replicas") && was.By["zarif.dev/host"] != "vm" {
				t.Errorf("by %v", was.By)
			}
		})
	}
}

// TestPutBackSomebodyElse: what the user has set meanwhile stays, and zarif's
// annotations go.
func TestPutBackSomebodyElse(t *testing.T) {
	r, w := thereRig(t)
	if err := r.SetStopping(t.Context(), w, stopping.Stop{PreStop: 2, Grace: 30}); err != nil {
		t.Fatal(err)
	}
	c := r.usersController(w)
	if _, err := c.scale(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	o := thereObject(t, r, w)
	if err := (stopping.Stop{PreStop: 7, Grace: 40}).Set(o, "app"); err != nil {
		t.Fatal(err)
	}
	if err := setReplicas(o, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := c.objects().Update(t.Context(), o, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	was, err := r.PutBack(t.Context(), w)
	if err != nil || was == nil || was.String() != "annotations on Deployment shop in namespace shop" {
		t.Errorf("found %v, error %v", was, err)
	}
	after := thereObject(t, r, w)
	now, err := stopping.Of(after, "app")
	if err != nil || !(stopping.Stop{PreStop: 7, Grace: 40}).Is(now) {
		t.Errorf("put back over what somebody else set: %+v (%v)", now, err)
	}
	if n, err := replicasOf(after); err != nil || n != 5 {
		t.Errorf("%d replicas, want 5 (%v)", n, err)
	}
	if all := after.GetAnnotations(); len(all) != 1 || all["team"] != "shop" {
		t.Errorf("annotations %v", all)
	}
	if actions := r.client.Actions(); len(actions) > 0 {
		t.Errorf("waited for what there is none of: %v", actions)
	}
}

// TestScaleBackOverSomebodyElse: replicas that are what they were before need no mark,
// whatever somebody else has set in between.
func TestScaleBackOverSomebodyElse(t *testing.T) {
	r, w := thereRig(t)
	before, c := thereNow(t, r, w), r.usersController(w)
	for _, step := range []func() error{
		func() error { _, err := c.scale(t.Context(), 1, nil); return err },
		func() error {
			o := thereObject(t, r, w)
			if err := setReplicas(o, 2); err != nil {
				return err
			}
			_, err := c.objects().Update(t.Context(), o, metav1.UpdateOptions{})
			return err
		},
		func() error { _, err := c.scale(t.Context(), 3, nil); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if after := thereNow(t, r, w); after != before {
		t.Errorf("scaled back:\n%s\nit was:\n%s", after, before)
	}
}

// TestChangeIsOneStep: the mark and what it is about are written together, and only on
// what was read.
func TestChangeIsOneStep(t *testing.T) {
	r, w := thereRig(t)
	conflicts := 2
	r.dynamic.PrependReactor("patch", "deployments", func(a clienttesting.Action) (bool, runtime.Object, error) {
		patch := string(a.(clienttesting.PatchAction).GetPatch())
		if !strings.Contains(patch, `"resourceVersion"`) || !strings.Contains(patch, replicasWas) || !strings.Contains(patch, `"spec":{"replicas":1}`) {
			t.Errorf("patch %s", patch)
		}
		conflicts--
		return conflicts >= 0, nil, apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, "shop", nil)
	})
	if _, err := r.usersController(w).scale(t.Context(), 1, nil); err != nil || conflicts != -1 {
		t.Errorf("error %v, %d conflicts left", err, conflicts)
	}
}

// TestPutBackForbidden: the error says what is there and that it is not the user's.
func TestPutBackForbidden(t *testing.T) {
	r, w := thereRig(t)
	if _, err := r.usersController(w).scale(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	r.dynamic.PrependReactor("patch", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, "shop", nil)
	})
	if _, err := r.PutBack(t.Context(), w); err == nil || !strings.Contains(err.Error(), "left replicas 1 (before: 3) on Deployment shop in namespace shop, which may not be put back") {
		t.Error(err)
	}
}

func TestPutBackNotThere(t *testing.T) {
	r, _ := thereRig(t)
	if _, err := r.PutBack(t.Context(), shopWorkload(t, "")); err == nil || !strings.Contains(err.Error(), "was not there before") {
		t.Error(err)
	}
	if err := r.SetStopping(t.Context(), shopWorkload(t, ""), stopping.Stop{}); err == nil || !strings.Contains(err.Error(), "was not there before") {
		t.Error(err)
	}
}
