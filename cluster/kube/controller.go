package kube

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	typedappsv1 "k8s.io/client-go/kubernetes/typed/apps/v1"
)

// Kinds of controllers whose pods can be a target.
const (
	kindDeployment  = "Deployment"
	kindStatefulSet = "StatefulSet"
)

// A controller is what makes the target's pods, as far as it is acted upon.
type controller struct {
	apps       typedappsv1.AppsV1Interface
	kind, name string
	namespace  string
}

func (d *Deployed) controller() controller {
	of := d.workload.Target
	return controller{d.k.client.AppsV1(), of.Kind, of.Name, d.namespace}
}

func (c controller) String() string { return c.kind + " " + c.name }

// patch changes it by a strategic merge and returns its generation.
func (c controller) patch(ctx context.Context, patch []byte) (generation int64, err error) {
	if c.kind == kindStatefulSet {
		changed, err := c.apps.StatefulSets(c.namespace).Patch(ctx, c.name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return 0, err
		}
		return changed.Generation, nil
	}
	changed, err := c.apps.Deployments(c.namespace).Patch(ctx, c.name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return 0, err
	}
	return changed.Generation, nil
}

// A scaler is the scale subresource.
type scaler interface {
	GetScale(ctx context.Context, name string, options metav1.GetOptions) (*autoscalingv1.Scale, error)
	UpdateScale(ctx context.Context, name string, scale *autoscalingv1.Scale, options metav1.UpdateOptions) (*autoscalingv1.Scale, error)
}

func (c controller) scales() scaler {
	if c.kind == kindStatefulSet {
		return c.apps.StatefulSets(c.namespace)
	}
	return c.apps.Deployments(c.namespace)
}

func (c controller) generation(ctx context.Context) (int64, error) {
	if c.kind == kindStatefulSet {
		now, err := c.apps.StatefulSets(c.namespace).Get(ctx, c.name, metav1.GetOptions{})
		if err != nil {
			return 0, err
		}
		return now.Generation, nil
	}
	now, err := c.apps.Deployments(c.namespace).Get(ctx, c.name, metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	return now.Generation, nil
}

// rolls refuses a controller that does not replace its pods when their template
// changes.
func (c controller) rolls(ctx context.Context) error {
	why := ""
	if c.kind == kindStatefulSet {
		now, err := c.apps.StatefulSets(c.namespace).Get(ctx, c.name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("look at %s: %w", c, err)
		}
		switch s := now.Spec.UpdateStrategy; {
		case s.Type == appsv1.OnDeleteStatefulSetStrategyType:
			why = "its update strategy is OnDelete"
		case s.RollingUpdate != nil && s.RollingUpdate.Partition != nil && *s.RollingUpdate.Partition > 0:
			why = fmt.Sprintf("its update strategy keeps the pods below %d", *s.RollingUpdate.Partition)
		}
	} else {
		now, err := c.apps.Deployments(c.namespace).Get(ctx, c.name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("look at %s: %w", c, err)
		}
		if now.Spec.Paused {
			why = "its rollouts are paused"
		}
	}
	if why != "" {
		return fmt.Errorf("a rollout of %s would not replace its pods: %s: %w", c, why, errors.ErrUnsupported)
	}
	return nil
}

// begin finds the target and keeps its state up to date from now on, until d is
// removed.
func (d *Deployed) begin(ctx context.Context) (err error) {
	of := d.controller()
	var selector *metav1.LabelSelector
	if of.kind == kindStatefulSet {
		var found *appsv1.StatefulSet
		if found, err = of.apps.StatefulSets(of.namespace).Get(ctx, of.name, metav1.GetOptions{}); err == nil {
			selector = found.Spec.Selector
		}
	} else {
		var found *appsv1.Deployment
		if found, err = of.apps.Deployments(of.namespace).Get(ctx, of.name, metav1.GetOptions{}); err == nil {
			selector = found.Spec.Selector
		}
	}
	if err != nil {
		return fmt.Errorf("find the target: %w", err)
	}
	if d.selector, err = metav1.LabelSelectorAsSelector(selector); err != nil {
		return fmt.Errorf("selector of %s: %w", of, err)
	}
	d.observe(of)
	return nil
}

// observe keeps the target's state up to date, until d is removed.
func (d *Deployed) observe(of controller) {
	t := d.tracker
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + of.name}
	selected := metav1.ListOptions{LabelSelector: d.selector.String()}
	pods := &feed[*corev1.Pod]{
		what: "pods", failed: t.failed, synced: t.listedAll(viewPods),
		list:   listed(d.k.client.CoreV1().Pods(d.namespace).List, selected),
		watch:  watched(d.k.client.CoreV1().Pods(d.namespace).Watch, selected),
		handle: func(c change[*corev1.Pod]) { t.update(func() { keep(t.pods, c) }) },
	}
	if of.kind == kindStatefulSet {
		sets := &feed[*appsv1.StatefulSet]{
			what: "the StatefulSet", failed: t.failed, synced: t.listedAll(viewController),
			list:  listed(of.apps.StatefulSets(d.namespace).List, named),
			watch: watched(of.apps.StatefulSets(d.namespace).Watch, named),
			handle: func(c change[*appsv1.StatefulSet]) {
				t.update(func() {
					if t.stateful = c.now; c.gone {
						t.stateful = nil
					}
				})
			},
		}
		d.background(sets.run, pods.run)
		return
	}
	deployments := &feed[*appsv1.Deployment]{
		what: "the Deployment", failed: t.failed, synced: t.listedAll(viewController),
		list:  listed(of.apps.Deployments(d.namespace).List, named),
		watch: watched(of.apps.Deployments(d.namespace).Watch, named),
		handle: func(c change[*appsv1.Deployment]) {
			t.update(func() {
				if t.target = c.now; c.gone {
					t.target = nil
				}
			})
		},
	}
	sets := &feed[*appsv1.ReplicaSet]{
		what: "ReplicaSets", failed: t.failed, synced: t.listedAll(viewSets),
		list:   listed(of.apps.ReplicaSets(d.namespace).List, selected),
		watch:  watched(of.apps.ReplicaSets(d.namespace).Watch, selected),
		handle: func(c change[*appsv1.ReplicaSet]) { t.update(func() { keep(t.sets, c) }) },
	}
	d.background(deployments.run, sets.run, pods.run)
}
