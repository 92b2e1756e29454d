package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/cluster/stopping"
)

// stoppingWas is an annotation of a controller whose preStop hook and grace period
// are changed for a while: what they were, and what was set last.
const stoppingWas = "zarif.dev/stopping-was"

// changedWithin bounds the rollout that a change of the pods' template is.
const changedWithin = 10 * time.Minute

// A stoppingMark is what that annotation holds.
type stoppingMark struct {
	Container string            `json:"container"`
	Was       stopping.Saved    `json:"was"`
	Set       stopping.Stop     `json:"set"`
	By        map[string]string `json:"by,omitempty"` // see Config.Owner
}

func (m stoppingMark) String() string {
	return fmt.Sprintf("a preStop sleep of %d s and a grace period of %d s, tried by a search", m.Set.PreStop, m.Set.Grace)
}

// is reports whether what was set is there still.
func (m stoppingMark) is(o *unstructured.Unstructured) bool {
	now, err := stopping.Of(o, m.Container)
	return err == nil && m.Set.Is(now)
}

// SetStopping makes the pods of a workload that was there before end by want, and waits
// until only such pods are there. PutBack makes them end as they did. It is not to be
// called while another call for the same workload is under way.
func (k *Cluster) SetStopping(ctx context.Context, w cluster.Workload, want stopping.Stop) error {
	if !w.Taken() {
		return fmt.Errorf("change how %s ends: it was not there before", w.Name)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, changedWithin, errors.New("it took too long"))
	defer cancel()
	c, container := k.usersController(w), w.Target.Container
	generation, changed, err := c.change(ctx, func(o *unstructured.Unstructured) error {
		mark := stoppingMark{Container: container, Set: want, By: k.config.Owner}
		var err error
		if mark.Was, err = stopping.Of(o, container); err != nil {
			return err
		}
		if before := (stoppingMark{}); annotated(o, stoppingWas, &before) && before.is(o) {
			mark.Was = before.Was // what is there is what zarif put there
		}
		if err := annotate(o, stoppingWas, mark); err != nil {
			return err
		}
		return want.Set(o, container)
	})
	if err == nil && changed {
		err = k.settled(ctx, w, generation)
	}
	if err != nil {
		return fmt.Errorf("set a preStop sleep of %d s and a grace period of %d s on %s: %w", want.PreStop, want.Grace, c, err)
	}
	return nil
}

// settled waits until a workload that was there before runs that generation of its
// controller, or a later one, and nothing else.
func (k *Cluster) settled(ctx context.Context, w cluster.Workload, generation int64) error {
	d := newDeployed(k, w, w.Users.Namespace)
	d.own = own{agent: agentName}
	defer func() {
		d.end()
		d.wg.Wait()
	}()
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.tracker.atLeast(generation)
	return d.Await(ctx, "its pods to be those that it wants, ready, and the others to be gone", func(now cluster.State) bool {
		return now.Settled()
	})
}
