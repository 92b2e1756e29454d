package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

type object interface {
	runtime.Object
	metav1.Object
}

// A feed hands over every change of the objects that a list and a watch select,
// in order and from one goroutine, each with the moment of its arrival. client-go's
// informers are not used because they tell neither when a change arrived nor that
// a relist swallowed some.
type feed[T object] struct {
	what   string // for messages: "pods"
	list   func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch  func(context.Context, metav1.ListOptions) (watch.Interface, error)
	handle func(change[T])
	synced func()          // after every complete list; may be nil
	failed func(error)     // a list or watch failed and is tried again; may be nil
	broke  func(broken)    // the watch was interrupted and works again; may be nil
	known  map[types.UID]T // as last handed over
}

// A change of one object. old is nil when it is new; gone says that it is no
// more, and now is then its last known state.
type change[T object] struct {
	old, now T
	first    bool // old is nil
	gone     bool
	seen     moment
}

// A moment is when a change was seen. It happened between from and at; the API
// server's own delay, some milliseconds, is not in it.
type moment struct {
	from, at time.Time
	// listed: found by a list, so that it may be old; from is then zero unless an
	// earlier view of the objects bounds it.
	listed bool
}

// broken tells of a watch that was interrupted.
type broken struct {
	from, to time.Time
	relisted bool // changes in between were seen only by their result
	err      error
}

const (
	watchPause    = 200 * time.Millisecond // between failures
	watchFailures = 5                      // in a row, then a fresh list
	// lateFor is how long after its reconnection a watch may still deliver what
	// happened while it was broken.
	lateFor = time.Second
)

var errWatchClosed = errors.New("the API server closed the watch")

// listed and watched bind a client's typed methods to what they select.
func listed[L runtime.Object](list func(context.Context, metav1.ListOptions) (L, error), sel metav1.ListOptions) func(context.Context, metav1.ListOptions) (runtime.Object, error) {
	return func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
		o.LabelSelector, o.FieldSelector = sel.LabelSelector, sel.FieldSelector
		return list(ctx, o)
	}
}

func watched(start func(context.Context, metav1.ListOptions) (watch.Interface, error), sel metav1.ListOptions) func(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
		o.LabelSelector, o.FieldSelector = sel.LabelSelector, sel.FieldSelector
		return start(ctx, o)
	}
}

// run lists and watches until ctx ends.
func (f *feed[T]) run(ctx context.Context) {
	f.known = map[types.UID]T{}
	var lost broken
	for ctx.Err() == nil {
		version, err := f.relist(ctx, lost.from)
		if err != nil {
			f.fail(fmt.Errorf("list %s: %w", f.what, err))
			pause(ctx, watchPause)
			continue
		}
		if !lost.from.IsZero() && f.broke != nil {
			lost.to, lost.relisted = time.Now(), true
			f.broke(lost)
		}
		lost = f.follow(ctx, version)
	}
}

// relist hands over how the objects differ from the last known view. since is
// when that view was lost; zero: there was none.
func (f *feed[T]) relist(ctx context.Context, since time.Time) (version string, err error) {
	list, err := f.list(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return "", err
	}
	seen := moment{from: since, at: time.Now(), listed: true}
	there := make(map[types.UID]bool, len(items))
	for _, item := range items {
		if o, ok := item.(T); ok {
			there[o.GetUID()] = true
			f.put(o, seen)
		}
	}
	for uid, o := range f.known {
		if !there[uid] {
			f.drop(o, seen)
		}
	}
	if f.synced != nil {
		f.synced()
	}
	l, err := meta.ListAccessor(list)
	if err != nil {
		return "", err
	}
	return l.GetResourceVersion(), nil
}

// follow watches from version on, and again from the last version seen when a
// watch ends. It returns when ctx ends or when only a fresh list can help.
func (f *feed[T]) follow(ctx context.Context, version string) broken {
	var lost broken
	for failures := 0; ; {
		w, err := f.watch(ctx, metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true})
		if err == nil {
			opened := time.Now()
			if !lost.from.IsZero() && f.broke != nil {
				lost.to = opened
				f.broke(lost)
			}
			var last string
			last, err = f.consume(ctx, w, lost.from, opened)
			if last != "" {
				version, failures = last, 0
			}
			lost = broken{from: time.Now()}
		}
		if lost.from.IsZero() {
			lost.from = time.Now()
		}
		lost.err = err
		failures++
		if ctx.Err() != nil || apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || failures > watchFailures {
			return lost
		}
		if !errors.Is(err, errWatchClosed) {
			f.fail(fmt.Errorf("watch %s: %w", f.what, err))
		}
		if failures > 1 || !errors.Is(err, errWatchClosed) {
			pause(ctx, watchPause)
		}
	}
}

// consume hands over what one watch delivers until it ends, and returns the last
// version seen. brokenAt is when the watch before it ended; zero: there was none.
func (f *feed[T]) consume(ctx context.Context, w watch.Interface, brokenAt, opened time.Time) (version string, err error) {
	defer w.Stop()
	for {
		var e watch.Event
		var ok bool
		select {
		case <-ctx.Done():
			return version, context.Cause(ctx)
		case e, ok = <-w.ResultChan():
		}
		now := time.Now()
		if !ok {
			return version, errWatchClosed
		}
		if e.Type == watch.Error {
			return version, apierrors.FromObject(e.Object)
		}
		o, isT := e.Object.(T)
		if !isT {
			continue
		}
		if v := o.GetResourceVersion(); v != "" {
			version = v
		}
		seen := moment{from: now, at: now}
		if !brokenAt.IsZero() && now.Sub(opened) < lateFor {
			seen.from = brokenAt
		}
		switch e.Type {
		case watch.Added, watch.Modified:
			f.put(o, seen)
		case watch.Deleted:
			f.drop(o, seen)
		}
	}
}

func (f *feed[T]) put(o T, seen moment) {
	old, known := f.known[o.GetUID()]
	if known && o.GetResourceVersion() != "" && old.GetResourceVersion() == o.GetResourceVersion() {
		return
	}
	f.known[o.GetUID()] = o
	f.handle(change[T]{old: old, now: o, first: !known, seen: seen})
}

func (f *feed[T]) drop(o T, seen moment) {
	old, known := f.known[o.GetUID()]
	delete(f.known, o.GetUID())
	f.handle(change[T]{old: old, now: o, first: !known, gone: true, seen: seen})
}

func (f *feed[T]) fail(err error) {
	if f.failed != nil {
		f.failed(err)
	}
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
