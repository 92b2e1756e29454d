package kube

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// Disruptions that are done through the API server alone.
var throughAPI = []string{"none", "rollout", "scale-down", "pod-delete", "eviction", "operational-drain"}

// Every disruption that a Deployed is capable of has its rights.
func TestEveryDisruptionHasItsRights(t *testing.T) {
	for _, d := range disrupt.All() {
		if d.Name == "none" {
			continue // it takes its time, and nothing else
		}
		_, err := d.Do(t.Context(), incapable{}, func(string, ...string) {})
		rights := Use{Disruptions: []string{d.Name}}.acting("ns")
		switch {
		case slices.Contains(throughAPI, d.Name) && len(rights) == 0:
			t.Errorf("%s is done through the API server, and takes no rights", d.Name)
		case !slices.Contains(throughAPI, d.Name) && len(rights) > 0:
			t.Errorf("%s takes rights, and is not known to be done through the API server", d.Name)
		case !errors.Is(err, errors.ErrUnsupported):
			t.Errorf("%s on what is capable of nothing: %v", d.Name, err)
		}
	}
}

type incapable struct{}

func (incapable) Await(context.Context, string, func(cluster.State) bool) error {
	return errors.New("nothing comes")
}

// did is what was asked of an API server, as rights.
func (r rig) did() (asked []Right) {
	for _, a := range slices.Concat(r.client.Actions(), r.dynamic.Actions()) {
		asked = append(asked, Right{
			Verb: a.GetVerb(), Group: a.GetResource().Group, Resource: a.GetResource().Resource,
			Subresource: a.GetSubresource(), Namespace: a.GetNamespace(),
		})
	}
	return asked
}

// unneeded are asked for, and do without: who may not look at nodes is told less,
// and a namespace goes without its pods being hurried, too.
func unneeded(r Right) bool {
	return r.Resource == "nodes" || r.Verb == "delete-collection"
}

