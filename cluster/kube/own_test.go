package kube

import (
	"context"
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"zarif/report/history"
)

// What an API server made although nobody waited for its answer any more does not
// stay.
func TestWhatWasMadeUnseenIsTakenBack(t *testing.T) {
	for _, c := range []struct{ name, agentIn, resource string }{
		{"a namespace", "", "namespaces"},
		{"the agent's pod", "load", "pods"},
	} {
		t.Run(c.name, func(t *testing.T) {
			deployment, service, pod := shopObjects("shop")
			r := newRig(t, Config{AgentNamespace: c.agentIn}, deployment, service, pod)
			ctx, cut := context.WithCancel(t.Context())
			r.client.PrependReactor("create", c.resource, func(a clienttesting.Action) (bool, runtime.Object, error) {
				cut()
				made := a.(clienttesting.CreateAction).GetObject()
				return true, nil, errors.Join(context.Canceled, r.client.Tracker().Create(a.GetResource(), made, a.GetNamespace()))
			})
			d, err := r.Deploy(t.Context(), shopWorkload(t, "shop"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Site(ctx, history.VantageService); !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v, want Canceled", err)
			}
			if err := d.Remove(t.Context()); err != nil {
				t.Fatal(err)
			}
			namespaces, err := r.client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
			if err != nil || len(namespaces.Items) > 0 {
				t.Errorf("namespaces %v are left (%v)", namespaces.Items, err)
			}
			pods, err := r.client.CoreV1().Pods(metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{})
			if err != nil || len(pods.Items) != 1 {
				t.Errorf("%d pods (%v), want the workload's own", len(pods.Items), err)
			}
		})
	}
}
