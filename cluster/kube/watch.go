package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"zarif/report/history"
)

const (
	// drainFor bounds what is done after watching was told to end.
	drainFor = 5 * time.Second
	// brokenFor is how long a watch may be interrupted without a word.
	brokenFor = 500 * time.Millisecond
)

// A watcher is one Watch under way.
type watcher struct {
	d     *Deployed
	epoch time.Time
	sink  func(history.Record)

	mu     sync.Mutex
	ended  map[string]bool  // container runs whose end was handed over
	faults []error          // why something may be missing
	trying map[string]error // what cannot be watched at present, by its name

	logs  *followers
	edges *edgeFollowers
}

// Watch hands over what happens to the target's pods, to its Service's endpoints
// and to the nodes, what Kubernetes says about it, and what the application logs,
// and at its end what the edge has logged.
//
// The time of an event is that of its arrival here, by this machine's clock, some
// milliseconds after the change; where a change may have waited for a watch that
// was interrupted, the event's precision covers that. Times of containers are the
// kubelet's, to the second. Events of what was there before Watch began carry
// the objects' times where they have one. The application's lines carry its own
// clock's time.
func (d *Deployed) Watch(ctx context.Context, epoch time.Time, sink func(history.Record)) error {
	w := &watcher{d: d, epoch: epoch, sink: sink, ended: map[string]bool{}, trying: map[string]error{}}
	w.logs, w.edges = newFollowers(w), newEdgeFollowers(w)
	d.mu.Lock()
	d.watchers[w] = true
	for _, n := range d.notes {
		w.note(n)
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.watchers, w)
		d.mu.Unlock()
	}()

	draining, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var feeds sync.WaitGroup
	for _, run := range []func(watching, draining context.Context){w.pods(), w.endpoints(), w.events(), w.nodes(ctx)} {
		feeds.Go(func() { run(ctx, draining) })
	}
	<-ctx.Done()
	late := time.AfterFunc(drainFor, cancel)
	defer late.Stop()
	feeds.Wait()
	w.logs.drain(draining)
	w.edges.drain(context.WithoutCancel(ctx))
	w.edgeLogs(ctx)
	return w.verdict()
}

// verdict is what may be missing.
func (w *watcher) verdict() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for what, err := range w.trying {
		w.faults = append(w.faults, fmt.Errorf("watch %s: %w", what, err))
	}
	return errors.Join(w.faults...)
}

func (w *watcher) event(e history.Event) { w.sink(history.Record{Event: &e}) }

func (w *watcher) fault(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, err)
}

// pods watches the namespace's pods.
func (w *watcher) pods() func(watching, draining context.Context) {
	pods := w.d.k.client.CoreV1().Pods(w.d.namespace)
	return watching(w, "pods", &feed[*corev1.Pod]{
		list: listed(pods.List, metav1.ListOptions{}), watch: watched(pods.Watch, metav1.ListOptions{}),
		handle: func(c change[*corev1.Pod]) {
			o := observed{epoch: w.epoch, seen: c.seen}
			switch {
			case w.d.isTarget(c.now):
				for _, e := range podEvents(c.old, c.now, c.gone, o) {
					w.once(e, c.now.UID)
				}
				w.logs.see(c)
				w.edges.see(c.now)
			case c.now.Labels[roleLabel] == agentRole:
				for _, e := range agentNotes(c.old, c.now, c.gone, o) {
					w.event(e)
				}
			case c.now.Labels[roleLabel] == edgeRole:
				for _, err := range edgeFaults(c.old, c.now, c.gone) {
					w.fault(err)
				}
			case w.d.disruptsEdge():
				for _, err := range behindFaults(c.old, c.now, c.gone) {
					w.fault(err)
				}
			}
		},
	})
}

// once hands over e unless it is the end or the beginning of a container run that
// was handed over before: a status may lose and regain what it tells of a run.
func (w *watcher) once(e history.Event, pod types.UID) {
	if e.Type == history.EventContainerExited || e.Type == history.EventContainerStarted {
		key := string(pod) + "/" + e.Type + "/" + e.Attrs["container"] + "/" + e.Attrs["id"]
		w.mu.Lock()
		said := w.ended[key]
		w.ended[key] = true
		w.mu.Unlock()
		if said {
			return
		}
	}
	w.event(e)
}

// isTarget reports whether p is one of the target's pods.
func (d *Deployed) isTarget(p *corev1.Pod) bool {
	owner := metav1.GetControllerOf(p)
	if owner == nil || !d.selector.Matches(labels.Set(p.Labels)) {
		return false
	}
	if d.workload.Target.Kind == kindStatefulSet {
		return owner.Kind == kindStatefulSet && owner.Name == d.workload.Target.Name
	}
	return owner.Kind == "ReplicaSet"
}