// everything does with a workload what zarif does with one.
func everything(t *testing.T, r rig, w cluster.Workload, vantages []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if w.Taken() {
		if _, err := r.Objects(ctx, w.Users.Namespace); err != nil {
			t.Fatal(err)
		}
		if _, err := r.PutBack(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	deployed, err := r.Deploy(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	d := deployed.(*Deployed)
	watching, stop := context.WithCancel(ctx)
	watched := make(chan error, 1)
	began := make(chan bool, 1)
	go func() {
		began <- true
		watched <- d.Watch(watching, time.Now(), func(history.Record) {})
	}()
	<-began
	for _, v := range vantages {
		if _, err := d.Site(ctx, v); err != nil && v != history.VantageHost {
			t.Error(err)
		}
	}
	pod := cluster.Pod{Name: "shop-1", UID: "uid-1"}
	if !w.Taken() {
		_, _, p := shopObjects(d.namespace)
		if err := r.client.Tracker().Add(p); err != nil {
			t.Fatal(err)
		}
		if w.Edge != nil {
			if err := r.client.Tracker().Add(edgesPod(d.namespace)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for what, err := range map[string]error{
		"isolate": d.Isolate(ctx, pod), "evict": d.Evict(ctx, pod), "restart": d.Restart(ctx), "scale": d.Scale(ctx, 1), "delete": d.Delete(ctx, pod, nil),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	r.awaitWatches(ctx, t)
	stop()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	if err := d.Remove(ctx); err != nil {
		t.Error(err)
	}
}

// awaitWatches waits until every view has been watched once.
func (r rig) awaitWatches(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		seen := map[string]bool{}
		for _, a := range r.client.Actions() {
			if a.GetVerb() == "watch" {
				seen[a.GetResource().Resource] = true
			}
		}
		if seen["pods"] && seen["events"] && seen["endpointslices"] && seen["deployments"] && seen["replicasets"] && seen["nodes"] {
			return
		}
		if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
			t.Fatalf("watched only %v", seen)
		}
	}
}

const fixtureBehindEdge = "a fixture behind an edge"

// The rights that are asked for, and documented, are those that are used: all of
// them, and no other.
func TestRightsAreWhatIsUsed(t *testing.T) {
	both := []string{history.VantageService, history.VantageHost}
	for _, c := range []struct {
		name     string
		there    string
		agentIn  string
		vantages []string
	}{
		{"deployed", "", "", []string{history.VantageService}},
		{fixtureBehindEdge, "", "", []string{history.VantageEdge}},
		{"there already, from this machine", "shop", "", []string{history.VantageHost}},
		{"there already, an agent in a namespace of its own", "shop", "", both},
		{"there already, an agent in a given namespace", "shop", "load", both},
	} {
		t.Run(c.name, func(t *testing.T) {
			var objects []runtime.Object
			if c.there != "" {
				deployment, service, pod := shopObjects(c.there)
				objects = append(objects, deployment, service, pod)
			}
			r := newRig(t, Config{AgentNamespace: c.agentIn}, objects...)
			w := shopWorkload(t, c.there)
			if c.name == fixtureBehindEdge {
				w = behindProxy(t, w)
				w.Users, w.LogsHits = nil, true
			}
			allowed, err := r.Rights([]Use{{Workload: w, Disruptions: throughAPI, Vantages: c.vantages, AgentNamespace: c.agentIn}})
			if err != nil {
				t.Fatal(err)
			}
			everything(t, r, w, c.vantages)
			used := map[Right]bool{}
			for _, did := range r.did() {
				everywhere := did
				everywhere.Namespace = ""
				switch {
				case slices.Contains(allowed, did):
					used[did] = true
				case slices.Contains(allowed, everywhere):
					used[everywhere] = true
				case !unneeded(did):
					t.Errorf("used, and not asked for: %s", did)
				}
			}
			for _, right := range allowed {
				if !used[right] && right.Subresource != "exec" && !edgesOwn(right) { // exec is none of the fakes'
					t.Errorf("asked for, and not used: %s", right)
				}
			}
		})
	}
}

// Nothing of a workload that was there is left changed but its pods' template and
// its pods, and nothing beside it.
func TestWhatIsThereStays(t *testing.T) {
	deployment, service, pod := shopObjects("shop")
	r := newRig(t, Config{}, deployment, service, pod)
	everything(t, r, shopWorkload(t, "shop"), []string{history.VantageService})
	for _, a := range slices.Concat(r.client.Actions(), r.dynamic.Actions()) {
		if !slices.Contains([]string{"create", "update", "patch", "delete"}, a.GetVerb()) {
			continue
		}
		in, what := a.GetNamespace(), a.GetResource().Resource
		ours := strings.HasPrefix(in, "zarif-agent-") || what == "namespaces"
		if !ours && !(in == "shop" && (what == "pods" || what == "deployments")) {
			t.Errorf("%s %s in namespace %s", a.GetVerb(), what, in)
		}
	}
	left, err := r.client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(left.Items) > 0 {
		t.Errorf("namespaces that are left: %v (%v)", left.Items, err)
	}
}

// What changes how the pods of somebody else's controller end takes rights of its own.
func TestRightsOfStopping(t *testing.T) {
	patch := Right{Verb: "patch", Group: groupApps, Resource: "deployments", Namespace: "shop"}
	for _, c := range []struct {
		there          string
		stopping, want bool
	}{{"shop", true, true}, {"shop", false, false}, {"", true, false}} {
		rights, err := newRig(t, Config{}).Rights([]Use{{Workload: shopWorkload(t, c.there), Disruptions: []string{"pod-delete"}, Stopping: c.stopping}})
		if err != nil {
			t.Fatal(err)
		}
		if patches := slices.ContainsFunc(rights, func(r Right) bool { return r.Verb == "patch" && r.Resource == "deployments" }); patches != c.want || c.want && !slices.Contains(rights, patch) {
			t.Errorf("%+v: %v", c, rights)
		}
	}
}

func TestAskNamesAllThatIsMissing(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("create", "selfsubjectaccessreviews", func(a clienttesting.Action) (bool, runtime.Object, error) {
		review := a.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		review.Status.Allowed = review.Spec.ResourceAttributes.Verb == "list"
		return true, review, nil
	})
	client.PrependReactor("create", "selfsubjectreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: "ada"}}}, nil
	})
	k := &Cluster{client: client}
	err := k.Ask(t.Context(), []Right{
		{Verb: "list", Resource: "pods", Namespace: "shop"},
		{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: "shop"},
		{Verb: "patch", Group: "apps", Resource: "deployments", Namespace: "shop"},
	})
	want := `ada may not do all that is needed, and nothing was done; missing:
- create pods/eviction in namespace shop
- patch deployments.apps in namespace shop
--print-rbac prints the roles that suffice`
	if err == nil || err.Error() != want || !IsMissing(err) {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := k.Ask(t.Context(), []Right{{Verb: "list", Resource: "pods"}}); err != nil {
		t.Errorf("nothing is missing, and yet %v", err)
	}
}

func TestObjectsThatAClusterDoesNotTake(t *testing.T) {
	r := newRig(t, Config{})
	w := shopWorkload(t, "")
	for _, of := range [][2]string{{"v1", "PersistentVolume"}, {"monitoring.example/v1", "Monitor"}} {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": of[0], "kind": of[1], "metadata": map[string]any{"name": "x"}}}
		w.Objects = append(w.Objects, o)
	}
	_, err := r.Deploy(t.Context(), w)
	if err == nil || !strings.Contains(err.Error(), "PersistentVolume x: it belongs to the whole cluster") ||
		!strings.Contains(err.Error(), "Monitor x: the cluster does not know monitoring.example/v1") {
		t.Errorf("error %v, want both named", err)
	}
	for _, a := range r.client.Actions() {
		if a.GetVerb() == "create" {
			t.Errorf("created %s before that", a.GetResource().Resource)
		}
	}
}
