package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"

	"zarif/cluster"
)

// A usersController is a controller that was there before zarif, and that it changes
// for a while only. Until it is as it was, annotations of it say what that is: they
// are for whoever comes after a run that was killed.
type usersController struct {
	dynamic         dynamic.Interface
	kind            string // Deployment or StatefulSet
	namespace, name string
}

func (k *Cluster) usersController(w cluster.Workload) usersController {
	return usersController{k.dynamic, w.Target.Kind, w.Users.Namespace, w.Target.Name}
}

func (c usersController) String() string {
	return fmt.Sprintf("%s %s in namespace %s", c.kind, c.name, c.namespace)
}

func (c usersController) objects() dynamic.ResourceInterface {
	return c.dynamic.Resource(controllerResource(c.kind)).Namespace(c.namespace)
}

func controllerResource(kind string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: groupApps, Version: "v1", Resource: Use{Workload: cluster.Workload{Target: cluster.Target{Kind: kind}}}.controllers()}
}

func (c usersController) read(ctx context.Context) (*unstructured.Unstructured, error) {
	return c.objects().Get(ctx, c.name, metav1.GetOptions{})
}

// change reads the controller, has a copy edited, and writes in one step what differs:
// the annotations of zarif's, the replicas, and what says how pods end. generation is
// that of the controller then, changed whether it is a new one.
func (c usersController) change(ctx context.Context, edit func(*unstructured.Unstructured) error) (generation int64, changed bool, err error) {
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		o, err := c.read(ctx)
		if err != nil {
			return err
		}
		edited := o.DeepCopy()
		if err := edit(edited); err != nil {
			return err
		}
		generation, changed = o.GetGeneration(), false
		patch, differs, err := patchTo(o, edited)
		if err != nil || !differs {
			return err
		}
		now, err := c.objects().Patch(ctx, c.name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return err
		}
		generation, changed = now.GetGeneration(), now.GetGeneration() != o.GetGeneration()
		return nil
	})
	return generation, changed, err
}

// patched are the fields below spec that a change is about.
var patched = [][]string{
	{"replicas"},
	{"template", "spec", "terminationGracePeriodSeconds"},
	{"template", "spec", "containers"},
	{"template", "spec", "initContainers"},
}

// patchTo is a merge patch of what a change is about, for this very version of the
// object.
func patchTo(o, edited *unstructured.Unstructured) (patch []byte, differs bool, err error) {
	body := map[string]any{"metadata": map[string]any{"resourceVersion": o.GetResourceVersion()}}
	for _, name := range []string{stoppingWas, replicasWas} {
		before, was := o.GetAnnotations()[name]
		after, is := edited.GetAnnotations()[name]
		if was == is && before == after {
			continue
		}
		var value any
		if is {
			value = after
		}
		differs = true
		err = errors.Join(err, unstructured.SetNestedField(body, value, "metadata", "annotations", name))
	}
	for _, path := range patched {
		path = append([]string{"spec"}, path...)
		before, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
		after, _, _ := unstructured.NestedFieldNoCopy(edited.Object, path...)
		a, errA := json.Marshal(before)
		b, errB := json.Marshal(after)
		if err = errors.Join(err, errA, errB); string(a) == string(b) {
			continue
		}
		differs = true
		err = errors.Join(err, unstructured.SetNestedField(body, after, path...))
	}
	if err != nil {
		return nil, false, err
	}
	patch, err = json.Marshal(body)
	return patch, differs, err
}

// annotate sets one annotation; nil takes it off.
func annotate(o *unstructured.Unstructured, name string, value any) error {
	all := o.GetAnnotations()
	delete(all, name)
	if value != nil {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = string(text)
	}
	o.SetAnnotations(all)
	return nil
}

// annotated reads one annotation; false: it is not there, or not one of zarif's.
func annotated(o *unstructured.Unstructured, name string, into any) bool {
	text, there := o.GetAnnotations()[name]
	return there && json.Unmarshal([]byte(text), into) == nil
}

// Changed is what a run changed on a controller that was there before it, and did not
// put back.
type Changed struct {
	Controller string            // "Deployment shop in namespace shop"
	What       []string          // "replicas 1 (before: 3)"; empty: somebody else has set all of it since
	By         map[string]string // who did, see Config.Owner
}

// String is "replicas 1 (before: 3) on Deployment shop in namespace shop".
func (c Changed) String() string {
	if len(c.What) == 0 {
		return "annotations on " + c.Controller
	}
	return strings.Join(c.What, " and ") + " on " + c.Controller
}

// changedOn is what runs did not put back on a controller; nil: nothing.
func (c usersController) changedOn(o *unstructured.Unstructured) *Changed {
	_, hook := o.GetAnnotations()[stoppingWas]
	_, scaled := o.GetAnnotations()[replicasWas]
	if !hook && !scaled {
		return nil
	}
	found := &Changed{Controller: c.String()}
	if m := (stoppingMark{}); annotated(o, stoppingWas, &m) {
		found.By = m.By
		if m.is(o) {
			found.What = append(found.What, m.String())
		}
	}
	if m := (replicasMark{}); annotated(o, replicasWas, &m) {
		found.By = m.By
		if m.is(o) {
			found.What = append(found.What, m.String())
		}
	}
	return found
}

// putBack makes the controller what it was before zarif changed it. What somebody else
// has set meanwhile stays. was is nil where there was nothing to be put back.
func (c usersController) putBack(ctx context.Context) (was *Changed, generation int64, changed bool, err error) {
	generation, changed, err = c.change(ctx, func(o *unstructured.Unstructured) error {
		if was = c.changedOn(o); was == nil {
			return nil
		}
		if m := (stoppingMark{}); annotated(o, stoppingWas, &m) && m.is(o) {
			if err := m.Was.Put(o, m.Container); err != nil {
				return err
			}
		}
		if m := (replicasMark{}); annotated(o, replicasWas, &m) && m.is(o) {
			if err := setReplicas(o, m.Was); err != nil {
				return err
			}
		}
		return errors.Join(annotate(o, stoppingWas, nil), annotate(o, replicasWas, nil))
	})
	if err != nil {
		err = fmt.Errorf("put back what was changed on %s: %w", c, err)
	}
	return was, generation, changed, err
}

// PutBack makes a workload that was there before what it was before zarif changed it,
// this run or one that was killed, and waits until its pods are. What somebody else
// has set meanwhile stays. was is nil where there was nothing to be put back; it is
// given with an error, too, where the wait failed.
func (k *Cluster) PutBack(ctx context.Context, w cluster.Workload) (was *Changed, err error) {
	if !w.Taken() {
		return nil, fmt.Errorf("put back %s: it was not there before", w.Name)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, changedWithin, errors.New("it took too long"))
	defer cancel()
	was, generation, changed, err := k.usersController(w).putBack(ctx)
	if err == nil && changed {
		err = k.settled(ctx, w, generation)
	}
	if was != nil && apierrors.IsForbidden(err) {
		err = fmt.Errorf("a run that was killed left %s, which may not be put back; nothing was done: %w", was, err)
	}
	return was, err
}
