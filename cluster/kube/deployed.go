package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"zarif/cluster"
)

// Deployed is one workload in a namespace of its own. Safe for concurrent use.
type Deployed struct {
	k         *Cluster
	workload  cluster.Workload
	namespace string
	selector  labels.Selector // of the target's pods
	loaded    map[string]bool // images that were put onto the nodes
	tracker   *tracker

	life context.Context // ends with Remove
	end  context.CancelFunc
	wg   sync.WaitGroup

	agent    sync.Mutex // held while the agent is being made
	own      own        // guarded by agent
	mu       sync.Mutex
	watchers map[*watcher]bool // that are under way
	notes    []note            // for those that begin later
}

var _ cluster.Deployed = (*Deployed)(nil)

func newDeployed(k *Cluster, w cluster.Workload, namespace string) *Deployed {
	life, end := context.WithCancel(context.Background())
	d := &Deployed{
		k: k, workload: w, namespace: namespace, tracker: newTracker(w.Target.Kind, w.Target.Container),
		life: life, end: end, watchers: map[*watcher]bool{}, own: own{namespace: namespace, agent: agentName},
	}
	if w.Users != nil {
		for _, text := range w.Users.Notes {
			d.notes = append(d.notes, note{text: text})
		}
	}
	return d
}

// Namespace is where the workload is.
func (d *Deployed) Namespace() string { return d.namespace }

// background runs fs until d is removed.
func (d *Deployed) background(fs ...func(context.Context)) {
	for _, f := range fs {
		d.wg.Go(func() { f(d.life) })
	}
}

// removeSlack is what removing may take beyond the pods' grace period.
const removeSlack = 90 * time.Second

// Remove deletes the namespace and waits until it is gone. Nothing is measured
// any more, so pods that ignore their signal are not waited for: their grace
// period is cut to one second. Of a workload that was there before only what zarif
// made beside it goes.
func (d *Deployed) Remove(ctx context.Context) error {
	d.end()
	d.wg.Wait()
	if d.workload.Taken() {
		return d.leave(ctx)
	}
	return d.removeNamespace(ctx, d.namespace)
}

func (d *Deployed) removeNamespace(ctx context.Context, namespace string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d.workload.Grace+removeSlack, errors.New("it took too long"))
	defer cancel()
	what := "remove namespace " + namespace
	err := d.k.client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	// Best effort: without it the namespace goes too, only later.
	_ = d.k.client.CoreV1().Pods(namespace).DeleteCollection(ctx,
		metav1.DeleteOptions{GracePeriodSeconds: new(int64(1))}, metav1.ListOptions{})
	return d.awaitGone(ctx, namespace, what)
}

// awaitGone waits until a namespace is no more.
func (d *Deployed) awaitGone(ctx context.Context, namespace, what string) error {
	namespaces := d.k.client.CoreV1().Namespaces()
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + namespace}
	gone := make(chan struct{}, 1)
	there := false // touched by the feed's goroutine only
	check := func() {
		if there {
			return
		}
		select {
		case gone <- struct{}{}:
		default:
		}
	}
	f := &feed[*corev1.Namespace]{
		what: "namespaces", synced: check,
		list: listed(namespaces.List, named), watch: watched(namespaces.Watch, named),
		handle: func(c change[*corev1.Namespace]) {
			if there = !c.gone; c.gone {
				check()
			}
		},
	}
	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { f.run(watching) })
	defer func() { stop(); wg.Wait() }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}
