package kube

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/report/history"
)

// littered is a cluster with things of zarif's, of its users', and of both's names.
func littered() *fake.Clientset {
	namespace := func(name, owner string, deleting bool) *corev1.Namespace {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Annotations: map[string]string{"zarif.dev/host": "vm"}}}
		if owner != "" {
			ns.Labels = map[string]string{ownerLabel: owner}
		}
		if deleting {
			ns.DeletionTimestamp = new(metav1.Now())
		}
		return ns
	}
	pod := func(namespace, name, role string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: types.UID(name), Labels: map[string]string{roleLabel: role}}}
	}
	return fake.NewClientset(
		namespace("zarif-shop-0a1b2c", "zarif", false), pod("zarif-shop-0a1b2c", agentName, agentRole), // goes with it
		namespace("zarif-going-0a1b2c", "zarif", true),
		namespace("zarif-of-a-user", "", false), namespace("shop", "zarif", false), namespace("team", "team", false),
		pod("load", agentName+"-0a1b2c", agentRole), pod("load", "zarif-agent-of-a-user", "client"), pod("load", "another", agentRole),
	)
}

// untouched is a cluster whose users' controllers are as they made them.
func untouched(objects ...runtime.Object) *dynamicfake.FakeDynamicClient {
	return dynamicfake.NewSimpleDynamicClientWithCustomListKinds(scheme.Scheme, map[schema.GroupVersionResource]string{
		controllerResource(kindDeployment): "DeploymentList", controllerResource(kindStatefulSet): "StatefulSetList",
	}, objects...)
}

func namesOf(found []Leftover) (names []string) {
	for _, l := range found {
		names = append(names, l.String())
	}
	return names
}

func TestLeftovers(t *testing.T) {
	client := littered()
	found, unseen, err := Leftovers(t.Context(), client, untouched(), "")
	want := []string{"namespace zarif-shop-0a1b2c", "pod zarif-agent-0a1b2c in namespace load"}
	if err != nil || len(unseen) > 0 || !slices.Equal(namesOf(found), want) {
		t.Fatalf("found %q, unseen %q, error %v; want %q", namesOf(found), unseen, err, want)
	}
	if found[0].Annotations["zarif.dev/host"] != "vm" {
		t.Errorf("annotations %v", found[0].Annotations)
	}
	for _, l := range found {
		for range 2 { // the second time it is gone
			if err := l.Remove(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, a := range client.Actions() {
		deleted, is := a.(clienttesting.DeleteActionImpl)
		if is && (deleted.DeleteOptions.Preconditions == nil || deleted.DeleteOptions.Preconditions.UID == nil) {
			t.Errorf("%s %s was deleted whatever it was", a.GetResource().Resource, deleted.Name)
		}
	}
	if found, _, err := Leftovers(t.Context(), client, untouched(), ""); err != nil || len(found) > 0 {
		t.Errorf("left %q, error %v", namesOf(found), err)
	}
	if _, err := client.CoreV1().Namespaces().Get(t.Context(), "shop", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

// Who may see little is told what was not looked for.
func TestLeftoversThatMayNotBeSeen(t *testing.T) {
	client := littered()
	forbid := func(resource, namespace string) {
		client.PrependReactor("list", resource, func(a clienttesting.Action) (bool, runtime.Object, error) {
			return a.GetNamespace() != namespace || namespace == "", nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", nil)
		})
	}
	forbid("namespaces", "")
	forbid("pods", "load")
	found, unseen, err := Leftovers(t.Context(), client, untouched(), "load")
	if err != nil || !slices.Equal(namesOf(found), []string{"pod zarif-agent-0a1b2c in namespace load"}) || len(unseen) != 1 {
		t.Errorf("found %q, unseen %q, error %v", namesOf(found), unseen, err)
	}
	_, unseen, err = Leftovers(t.Context(), client, untouched(), "")
	if err != nil || len(unseen) != 2 || !strings.Contains(strings.Join(unseen, " "), "list pods is not allowed") {
		t.Errorf("unseen %q, error %v", unseen, err)
	}
}

// What was changed on somebody else's controllers is found, and put back.
func TestChangesThatAreLeft(t *testing.T) {
	r, w := thereRig(t)
	r.config.Owner = map[string]string{"zarif.dev/lock": "0a1b2c"}
	before := thereNow(t, r, w)
	if _, err := r.usersController(w).scale(t.Context(), 1, r.config.Owner); err != nil {
		t.Fatal(err)
	}
	found, unseen, err := Leftovers(t.Context(), r.client, r.dynamic, "")
	want := []string{"replicas 1 (before: 3) on Deployment shop in namespace shop"}
	if err != nil || len(unseen) > 0 || !slices.Equal(namesOf(found), want) || found[0].Annotations["zarif.dev/lock"] != "0a1b2c" {
		t.Fatalf("found %q %+v, unseen %q, error %v; want %q", namesOf(found), found, unseen, err, want)
	}
	if err := found[0].Remove(t.Context(), r.client); err != nil {
		t.Fatal(err)
	}
	if after := thereNow(t, r, w); after != before {
		t.Errorf("put back:\n%s\nit was:\n%s", after, before)
	}
	for _, a := range slices.Concat(r.client.Actions(), r.dynamic.Actions()) {
		if a.GetVerb() == "delete" {
			t.Errorf("deleted %s", a.GetResource().Resource)
		}
	}
	if found, _, err := Leftovers(t.Context(), r.client, r.dynamic, ""); err != nil || len(found) > 0 {
		t.Errorf("left %q, error %v", namesOf(found), err)
	}
	r.dynamic.PrependReactor("list", "statefulsets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "statefulsets"}, "", nil)
	})
	if _, unseen, err := Leftovers(t.Context(), r.client, r.dynamic, ""); err != nil || !slices.Equal(unseen, []string{"changes to StatefulSets (list statefulsets is not allowed)"}) {
		t.Errorf("unseen %q, error %v", unseen, err)
	}
}

// What is left can be told from what is not ours.
func TestTheAgentsPodIsMarked(t *testing.T) {
	r := newRig(t, Config{Agent: cluster.Image{Name: "zarif/agent"}, AgentNamespace: "load", Owner: map[string]string{"zarif.dev/lock": "0a1b2c"}})
	deployment, service, pod := shopObjects("shop")
	for _, o := range []runtime.Object{deployment, service, pod} {
		if err := r.client.Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
	}
	d, err := r.Deploy(t.Context(), shopWorkload(t, "shop"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Remove(t.Context())
	if _, err := d.Site(t.Context(), history.VantageService); err != nil {
		t.Fatal(err)
	}
	found, _, err := Leftovers(t.Context(), r.client, r.dynamic, "")
	if err != nil || len(found) != 1 || found[0].Namespace != "load" || found[0].Annotations["zarif.dev/lock"] != "0a1b2c" {
		t.Errorf("found %+v, error %v", found, err)
	}
}
