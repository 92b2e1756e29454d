package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster"
)

// A tracker holds what was last observed of a target. Safe for concurrent use.
type tracker struct {
	container string

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	target  *appsv1.Deployment
	sets    map[types.UID]*appsv1.ReplicaSet
	pods    map[types.UID]*corev1.Pod
	synced  map[string]bool
	least   int64 // no state of an older generation is shown
	trouble error // the last failure to look
}

// views are what must have been listed before there is a state.
var views = []string{"deployment", "replicasets", "pods"}

func newTracker(container string) *tracker {
	return &tracker{
		container: container, changed: make(chan struct{}),
		sets: map[types.UID]*appsv1.ReplicaSet{}, pods: map[types.UID]*corev1.Pod{}, synced: map[string]bool{},
	}
}

// update changes what is known and wakes whoever waits.
func (t *tracker) update(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
	close(t.changed)
	t.changed = make(chan struct{})
}

// snapshot is the state, if there is one, and a channel that the next change closes.
func (t *tracker) snapshot() (s cluster.State, ok bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range views {
		if !t.synced[v] {
			return cluster.State{}, false, t.changed
		}
	}
	if t.target == nil || t.target.Generation < t.least {
		return cluster.State{}, false, t.changed
	}
	return stateOf(t.target, t.sets, t.pods, t.container), true, t.changed
}

// atLeast hides every state from before generation: after an act, the state of
// before it must not pass for its result.
func (t *tracker) atLeast(generation int64) {
	t.update(func() { t.least = max(t.least, generation) })
}

func (t *tracker) failed(err error) { t.update(func() { t.trouble = err }) }
func (t *tracker) listedAll(view string) func() {
	return func() { t.update(func() { t.synced[view] = true }) }
}

// observe begins to keep the target's state up to date, until d is removed.
func (d *Deployed) observe(target *appsv1.Deployment) error {
	selector, err := selectorOf(target)
	if err != nil {
		return err
	}
	d.selector, d.target = selector, target
	apps, t := d.k.client.AppsV1(), d.tracker
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + target.Name}
	selected := metav1.ListOptions{LabelSelector: selector.String()}
	deployments := &feed[*appsv1.Deployment]{
		what: "the Deployment", failed: t.failed, synced: t.listedAll("deployment"),
		list:  listed(apps.Deployments(d.namespace).List, named),
		watch: watched(apps.Deployments(d.namespace).Watch, named),
		handle: func(c change[*appsv1.Deployment]) {
			t.update(func() {
				if t.target = c.now; c.gone {
					t.target = nil
				}
			})
		},
	}
	sets := &feed[*appsv1.ReplicaSet]{
		what: "ReplicaSets", failed: t.failed, synced: t.listedAll("replicasets"),
		list:   listed(apps.ReplicaSets(d.namespace).List, selected),
		watch:  watched(apps.ReplicaSets(d.namespace).Watch, selected),
		handle: func(c change[*appsv1.ReplicaSet]) { t.update(func() { keep(t.sets, c) }) },
	}
	pods := &feed[*corev1.Pod]{
		what: "pods", failed: t.failed, synced: t.listedAll("pods"),
		list:   listed(d.k.client.CoreV1().Pods(d.namespace).List, selected),
		watch:  watched(d.k.client.CoreV1().Pods(d.namespace).Watch, selected),
		handle: func(c change[*corev1.Pod]) { t.update(func() { keep(t.pods, c) }) },
	}
	d.background(deployments.run, sets.run, pods.run)
	return nil
}

func keep[T object](known map[types.UID]T, c change[T]) {
	if c.gone {
		delete(known, c.now.GetUID())
		return
	}
	known[c.now.GetUID()] = c.now
}

// Await blocks until done says so of the observed state. States that follow one
// another quickly may be seen only by their last.
func (d *Deployed) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	for {
		state, ok, changed := d.tracker.snapshot()
		if ok && done(state) {
			return nil
		}
		select {
		case <-changed:
		case <-d.life.Done():
			return fmt.Errorf("wait for %s: the workload was removed", what)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w; %s", what, context.Cause(ctx), d.situation(ctx))
		}
	}
}

// situation tells how things stand, and why as far as Kubernetes says it.
func (d *Deployed) situation(ctx context.Context) string {
	state, ok, _ := d.tracker.snapshot()
	text := "the target's state is not known"
	if ok {
		text = summary(state)
	}
	d.tracker.mu.Lock()
	if d.tracker.trouble != nil {
		text += "; last failure: " + d.tracker.trouble.Error()
	}
	d.tracker.mu.Unlock()
	if warnings := d.warnings(ctx); len(warnings) > 0 {
		text += "; warnings: " + strings.Join(warnings, "; ")
	}
	return text
}

// warnings are the namespace's latest Warning events, one per reason and object.
func (d *Deployed) warnings(ctx context.Context) []string {
	const most = 5
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	list, err := d.k.client.CoreV1().Events(d.namespace).List(ctx, metav1.ListOptions{FieldSelector: "type=" + corev1.EventTypeWarning})
	if err != nil {
		return nil
	}
	events := list.Items
	slices.SortStableFunc(events, func(a, b corev1.Event) int { return eventTime(&b).Compare(eventTime(&a)) })
	var out []string
	said := map[string]bool{}
	for i := range events {
		e := &events[i]
		if key := e.Reason + "/" + e.Message; !said[key] && len(out) < most {
			said[key] = true
			out = append(out, fmt.Sprintf("%s %s: %s", e.InvolvedObject.Name, e.Reason, strings.TrimSpace(e.Message)))
		}
	}
	return out
}
