package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/cluster"
)

// edgeWait bounds how long the edge's pods may take until they are ready.
const edgeWait = 2 * time.Minute

// edgeSite waits until the edge is ready and says how it is reached. That it leads
// to every ready pod is for load to find out: it keeps connections to them.
func (d *Deployed) edgeSite(ctx context.Context) (cluster.Site, error) {
	e := d.workload.Edge
	if e == nil {
		return cluster.Site{}, fmt.Errorf("there is no edge in front of %s: %w", d.workload.Name, errors.ErrUnsupported)
	}
	service, err := d.k.client.CoreV1().Services(d.namespace).Get(ctx, e.Target.Service, metav1.GetOptions{})
	if err != nil {
		return cluster.Site{}, err
	}
	if err := d.awaitEdge(ctx, e.Target.Name); err != nil {
		return cluster.Site{}, fmt.Errorf("wait for edge %s: %w", e.Name, err)
	}
	return d.insideSite(ctx, service, e.Target.Port)
}

// awaitEdge waits until every pod of the edge is available.
func (d *Deployed) awaitEdge(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, edgeWait, fmt.Errorf("it was not ready within %s", edgeWait))
	defer cancel()
	deployments := d.k.client.AppsV1().Deployments(d.namespace)
	named := metav1.ListOptions{FieldSelector: "metadata.name=" + name}
	ready := make(chan struct{}, 1)
	watching, stop := context.WithCancel(ctx)
	f := &feed[*appsv1.Deployment]{
		what: "the edge's Deployment", list: listed(deployments.List, named), watch: watched(deployments.Watch, named),
		handle: func(c change[*appsv1.Deployment]) {
			if c.gone || !settled(c.now) {
				return
			}
			select {
			case ready <- struct{}{}:
			default:
			}
		},
	}
	done := make(chan struct{})
	go func() { defer close(done); f.run(watching) }()
	defer func() { stop(); <-done }()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		text := strings.Join(d.warnings(ctx, d.namespace), "; ")
		if text != "" {
			text = "; warnings: " + text
		}
		return fmt.Errorf("%w%s", context.Cause(ctx), text)
	}
}

// settled reports whether what a Deployment asks for is all that there is of it.
func settled(d *appsv1.Deployment) bool {
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.Replicas == want && s.UpdatedReplicas == want && s.AvailableReplicas == want
}
