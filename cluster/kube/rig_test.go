package kube

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
)

// A rig is a cluster of fakes that does what controllers do for zarif's own objects:
// a namespace gets its service account, and the agent's pod becomes ready.
type rig struct {
	*Cluster
	client  *fake.Clientset
	dynamic *dynamicfake.FakeDynamicClient
}

func newRig(t *testing.T, c Config, objects ...runtime.Object) rig {
	t.Helper()
	client := fake.NewClientset(objects...)
	lists := map[schema.GroupVersionResource]string{
		{Version: "v1", Resource: "services"}:                                       "ServiceList",
		{Group: "apps", Version: "v1", Resource: "deployments"}:                     "DeploymentList",
		{Group: "apps", Version: "v1", Resource: "statefulsets"}:                    "StatefulSetList",
		{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}: "HorizontalPodAutoscalerList",
		{Version: "v1", Resource: "configmaps"}:                                     "ConfigMapList",
	}
	objs := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(scheme.Scheme, lists, objects...)
	r := rig{client: client, dynamic: objs, Cluster: &Cluster{config: c, client: client, dynamic: objs, mapper: knownKinds()}}

	client.PrependReactor("create", "namespaces", func(a clienttesting.Action) (bool, runtime.Object, error) {
		ns := a.(clienttesting.CreateAction).GetObject().(*corev1.Namespace)
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: ns.Name}}
		return false, nil, client.Tracker().Add(account)
	})
	client.PrependReactor("create", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if a.GetSubresource() == "eviction" {
			return true, nil, nil
		}
		pod := a.(clienttesting.CreateAction).GetObject().(*corev1.Pod)
		pod.UID = types.UID("uid-of-" + pod.Name)
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		return false, nil, nil
	})
	for _, resource := range []string{"deployments", "statefulsets"} {
		client.PrependReactor("*", resource, func(a clienttesting.Action) (bool, runtime.Object, error) {
			if a.GetSubresource() != "scale" {
				return false, nil, nil
			}
			return true, &autoscalingv1.Scale{}, nil
		})
	}
	// What is created as it is written is there for the typed client too.
	objs.PrependReactor("create", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		made := a.(clienttesting.CreateAction).GetObject().(*unstructured.Unstructured)
		typed, err := scheme.Scheme.New(made.GroupVersionKind())
		if err == nil {
			err = runtime.DefaultUnstructuredConverter.FromUnstructured(made.Object, typed)
		}
		if err == nil {
			err = client.Tracker().Add(typed)
		}
		return false, nil, err
	})
	return r
}

// knownKinds are those that a rig's API server serves.
func knownKinds() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion, appsv1.SchemeGroupVersion})
	for _, kind := range []string{"Service", "ConfigMap", "Pod", "ServiceAccount"} {
		m.Add(corev1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	for _, kind := range []string{"Deployment", "StatefulSet"} {
		m.Add(appsv1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	for _, kind := range []string{"Role", "RoleBinding"} {
		m.Add(rbacv1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	m.Add(networkingv1.SchemeGroupVersion.WithKind("Ingress"), meta.RESTScopeNamespace)
	m.Add(corev1.SchemeGroupVersion.WithKind("PersistentVolume"), meta.RESTScopeRoot)
	return m
}

// shopObjects are a Deployment shop with one pod and a Service that asks for one
// label more than the Deployment.
func shopObjects(namespace string) (*appsv1.Deployment, *corev1.Service, *corev1.Pod) {
	at := metav1.ObjectMeta{Name: "shop", Namespace: namespace, UID: "uid-shop", Generation: 1}
	own, served := map[string]string{"app": "shop"}, map[string]string{"app": "shop", "traffic": "on"}
	deployment := &appsv1.Deployment{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: at,
		Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: own}, Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: served}}},
	}
	service := &corev1.Service{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: namespace},
		Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.9", Selector: served, Ports: []corev1.ServicePort{{Port: 80, NodePort: 30080}}},
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "shop-1", Namespace: namespace, UID: "uid-1", Labels: served}}
	return deployment, service, pod
}

// shopWorkload is a user's: taken where it is, or to be deployed.
func shopWorkload(t *testing.T, there string) cluster.Workload {
	t.Helper()
	w := cluster.Workload{
		Name: "shop", Target: cluster.Target{Kind: kindDeployment, Name: "shop", Container: "app", Service: "shop", Port: 80},
		Users: &cluster.Users{Namespace: there},
	}
	if there == "" {
		deployment, service, _ := shopObjects("")
		w.Objects = append(w.Objects, untyped(t, deployment), untyped(t, service))
	}
	return w
}

func untyped(t *testing.T, o any) *unstructured.Unstructured {
	t.Helper()
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: fields}
}
