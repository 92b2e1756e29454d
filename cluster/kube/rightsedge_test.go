package kube

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

// behindProxy puts a proxy in front of a workload that is deployed: one that watches,
// and so takes a service account with a Role of its own.
func behindProxy(t *testing.T, w cluster.Workload) cluster.Workload {
	t.Helper()
	called := metav1.ObjectMeta{Name: "zarif-edge"}
	kind := func(group, kind string) metav1.TypeMeta { return metav1.TypeMeta{APIVersion: group, Kind: kind} }
	w.Edge = &cluster.Edge{
		Name: "traefik-endpoints", Log: "traefik",
		Target: cluster.Target{Kind: kindDeployment, Name: "zarif-edge", Container: "edge", Service: "zarif-edge", Port: 80},
	}
	for _, o := range []any{
		&networkingv1.Ingress{TypeMeta: kind("networking.k8s.io/v1", "Ingress"), ObjectMeta: called},
		&corev1.ServiceAccount{TypeMeta: kind("v1", "ServiceAccount"), ObjectMeta: called},
		&rbacv1.Role{TypeMeta: kind("rbac.authorization.k8s.io/v1", "Role"), ObjectMeta: called, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "list", "watch"}},
			{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingresses"}, Verbs: []string{"list", "watch"}},
		}},
		&rbacv1.RoleBinding{TypeMeta: kind("rbac.authorization.k8s.io/v1", "RoleBinding"), ObjectMeta: called},
		&corev1.ConfigMap{TypeMeta: kind("v1", "ConfigMap"), ObjectMeta: called},
		&corev1.Service{TypeMeta: kind("v1", "Service"), ObjectMeta: called, Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.8", Ports: []corev1.ServicePort{{Port: 80}}}},
		&appsv1.Deployment{
			TypeMeta: kind("apps/v1", kindDeployment), ObjectMeta: called,
			Status: appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1},
		},
	} {
		w.Edge.Objects = append(w.Edge.Objects, untyped(t, o))
	}
	return w
}

// edgesOwn reports whether it is not zarif but the proxy of behindProxy that uses a right.
func edgesOwn(r Right) bool {
	return r.Resource == "secrets" || r.Resource == "ingresses" && r.Verb != "create"
}

// edgesPod is one of the proxy's, which runs.
func edgesPod(namespace string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "zarif-edge-1", Namespace: namespace, UID: "uid-edge", Labels: map[string]string{roleLabel: edgeRole}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "edge", ContainerID: "containerd://1", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}},
		}}},
	}
}

// What an edge's Role grants is asked for, since nobody may grant more than they may
// do; what a user's own Role grants is not, for who may escalate may well grant it.
func TestRightsOfWhatRolesGrant(t *testing.T) {
	secrets := Right{Verb: "watch", Resource: "secrets"}
	own := shopWorkload(t, "")
	proxied := behindProxy(t, own)
	own.Objects = slices.Concat(own.Objects, proxied.Edge.Objects)
	for _, c := range []struct {
		name string
		w    cluster.Workload
		want bool
	}{{"an edge's", proxied, true}, {"a user's", own, false}} {
		rights, err := newRig(t, Config{}).Rights([]Use{{Workload: c.w, Vantages: []string{history.VantageEdge}}})
		if err != nil || slices.Contains(rights, secrets) != c.want || !slices.Contains(rights, Right{Verb: "create", Group: rbacv1.GroupName, Resource: "roles"}) {
			t.Errorf("%s: %v, %v; want %s: %v", c.name, rights, err, secrets, c.want)
		}
	}
	odd := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": "all"}}
	proxied.Edge.Objects = []*unstructured.Unstructured{odd}
	if rights, err := newRig(t, Config{}).Rights([]Use{{Workload: proxied}}); err == nil {
		t.Errorf("rights of a Role that cannot be read: %v", rights)
	}
}
