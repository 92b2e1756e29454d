package kube

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
)

// takes reports every object of a workload that this cluster does not take, before
// anything is made.
func (k *Cluster) takes(w cluster.Workload) error {
	if w.Users == nil {
		return nil
	}
	var faults []error
	for _, o := range w.Objects {
		kind := o.GroupVersionKind()
		mapping, err := k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		switch {
		case meta.IsNoMatchError(err):
			faults = append(faults, fmt.Errorf("%s %s: the cluster does not know %s; leave it out, or install what brings it", kind.Kind, o.GetName(), kind.GroupVersion()))
		case err != nil:
			faults = append(faults, fmt.Errorf("%s %s: %w", kind.Kind, o.GetName(), err))
		case mapping.Scope.Name() != meta.RESTScopeNameNamespace:
			faults = append(faults, fmt.Errorf("%s %s: it belongs to the whole cluster; leave it out, where the target works without it or it is there already", kind.Kind, o.GetName()))
		}
	}
	return errors.Join(faults...)
}

// references loads the images that a user's pods name, as far as this machine has
// them.
func (k *Cluster) references(ctx context.Context, w cluster.Workload) (loaded map[string]bool, err error) {
	if w.Users == nil || k.config.LoadReference == nil {
		return nil, nil
	}
	loaded = map[string]bool{}
	for _, ref := range w.Users.References {
		if loaded[ref], err = k.config.LoadReference(ctx, ref); err != nil {
			return nil, fmt.Errorf("load image %s: %w", ref, err)
		}
	}
	return loaded, nil
}

// fit makes an object fit the namespace that it is created in: a RoleBinding's
// service accounts are those of this namespace, and a user's images that were put
// onto the nodes are not pulled, for nobody may have them to give.
func (d *Deployed) fit(o *unstructured.Unstructured) {
	if o.GetKind() == "RoleBinding" {
		subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
		for _, s := range subjects {
			if subject, ok := s.(map[string]any); ok && subject["kind"] == "ServiceAccount" && subject["namespace"] == nil {
				subject["namespace"] = d.namespace
			}
		}
		if subjects != nil {
			_ = unstructured.SetNestedSlice(o.Object, subjects, "subjects") // it was one before
		}
		return
	}
	if d.workload.Users == nil {
		return
	}
	for _, pod := range [][]string{{"spec"}, {"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}} {
		if len(pod) == 1 && o.GetKind() != "Pod" {
			continue
		}
		for _, list := range []string{"initContainers", "containers"} {
			d.unpulled(o, append(pod[:len(pod):len(pod)], list)...)
		}
	}
}

// unpulled keeps nodes from pulling what was loaded. Without a policy an image
// with the tag latest would be pulled, too.
func (d *Deployed) unpulled(o *unstructured.Unstructured, path ...string) {
	containers, found, err := unstructured.NestedSlice(o.Object, path...)
	if !found || err != nil {
		return
	}
	for _, c := range containers {
		container, ok := c.(map[string]any)
		if !ok {
			continue
		}
		ref, _ := container["image"].(string)
		policy, _ := container["imagePullPolicy"].(string)
		if !d.loaded[ref] || policy != "" && policy != string(corev1.PullAlways) {
			continue
		}
		container["imagePullPolicy"] = string(corev1.PullIfNotPresent)
		if policy != "" {
			d.tell(note{text: fmt.Sprintf("%s %s: image %s was put onto the nodes from this machine, and is not pulled, although its imagePullPolicy is %s", o.GetKind(), o.GetName(), ref, policy)})
		}
	}
	_ = unstructured.SetNestedSlice(o.Object, containers, path...) // it was one before
}
