package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster"
)

// Isolate takes a label off this very pod that the Service asks for and the
// Deployment does not: the endpoints' controller takes the pod out of the Service,
// and its ReplicaSet keeps it.
func (d *Deployed) Isolate(ctx context.Context, pod cluster.Pod) error {
	service, err := d.k.client.CoreV1().Services(d.namespace).Get(ctx, d.workload.Target.Service, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("look at Service %s: %w", d.workload.Target.Service, err)
	}
	label, ok := spareLabel(service.Spec.Selector, d.selector)
	if !ok {
		return fmt.Errorf("isolate pod %s: its Deployment needs every label that its Service asks for: %w", pod.Name, errors.ErrUnsupported)
	}
	// The uid makes it a conflict where another pod has taken the name.
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID, "labels": map[string]any{label: nil}}})
	if err != nil {
		return err
	}
	if _, err := d.k.client.CoreV1().Pods(d.namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("take the label %s off pod %s: %w", label, pod.Name, err)
	}
	return nil
}

// spareLabel finds a label that the Service asks for and without which a pod is
// still the Deployment's.
func spareLabel(asked map[string]string, own labels.Selector) (label string, ok bool) {
	for _, label := range slices.Sorted(maps.Keys(asked)) {
		without := maps.Clone(asked)
		delete(without, label)
		if own.Matches(labels.Set(without)) {
			return label, true
		}
	}
	return "", false
}
