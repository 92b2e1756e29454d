// Package stopping owns what the pods' template of a controller says of their end:
// the preStop hook of the container that serves, and the grace period. It reads and
// changes objects; it talks to no cluster, and does not say what would be good.
package stopping

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
)

// A Stop is how pods end, in whole seconds.
type Stop struct {
	PreStop int64 `json:"preStop"` // sleep (KEP-3960); 0: no hook
	Grace   int64 `json:"grace"`   // terminationGracePeriodSeconds; no less than PreStop
}

// A Saved is what a template said: the container's preStop hook as it was written,
// nil for none, and the grace period, nil for none. Put writes it back.
type Saved struct {
	PreStop map[string]any `json:"preStop,omitempty"`
	Grace   *int64         `json:"grace,omitempty"`
}

var (
	podSpec   = []string{"spec", "template", "spec"}
	gracePath = append(podSpec[:len(podSpec):len(podSpec)], "terminationGracePeriodSeconds")
)

// Of reads what the template of a controller says.
func Of(o *unstructured.Unstructured, container string) (Saved, error) {
	var s Saved
	grace, found, err := unstructured.NestedInt64(o.Object, gracePath...)
	if err != nil {
		return s, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
	}
	if found {
		s.Grace = &grace
	}
	err = onContainer(o, container, func(of map[string]any) error {
		hook, _, err := unstructured.NestedMap(of, "lifecycle", "preStop")
		s.PreStop = hook
		return err
	})
	return s, err
}

// Set changes the template so that pods end by s.
func (s Stop) Set(o *unstructured.Unstructured, container string) error {
	saved := Saved{Grace: &s.Grace}
	if s.PreStop > 0 {
		saved.PreStop = map[string]any{"sleep": map[string]any{"seconds": s.PreStop}}
	}
	return saved.Put(o, container)
}

// Is reports whether s is what the template says already.
func (s Stop) Is(of Saved) bool {
	if of.Grace == nil || *of.Grace != s.Grace {
		return false
	}
	if s.PreStop == 0 {
		return len(of.PreStop) == 0
	}
	slept, found, err := unstructured.NestedInt64(of.PreStop, "sleep", "seconds")
	return err == nil && found && slept == s.PreStop && len(of.PreStop) == 1
}

// Put makes the template say what was saved.
func (s Saved) Put(o *unstructured.Unstructured, container string) error {
	if s.Grace == nil {
		unstructured.RemoveNestedField(o.Object, gracePath...)
	} else if err := unstructured.SetNestedField(o.Object, *s.Grace, gracePath...); err != nil {
		return fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return onContainer(o, container, func(of map[string]any) error {
		if s.PreStop != nil {
			return unstructured.SetNestedMap(of, s.PreStop, "lifecycle", "preStop")
		}
		unstructured.RemoveNestedField(of, "lifecycle", "preStop")
		if lifecycle, _, _ := unstructured.NestedMap(of, "lifecycle"); lifecycle != nil && len(lifecycle) == 0 {
			unstructured.RemoveNestedField(of, "lifecycle")
		}
		return nil
	})
}

// onContainer calls change with the container of that name, which may be one that
// begins as an init container (KEP-753), and writes it back.
func onContainer(o *unstructured.Unstructured, container string, change func(map[string]any) error) error {
	for _, list := range []string{"containers", "initContainers"} {
		path := append(podSpec[:len(podSpec):len(podSpec)], list)
		all, found, err := unstructured.NestedSlice(o.Object, path...)
		if err != nil {
			return fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		if !found {
			continue
		}
		for _, item := range all {
			of, ok := item.(map[string]any)
			if !ok || of["name"] != container {
				continue
			}
			if err := change(of); err != nil {
				return fmt.Errorf("%s %s, container %s: %w", o.GetKind(), o.GetName(), container, err)
			}
			return unstructured.SetNestedSlice(o.Object, all, path...)
		}
	}
	return fmt.Errorf("%s %s has no container %s", o.GetKind(), o.GetName(), container)
}

// Workload is a workload that is deployed with pods that end by s. The one that is
// given does not change.
func (s Stop) Workload(w cluster.Workload) (cluster.Workload, error) {
	objects := make([]*unstructured.Unstructured, len(w.Objects))
	found := false
	for i, o := range w.Objects {
		objects[i] = o
		if o.GetKind() != w.Target.Kind || o.GetName() != w.Target.Name {
			continue
		}
		found = true
		objects[i] = o.DeepCopy()
		if err := s.Set(objects[i], w.Target.Container); err != nil {
			return cluster.Workload{}, err
		}
	}
	if !found {
		return cluster.Workload{}, fmt.Errorf("workload %s holds no %s %s", w.Name, w.Target.Kind, w.Target.Name)
	}
	w.Objects, w.Grace = objects, s.grace()
	return w, nil
}

func (s Stop) grace() time.Duration { return time.Duration(s.Grace) * time.Second }
