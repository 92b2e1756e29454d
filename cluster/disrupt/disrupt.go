// Package disrupt owns what is done to a workload while load runs: one file per
// disruption, each written once for every kind of cluster. A disruption acts
// through the capabilities that its subject has, waits for what it observes,
// and knows how to put things back. It does not measure.
package disrupt

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"zarif/cluster"
)

// A Subject is the target of a disruption. What else it can do is found by
// asserting the capabilities below.
type Subject interface {
	Await(ctx context.Context, what string, done func(cluster.State) bool) error
}

// Acting is told, for the record, what a disruption is about to do, with
// attributes in pairs: acting("delete", "pod", "go-exit-x").
type Acting func(action string, attrs ...string)

// Capabilities of a subject.
type (
	// Restarter rolls the target's pods over, as `kubectl rollout restart` does.
	Restarter interface {
		Restart(ctx context.Context) error
	}
	// Scaler sets the number of replicas.
	Scaler interface {
		Scale(ctx context.Context, replicas int32) error
	}
	// Deleter deletes a pod; grace in seconds, nil for the pod's own.
	Deleter interface {
		Delete(ctx context.Context, pod cluster.Pod, grace *int64) error
	}
	// Evictor asks for a pod's eviction. While a PodDisruptionBudget does not allow
	// it, the error is a RefusedError.
	Evictor interface {
		Evict(ctx context.Context, pod cluster.Pod) error
	}
	// Isolator takes a pod out of the target's Service, so that no new connection is
	// led to it, and leaves it running.
	Isolator interface {
		Isolate(ctx context.Context, pod cluster.Pod) error
	}
	// Signaller signals the main process of a pod's target container from outside
	// its PID namespace.
	Signaller interface {
		Signal(ctx context.Context, pod cluster.Pod, sig syscall.Signal) error
	}
	// ProcessWatcher waits until the node's runtime says that the process of the
	// pod's target container is gone.
	ProcessWatcher interface {
		AwaitProcessGone(ctx context.Context, pod cluster.Pod) error
	}
)

// A Disruption is something that happens to a workload.
type Disruption struct {
	Name string
	Doc  string // one sentence for `zarif list`
	// Restarts is how many container restarts it causes by itself.
	Restarts int
	// Left is how many of a workload's pods serve at the worst moment, at least, of
	// so many replicas and with so many that a rollout may take away beforehand.
	Left func(replicas, maxUnavailable int) int
	// Do asks for its capabilities before it acts, waits until the subject is settled,
	// acts and returns once the disruption is observed to be complete. heal,
	// which may be nil, puts back what is not back yet; it is called even when
	// Do failed. A capability that s lacks is an error that is errors.ErrUnsupported.
	Do func(ctx context.Context, s Subject, acting Acting) (heal func(context.Context) error, err error)
}

// All lists every disruption in the order in which reports show them.
func All() []Disruption {
	return []Disruption{none(), rollout(), scaleDown(), podDelete(), podForceDelete(), eviction(), operationalDrain(), kill()}
}

// Named finds a disruption by its name.
func Named(name string) (Disruption, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Disruption{}, false
}

// butOne is what a disruption of one pod leaves.
func butOne(replicas, _ int) int { return replicas - 1 }

// capability asserts one capability of s.
func capability[C any](s Subject, what string) (C, error) {
	c, ok := s.(C)
	if !ok {
		return c, fmt.Errorf("this cluster cannot %s: %w", what, errors.ErrUnsupported)
	}
	return c, nil
}
