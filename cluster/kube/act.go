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
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
		"annotations": map[string]string{restartedAt: time.Now().UTC().Format(time.RFC3339Nano)},
	}}}})
	if err != nil {
		return err
	}
	changed, err := d.k.client.AppsV1().Deployments(d.namespace).
		Patch(ctx, d.target.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("annotate Deployment %s: %w", d.target.Name, err)
	}
	d.tracker.atLeast(changed.Generation)
	return nil
}

// Scale sets the number of replicas.
func (d *Deployed) Scale(ctx context.Context, replicas int32) error {
	deployments := d.k.client.AppsV1().Deployments(d.namespace)
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		scale, err := deployments.GetScale(ctx, d.target.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = replicas
		_, err = deployments.UpdateScale(ctx, d.target.Name, scale, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("scale Deployment %s: %w", d.target.Name, err)
	}
	changed, err := deployments.Get(ctx, d.target.Name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("look at Deployment %s after scaling it: %w", d.target.Name, err)
	}
	d.tracker.atLeast(changed.Generation)
	return nil
}

// Delete deletes this very pod, never one that has taken its name.
func (d *Deployed) Delete(ctx context.Context, pod cluster.Pod, grace *int64) error {
	uid := types.UID(pod.UID)
	return d.k.client.CoreV1().Pods(d.namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: grace, Preconditions: &metav1.Preconditions{UID: &uid},
	})
}
