package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"

	"zarif/cluster"
)

// restartedAt is the annotation that `kubectl rollout restart` sets.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// Restart changes the pods' template by an annotation, as `kubectl rollout
// restart` does, but to the nanosecond, so that two restarts within a second are two.
func (d *Deployed) Restart(ctx context.Context) error {
	if err := d.controller().rolls(ctx); err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
		"annotations": map[string]string{restartedAt: time.Now().UTC().Format(time.RFC3339Nano)},
	}}}})
	if err != nil {
		return err
	}
	generation, err := d.controller().patch(ctx, patch)
	if err != nil {
		return fmt.Errorf("annotate %s: %w", d.controller(), err)
	}
	d.tracker.atLeast(generation)
	if d.workload.Taken() {
		d.tell(note{stays: true, text: fmt.Sprintf("the annotation %s stays on the pods' template of %s in namespace %s: taking it off would be another rollout",
			restartedAt, d.controller(), d.namespace)})
	}
	return nil
}

// Scale sets the number of replicas. On a workload that was there before an annotation
// says what they were, until they are that again.
func (d *Deployed) Scale(ctx context.Context, replicas int32) error {
	of := d.controller()
	if d.workload.Taken() {
		generation, err := d.k.usersController(d.workload).scale(ctx, int64(replicas), d.k.config.Owner)
		if err != nil {
			return fmt.Errorf("scale %s: %w", of, err)
		}
		d.tracker.atLeast(generation)
		return nil
	}
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		scale, err := of.scales().GetScale(ctx, of.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = replicas
		_, err = of.scales().UpdateScale(ctx, of.name, scale, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("scale %s: %w", of, err)
	}
	generation, err := of.generation(ctx)
	if err != nil {
		return fmt.Errorf("look at %s after scaling it: %w", of, err)
	}
	d.tracker.atLeast(generation)
	return nil
}

// Delete deletes this very pod, never one that has taken its name.
func (d *Deployed) Delete(ctx context.Context, pod cluster.Pod, grace *int64) error {
	uid := types.UID(pod.UID)
	return d.k.client.CoreV1().Pods(d.namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: grace, Preconditions: &metav1.Preconditions{UID: &uid},
	})
}
