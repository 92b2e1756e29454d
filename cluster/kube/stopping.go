package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"

	"zarif/cluster"
	"zarif/cluster/stopping"
)

// stoppingWas is an annotation of a controller whose preStop hook and grace period
// are changed for a while: what they were, and what was set last. It is there for
// whoever comes after a run that was killed.
const stoppingWas = "zarif.dev/stopping-was"

// changedWithin bounds the rollout that a change of the pods' template is.
const changedWithin = 10 * time.Minute

// A Stopping changes the preStop hook and the grace period of a workload that was
// there before, and puts back what they were. It is not safe for concurrent use.
type Stopping struct {
	k *Cluster
	w cluster.Workload
}

// Stopping is that of a workload that was there before.
func (k *Cluster) Stopping(w cluster.Workload) (*Stopping, error) {
	if !w.Taken() {
		return nil, fmt.Errorf("change how %s ends: it was not there before", w.Name)
	}
	return &Stopping{k, w}, nil
}

// Rights are what it takes.
func (s *Stopping) Rights() []Right {
	of := Use{Workload: s.w}
	return in(s.w.Users.Namespace, groupApps, of.controllers(), "get", "patch")
}

// marked is what the annotation holds.
type marked struct {
	Was stopping.Saved `json:"was"`
	Set stopping.Stop  `json:"set"`
}

// Set makes the pods end by want, and waits until only such pods are there. What was
// there before is kept in an annotation of the controller.
func (s *Stopping) Set(ctx context.Context, want stopping.Stop) error {
	what := fmt.Sprintf("set a preStop sleep of %d s and a grace period of %d s on %s", want.PreStop, want.Grace, s)
	return s.change(ctx, what, func(o *unstructured.Unstructured) (annotation *string, err error) {
		now, err := stopping.Of(o, s.w.Target.Container)
		if err != nil {
			return nil, err
		}
		mark := marked{Was: now, Set: want}
		if before, ours := markOn(o); ours && before.Set.Is(now) {
			mark.Was = before.Was // what is there is what zarif put there
		}
		text, err := json.Marshal(mark)
		if err != nil {
			return nil, err
		}
		return new(string(text)), want.Set(o, s.w.Target.Container)
	})
}

// PutBack makes the pods end as they did before the first Set, also where a run that
// was killed had set it. What somebody else has changed meanwhile stays.
func (s *Stopping) PutBack(ctx context.Context) error {
	return s.change(ctx, "put the preStop hook and the grace period of "+s.String()+" back", func(o *unstructured.Unstructured) (*string, error) {
		now, err := stopping.Of(o, s.w.Target.Container)
		if err != nil {
			return nil, err
		}
		if before, ours := markOn(o); ours && before.Set.Is(now) {
			return nil, before.Was.Put(o, s.w.Target.Container)
		}
		return nil, nil
	})
}

func (s *Stopping) String() string {
	return fmt.Sprintf("%s %s in namespace %s", s.w.Target.Kind, s.w.Target.Name, s.w.Users.Namespace)
}

// Before is what the workload had before a run that was killed had set something
// else; ok is false where none had, and what is there is its own.
func (s *Stopping) Before(ctx context.Context) (was stopping.Saved, ok bool, err error) {
	o, err := s.read(ctx)
	if err != nil {
		return was, false, fmt.Errorf("look at %s: %w", s, err)
	}
	now, err := stopping.Of(o, s.w.Target.Container)
	if err != nil {
		return was, false, err
	}
	mark, ours := markOn(o)
	return mark.Was, ours && mark.Set.Is(now), nil
}

// markOn reads the annotation of a controller.
func markOn(o *unstructured.Unstructured) (m marked, there bool) {
	text, there := o.GetAnnotations()[stoppingWas]
	return m, there && json.Unmarshal([]byte(text), &m) == nil
}

// change reads the controller, has it changed, writes what is not as it was, and waits
// until its pods are of the template that it has then. edit returns the annotation;
// nil takes it off.
func (s *Stopping) change(ctx context.Context, what string, edit func(*unstructured.Unstructured) (annotation *string, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, changedWithin, errors.New("it took too long"))
	defer cancel()
	generation, changed := int64(0), false
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		o, err := s.read(ctx)
		if err != nil {
			return err
		}
		edited := o.DeepCopy()
		annotation, err := edit(edited)
		if err != nil {
			return err
		}
		patch, differs, err := patchTo(o, edited, annotation)
		if err != nil || !differs {
			return err
		}
		now, err := s.controllers().Patch(ctx, s.w.Target.Name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return err
		}
		generation, changed = now.GetGeneration(), now.GetGeneration() != o.GetGeneration()
		return nil
	})
	if err == nil && changed {
		err = s.settled(ctx, generation)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// patchTo is a merge patch of the annotation and the parts of the pods' template that
// say how they end, for this very version of the object.
func patchTo(o, edited *unstructured.Unstructured, annotation *string) (patch []byte, differs bool, err error) {
	meta := map[string]any{"resourceVersion": o.GetResourceVersion()}
	was, marked := o.GetAnnotations()[stoppingWas]
	if marked != (annotation != nil) || annotation != nil && was != *annotation {
		meta["annotations"] = map[string]any{stoppingWas: annotation}
		differs = true
	}
	body := map[string]any{"metadata": meta}
	spec := map[string]any{}
	for _, field := range []string{"terminationGracePeriodSeconds", "containers", "initContainers"} {
		before, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "template", "spec", field)
		after, _, _ := unstructured.NestedFieldNoCopy(edited.Object, "spec", "template", "spec", field)
		a, errA := json.Marshal(before)
		b, errB := json.Marshal(after)
		if err := errors.Join(errA, errB); err != nil {
			return nil, false, err
		}
		if string(a) != string(b) {
			spec[field] = after
		}
	}
	if len(spec) > 0 {
		body["spec"] = map[string]any{"template": map[string]any{"spec": spec}}
		differs = true
	}
	patch, err = json.Marshal(body)
	return patch, differs, err
}

// settled waits until only pods of the controller's template are there.
func (s *Stopping) settled(ctx context.Context, generation int64) error {
	d := newDeployed(s.k, s.w, s.w.Users.Namespace)
	d.own = own{agent: agentName}
	defer func() {
		d.end()
		d.wg.Wait()
	}()
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.tracker.atLeast(generation)
	return d.Await(ctx, "the pods with it to be ready and the others to be gone", func(now cluster.State) bool {
		return now.Settled() && len(now.Pods) > 0
	})
}

func (s *Stopping) read(ctx context.Context) (*unstructured.Unstructured, error) {
	return s.controllers().Get(ctx, s.w.Target.Name, metav1.GetOptions{})
}

func (s *Stopping) controllers() dynamic.ResourceInterface {
	kind := schema.GroupVersionResource{Group: groupApps, Version: "v1", Resource: Use{Workload: s.w}.controllers()}
	return s.k.dynamic.Resource(kind).Namespace(s.w.Users.Namespace)
}
