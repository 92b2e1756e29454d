package kube

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"

	"zarif/cluster"
)

func template(restarted string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "a"}, Annotations: map[string]string{restartedAt: restarted}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "i"}}},
	}
}

func aDeployment(generation, observed int64, replicas int32, restarted string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "d", UID: "d", Generation: generation},
		Spec:       appsv1.DeploymentSpec{Replicas: &replicas, Template: template(restarted)},
		Status:     appsv1.DeploymentStatus{ObservedGeneration: observed},
	}
}

func aSet(name string, owner types.UID, restarted string) *appsv1.ReplicaSet {
	s := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}, Spec: appsv1.ReplicaSetSpec{Template: template(restarted)}}
	s.OwnerReferences = []metav1.OwnerReference{{Kind: "Deployment", Name: string(owner), UID: owner, Controller: new(true)}}
	s.Spec.Template.Labels = map[string]string{"app": "a", appsv1.DefaultDeploymentUniqueLabelKey: name}
	return s
}

// podOf is a ready pod of a ReplicaSet.
func podOf(set, name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	p := aPod(append([]func(*corev1.Pod){on("n", 0), status(0, running(1), nothing), readySince(2)}, changes...)...)
	p.Name, p.UID = name, types.UID(name)
	p.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: set, UID: types.UID(set), Controller: new(true)}}
	return p
}

func TestStateOf(t *testing.T) {
	for _, c := range []struct {
		name    string
		target  *appsv1.Deployment
		sets    []*appsv1.ReplicaSet
		pods    []*corev1.Pod
		settled bool
		current string // names
	}{
		{"settled", aDeployment(1, 1, 2, "x"), []*appsv1.ReplicaSet{aSet("s1", "d", "x")}, []*corev1.Pod{podOf("s1", "a"), podOf("s1", "b")}, true, "a b"},
		{"a new template whose ReplicaSet was not seen yet", aDeployment(2, 2, 2, "y"), []*appsv1.ReplicaSet{aSet("s1", "d", "x")}, []*corev1.Pod{podOf("s1", "a"), podOf("s1", "b")}, false, ""},
		{"pods whose ReplicaSet was not seen yet count, but not as current", aDeployment(2, 2, 2, "y"), []*appsv1.ReplicaSet{aSet("s1", "d", "x")}, []*corev1.Pod{podOf("s2", "a"), podOf("s2", "b")}, false, ""},
		{"half rolled out", aDeployment(2, 2, 2, "y"), []*appsv1.ReplicaSet{aSet("s1", "d", "x"), aSet("s2", "d", "y")}, []*corev1.Pod{podOf("s1", "a"), podOf("s2", "b")}, false, "b"},
		{"rolled out, an old pod is going", aDeployment(2, 2, 1, "y"), []*appsv1.ReplicaSet{aSet("s1", "d", "x"), aSet("s2", "d", "y")}, []*corev1.Pod{podOf("s1", "a", deletedAt(5, 30)), podOf("s2", "b")}, false, "b"},
		{"not observed by its controller yet", aDeployment(2, 1, 1, "x"), []*appsv1.ReplicaSet{aSet("s1", "d", "x")}, []*corev1.Pod{podOf("s1", "a")}, false, "a"},
		{"another Deployment's pod with the same labels", aDeployment(1, 1, 1, "x"), []*appsv1.ReplicaSet{aSet("s1", "d", "x"), aSet("o1", "other", "x")}, []*corev1.Pod{podOf("s1", "a"), podOf("o1", "b")}, true, "a"},
		{"a pod that nothing controls", aDeployment(1, 1, 1, "x"), []*appsv1.ReplicaSet{aSet("s1", "d", "x")}, []*corev1.Pod{podOf("s1", "a"), aPod()}, true, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sets, pods := map[types.UID]*appsv1.ReplicaSet{}, map[types.UID]*corev1.Pod{}
			for _, s := range c.sets {
				sets[s.UID] = s
			}
			for _, p := range c.pods {
				pods[p.UID] = p
			}
			s := stateOf(c.target, sets, pods, "app")
			if s.Settled() != c.settled {
				t.Errorf("settled %t, want %t: %s", s.Settled(), c.settled, summary(s))
			}
			var current []string
			for _, p := range s.Pods {
				if p.Current {
					current = append(current, p.Name)
				}
			}
			if got := strings.Join(current, " "); got != c.current {
				t.Errorf("current %q, want %q", got, c.current)
			}
		})
	}
}

