package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"zarif/cluster"
	"zarif/report/history"
)

// take begins to observe a workload that is there. Nothing is made.
func (k *Cluster) take(ctx context.Context, w cluster.Workload) (cluster.Deployed, error) {
	d := newDeployed(k, w, w.Users.Namespace)
	d.own = own{agent: agentName}
	if err := d.begin(ctx); err != nil {
		return nil, fmt.Errorf("take %s: %w", w.Name, errors.Join(err, d.Remove(context.WithoutCancel(ctx))))
	}
	return d.asDeployed(), nil
}

// asDeployed is d with what nodes can be told, where they can.
func (d *Deployed) asDeployed() cluster.Deployed {
	if d.k.config.Node == nil {
		return d
	}
	return &nodeDeployed{Deployed: d, node: d.k.config.Node}
}

// Kinds of which a target that is there already is made up, and what would change
// its replicas.
var targetKinds = []schema.GroupVersionResource{
	{Version: "v1", Resource: "services"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Group: "apps", Version: "v1", Resource: "statefulsets"},
	{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"},
}

// Objects are those of a namespace among which a target is found: Services,
// controllers and autoscalers. They are only read.
func (k *Cluster) Objects(ctx context.Context, namespace string) (objects []*unstructured.Unstructured, err error) {
	for _, kind := range targetKinds {
		list, err := k.dynamic.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("look for the target: list %s in namespace %s: %w", kind.Resource, namespace, err)
		}
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
	}
	return objects, nil
}

// hostSiteThere is how this machine reaches a Service that nothing is added to: by
// its load balancer, or by the node port that it has.
func (d *Deployed) hostSiteThere(ctx context.Context, service *corev1.Service) (cluster.Site, error) {
	port, err := portOf(service, d.workload.Target.Port)
	if err != nil {
		return cluster.Site{}, err
	}
	for _, in := range service.Status.LoadBalancer.Ingress {
		host := in.IP
		if host == "" {
			host = in.Hostname
		}
		if host != "" {
			return atAddress(ctx, hostPort(host, port.Port))
		}
	}
	if port.NodePort != 0 && d.k.config.HostAddress != nil {
		host, err := d.k.config.HostAddress(ctx)
		if err != nil {
			return cluster.Site{}, fmt.Errorf("find an address of a node: %w", err)
		}
		if host != "" {
			return atAddress(ctx, hostPort(host, port.NodePort))
		}
	}
	return cluster.Site{}, fmt.Errorf("service %s has neither a load balancer nor a node port that this machine reaches, and nothing is added to what is there; a URL that leads to it would do: %w", service.Name, errors.ErrUnsupported)
}

// note hands a note over.
func (w *watcher) note(n note) {
	e := history.Event{Source: history.SourceAPI, Type: history.EventNote}
	e.T = history.MicrosOf(time.Since(w.epoch))
	attrs := []string{"text", n.text}
	if n.stays {
		attrs = append(attrs, "stays", "true")
	}
	w.event(with(e, attrs))
}