// concerns reports whether a Kubernetes event is about this workload: in a
// namespace of one's own all are.
func (d *Deployed) concerns(e *corev1.Event) bool {
	name, of := e.InvolvedObject.Name, d.workload.Target
	return !d.workload.Taken() || name == of.Name || name == of.Service || strings.HasPrefix(name, of.Name+"-")
}

// endpoints watches the Service's EndpointSlices.
func (w *watcher) endpoints() func(watching, draining context.Context) {
	slices := w.d.k.client.DiscoveryV1().EndpointSlices(w.d.namespace)
	selected := metav1.ListOptions{LabelSelector: labels.Set{discoveryv1.LabelServiceName: w.d.workload.Target.Service}.String()}
	known := map[types.UID]*discoveryv1.EndpointSlice{}
	var before map[types.UID]endpoint
	return watching(w, "EndpointSlices", &feed[*discoveryv1.EndpointSlice]{
		list: listed(slices.List, selected), watch: watched(slices.Watch, selected),
		handle: func(c change[*discoveryv1.EndpointSlice]) {
			keep(known, c)
			now := endpointsOf(known)
			for _, e := range endpointEvents(before, now, observed{epoch: w.epoch, seen: c.seen}) {
				w.event(e)
			}
			before = now
		},
	})
}

// events watches what Kubernetes says about the namespace's objects.
func (w *watcher) events() func(watching, draining context.Context) {
	events := w.d.k.client.CoreV1().Events(w.d.namespace)
	return watching(w, "events", &feed[*corev1.Event]{
		list: listed(events.List, metav1.ListOptions{}), watch: watched(events.Watch, metav1.ListOptions{}),
		handle: func(c change[*corev1.Event]) {
			if !c.gone && w.d.concerns(c.now) {
				w.event(kubernetesEvent(c.now, observed{epoch: w.epoch, seen: c.seen}))
			}
		},
	})
}

// nodes watches all nodes, for the target's pods may come to run on any; where
// they may be looked at.
func (w *watcher) nodes(ctx context.Context) func(watching, draining context.Context) {
	nodes := w.d.k.client.CoreV1().Nodes()
	if _, err := nodes.List(ctx, metav1.ListOptions{Limit: 1}); apierrors.IsForbidden(err) {
		return func(context.Context, context.Context) {}
	}
	return watching(w, "nodes", &feed[*corev1.Node]{
		list: listed(nodes.List, metav1.ListOptions{}), watch: watched(nodes.Watch, metav1.ListOptions{}),
		handle: func(c change[*corev1.Node]) {
			for _, e := range nodeNotes(c.old, c.now, c.gone, observed{epoch: w.epoch, seen: c.seen}) {
				w.event(e)
			}
		},
	})
}

// watching completes a feed and returns what runs it: until watching ends, and
// then once more as a list, so that nothing that had happened by then is left out.
func watching[T object](w *watcher, what string, f *feed[T]) func(watching, draining context.Context) {
	f.what = what
	works := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.trying, what)
	}
	f.synced = works
	f.failed = func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		// Who may not look at nodes can still run trials.
		if what != "nodes" || !apierrors.IsForbidden(err) {
			w.trying[what] = err
		}
	}
	f.broke = func(b broken) {
		works()
		w.broke(what, b)
	}
	return func(watching, draining context.Context) {
		f.run(watching)
		if _, err := f.relist(draining, time.Now()); err != nil {
			f.failed(fmt.Errorf("list %s: %w", what, err))
		}
	}
}

// broke records an interruption. Only a fresh list can have swallowed something;
// a watch that goes on where it ended is late at worst.
func (w *watcher) broke(what string, b broken) {
	e := history.Event{Source: history.SourceAPI, Type: history.EventWatchBroken}
	e.T, e.Precision = moment{from: b.from, at: b.to}.span(w.epoch)
	if !b.relisted {
		if b.to.Sub(b.from) < brokenFor {
			return
		}
		e.Type = history.EventNote
		w.event(with(e, []string{"text", fmt.Sprintf("the watch of %s was interrupted for %s; what it brought then came late", what, b.to.Sub(b.from).Round(time.Millisecond))}))
		return
	}
	cause := "the last version seen is too old"
	if b.err != nil {
		cause = b.err.Error()
	}
	w.event(with(e, []string{"error", fmt.Sprintf("the watch of %s was lost and began anew: %s", what, cause)}))
}