func TestPodState(t *testing.T) {
	for _, c := range []struct {
		name     string
		pod      *corev1.Pod
		id       string
		restarts int32
		code     int32 // -1: none
		ready    bool
		deleting bool
	}{
		{"starting", aPod(on("n", 0), status(0, waiting("ContainerCreating"), nothing)), "", 0, -1, false, false},
		{"running", aPod(status(0, running(1), nothing), readySince(2)), "run0", 0, -1, true, false},
		{"ended", aPod(status(0, ended(0, 1, 5, 2, "Error"), nothing)), "run0", 0, 2, false, false},
		{"runs again", aPod(status(1, running(6), ended(0, 1, 5, 137, "Error")), readySince(7)), "run1", 1, 137, true, false},
		{"ended twice: the last one counts", aPod(status(1, ended(1, 6, 9, 0, "Completed"), ended(0, 1, 5, 137, "Error"))), "run1", 1, 0, false, false},
		{"going", aPod(status(0, running(1), nothing), readySince(2), deletedAt(5, 30)), "run0", 0, -1, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := podState(c.pod, "app")
			code := int32(-1)
			if p.ExitCode != nil {
				code = *p.ExitCode
			}
			if p.ContainerID != c.id || p.Restarts != c.restarts || code != c.code || p.Ready != c.ready || p.Deleting != c.deleting {
				t.Errorf("got %+v, exit code %d", p, code)
			}
		})
	}
}

func TestImagesOfAPod(t *testing.T) {
	p := &corev1.Pod{}
	p.Spec.InitContainers = []corev1.Container{{Name: "migrate", Image: "migrate:1"}}
	p.Spec.Containers = []corev1.Container{{Name: "shop", Image: "shop:1.4"}, {Name: "again", Image: "shop:1.4"}, {Name: "late", Image: "not-pulled-yet:1"}}
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "migrate", Image: "migrate:1", ImageID: "sha256:aa"}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{
		{Name: "shop", Image: "other-name:2", ImageID: "shop.example/shop@sha256:bb"}, {Name: "again", Image: "shop:1.4", ImageID: "shop.example/shop@sha256:bb"}, {Name: "late", Image: "not-pulled-yet:1"},
	}
	want := []string{"migrate:1 sha256:aa", "shop:1.4 shop.example/shop@sha256:bb"}
	if got := podState(p, "app").Images; !slices.Equal(got, want) {
		t.Errorf("images %q, want %q", got, want)
	}
}

// aTracked is a Deployed whose state the test sets.
func aTracked() *Deployed {
	k := &Cluster{client: fake.NewClientset(&corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: "e", Namespace: "ns"}, Type: corev1.EventTypeWarning, Reason: "FailedScheduling",
		Message: "0/3 nodes are available", InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "a"},
	})}
	d := newDeployed(k, cluster.Workload{Target: cluster.Target{Container: "app"}}, "ns")
	return d
}

func (d *Deployed) show(target *appsv1.Deployment, sets []*appsv1.ReplicaSet, pods ...*corev1.Pod) {
	d.tracker.update(func() {
		d.tracker.target = target
		for _, s := range sets {
			d.tracker.sets[s.UID] = s
		}
		clear(d.tracker.pods)
		for _, p := range pods {
			d.tracker.pods[p.UID] = p
		}
		for _, v := range d.tracker.views {
			d.tracker.synced[v] = true
		}
	})
}

func TestAwaitAsksAgainAtEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := aTracked()
		sets := []*appsv1.ReplicaSet{aSet("s1", "d", "x")}
		result := make(chan error, 1)
		go func() { result <- d.Await(t.Context(), "it", cluster.State.Settled) }()
		for _, step := range []struct {
			do   func()
			done bool
		}{
			{func() {}, false}, // not listed yet
			{func() { d.show(aDeployment(1, 0, 1, "x"), sets) }, false},
			{func() { d.show(aDeployment(1, 1, 1, "x"), sets) }, false},
			{func() { d.show(aDeployment(1, 1, 1, "x"), sets, podOf("s1", "a")) }, true},
		} {
			step.do()
			synctest.Wait()
			select {
			case err := <-result:
				if err != nil || !step.done {
					t.Fatalf("ended with %v", err)
				}
			default:
				if step.done {
					t.Fatal("goes on")
				}
			}
		}
	})
}

// After an act, the settled state of before must not pass for its result.
func TestAwaitDoesNotSeeWhatWasBeforeAnAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := aTracked()
		sets := []*appsv1.ReplicaSet{aSet("s1", "d", "x")}
		d.show(aDeployment(1, 1, 1, "x"), sets, podOf("s1", "a"))
		d.tracker.atLeast(2)
		result := make(chan error, 1)
		go func() { result <- d.Await(t.Context(), "it", cluster.State.Settled) }()
		synctest.Wait()
		select {
		case <-result:
			t.Fatal("took the state of before")
		default:
		}
		d.show(aDeployment(2, 2, 1, "x"), sets, podOf("s1", "a"))
		if err := <-result; err != nil {
			t.Fatal(err)
		}
	})
}

func TestAwaitSaysWhatItSaw(t *testing.T) {
	d := aTracked()
	d.show(aDeployment(3, 2, 2, "x"), nil, podOf("s1", "a", deletedAt(5, 30)))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := d.Await(ctx, "the pods to be ready", func(cluster.State) bool { return false })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"the pods to be ready", "generation 3, observed 2", "2 wanted", "a old ready deleting", "FailedScheduling", "0/3 nodes are available"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}
