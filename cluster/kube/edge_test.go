package kube

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestSettled(t *testing.T) {
	whole := appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}
	for name, c := range map[string]struct {
		change func(*appsv1.DeploymentStatus)
		want   bool
	}{
		"all are there":        {func(*appsv1.DeploymentStatus) {}, true},
		"not observed":         {func(s *appsv1.DeploymentStatus) { s.ObservedGeneration = 1 }, false},
		"one is not available": {func(s *appsv1.DeploymentStatus) { s.AvailableReplicas = 1 }, false},
		"one is old":           {func(s *appsv1.DeploymentStatus) { s.UpdatedReplicas = 1 }, false},
		"an old one is left":   {func(s *appsv1.DeploymentStatus) { s.Replicas = 3 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: appsv1.DeploymentSpec{Replicas: new(int32(2))}, Status: whole}
			c.change(&d.Status)
			if got := settled(d); got != c.want {
				t.Errorf("settled %t, want %t", got, c.want)
			}
		})
	}
}

// An edge that goes or ends under load makes its log, and the trial, doubtful; one
// that is started twice before it is ready does not.
func TestWhatBefallsAnEdge(t *testing.T) {
	pod := func(ready bool, change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "zarif-edge-a"}}
		status := corev1.ConditionFalse
		if ready {
			status = corev1.ConditionTrue
		}
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "edge", ContainerID: "containerd://1", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		}}
		if change != nil {
			change(p)
		}
		return p
	}
	ended := func(p *corev1.Pod) {
		p.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ContainerID: "containerd://1", ExitCode: 137, Reason: "OOMKilled"}}
	}
	deleted := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }
	for name, c := range map[string]struct {
		old, now *corev1.Pod
		gone     bool
		want     string
	}{
		"it becomes ready":       {pod(false, nil), pod(true, nil), false, ""},
		"it is seen first":       {nil, pod(true, nil), false, ""},
		"it ends":                {pod(true, nil), pod(false, ended), false, "the edge's pod zarif-edge-a ended with exit code 137 OOMKilled"},
		"it ends, seen before":   {pod(true, ended), pod(false, ended), false, ""},
		"it ends before ready":   {pod(false, nil), pod(false, ended), false, ""},
		"it is deleted":          {pod(true, nil), pod(true, deleted), false, "the edge's pod zarif-edge-a was deleted"},
		"it was deleted already": {pod(true, deleted), pod(false, deleted), false, ""},
		"it is gone":             {pod(true, nil), pod(true, nil), true, "the edge's pod zarif-edge-a was deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			var texts []string
			for _, err := range edgeFaults(c.old, c.now, c.gone) {
				texts = append(texts, err.Error())
			}
			if got := strings.Join(texts, "; "); got != c.want {
				t.Errorf("faults %q, want %q", got, c.want)
			}
			texts = nil
			for _, err := range behindFaults(c.old, c.now, c.gone) {
				texts = append(texts, err.Error())
			}
			if got, want := strings.Join(texts, "; "), strings.ReplaceAll(c.want, "the edge's pod zarif-edge-a", "pod zarif-edge-a behind the edge"); got != want {
				t.Errorf("faults of one behind it %q, want %q", got, want)
			}
		})
	}
}

// A RoleBinding's service accounts are those of the namespace that a trial has, of a
// fixture's edge as of a user's workload.
func TestFitOfAnEdgesRoleBinding(t *testing.T) {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "zarif-edge"}, map[string]any{"kind": "User", "name": "jane"}},
	}}
	(&Deployed{namespace: "zarif-x"}).fit(o)
	subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
	if subjects[0].(map[string]any)["namespace"] != "zarif-x" || subjects[1].(map[string]any)["namespace"] != nil {
		t.Errorf("the subjects became %v", subjects)
	}
}
