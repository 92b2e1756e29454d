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
	views     []string // what must have been listed before there is a state

	mu       sync.Mutex
	changed  chan struct{}       // closed and replaced at every change
	target   *appsv1.Deployment  // nil: not known, or it is the other
	stateful *appsv1.StatefulSet // likewise
	sets     map[types.UID]*appsv1.ReplicaSet
	pods     map[types.UID]*corev1.Pod
	synced   map[string]bool
	least    int64 // no state of an older generation is shown
	trouble  error // the last failure to look
}

// The views of a tracker.
const (
	viewController = "controller"
	viewSets       = "replicasets"
	viewPods       = "pods"
)

func newTracker(kind, container string) *tracker {
	views := []string{viewController, viewSets, viewPods}
	if kind == kindStatefulSet {
		views = []string{viewController, viewPods}
	}
	return &tracker{
		container: container, views: views, changed: make(chan struct{}),
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
	for _, v := range t.views {
		if !t.synced[v] {
			return cluster.State{}, false, t.changed
		}
	}
	switch {
	case t.target != nil && t.target.Generation >= t.least:
		return stateOf(t.target, t.sets, t.pods, t.container), true, t.changed
	case t.stateful != nil && t.stateful.Generation >= t.least:
		return stateOfSet(t.stateful, t.pods, t.container), true, t.changed
	}
	return cluster.State{}, false, t.changed
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
	if warnings := d.warnings(ctx, d.namespace); len(warnings) > 0 {
		text += "; warnings: " + strings.Join(warnings, "; ")
	}
	return text
}

// warnings are a namespace's latest Warning events, one per reason and object.
func (d *Deployed) warnings(ctx context.Context, namespace string) []string {
	const most = 5
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	list, err := d.k.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "type=" + corev1.EventTypeWarning})
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
