package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func aSlice(uid types.UID, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{UID: uid}, Endpoints: endpoints}
}

func point(pod string, ready, serving, terminating *bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{
		TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod, UID: types.UID("uid-" + pod)}, NodeName: new("n"),
		Conditions: discoveryv1.EndpointConditions{Ready: ready, Serving: serving, Terminating: terminating},
	}
}

func TestEndpointEvents(t *testing.T) {
	yes, no := new(true), new(false)
	up := point("a", yes, yes, no)
	starting := point("a", no, no, no)
	leaving := point("a", no, yes, yes)
	for _, c := range []struct {
		name     string
		old, now []*discoveryv1.EndpointSlice
		want     []string
	}{
		{"comes not ready", nil, []*discoveryv1.EndpointSlice{aSlice("1", starting)}, nil},
		{"comes ready", nil, []*discoveryv1.EndpointSlice{aSlice("1", up)}, []string{"5 endpoint-ready a serving=true terminating=false"}},
		{"absent conditions mean ready", nil, []*discoveryv1.EndpointSlice{aSlice("1", point("a", nil, nil, nil))}, []string{"5 endpoint-ready a serving=true terminating=false"}},
		{"becomes ready", []*discoveryv1.EndpointSlice{aSlice("1", starting)}, []*discoveryv1.EndpointSlice{aSlice("1", up)}, []string{"5 endpoint-ready a serving=true terminating=false"}},
		{"terminates", []*discoveryv1.EndpointSlice{aSlice("1", up)}, []*discoveryv1.EndpointSlice{aSlice("1", leaving)}, []string{"5 endpoint-not-ready a serving=true terminating=true"}},
		{"terminating and then gone", []*discoveryv1.EndpointSlice{aSlice("1", leaving)}, []*discoveryv1.EndpointSlice{aSlice("1")}, []string{"5 endpoint-gone a serving=false terminating=false"}},
		{"gone at once", []*discoveryv1.EndpointSlice{aSlice("1", up)}, []*discoveryv1.EndpointSlice{aSlice("1")},
			[]string{"5 endpoint-not-ready a serving=false terminating=false", "5 endpoint-gone a serving=false terminating=false"}},
		{"gone with its slice", []*discoveryv1.EndpointSlice{aSlice("1", leaving)}, nil, []string{"5 endpoint-gone a serving=false terminating=false"}},
		{"never ready and gone", []*discoveryv1.EndpointSlice{aSlice("1", starting)}, nil, []string{"5 endpoint-gone a serving=false terminating=false"}},
		{"moved to another slice", []*discoveryv1.EndpointSlice{aSlice("1", up)}, []*discoveryv1.EndpointSlice{aSlice("1"), aSlice("2", up)}, nil},
		{"in two slices, leaves one", []*discoveryv1.EndpointSlice{aSlice("1", up), aSlice("2", up)}, []*discoveryv1.EndpointSlice{aSlice("2", up)}, nil},
		{"in two slices, ready in one", []*discoveryv1.EndpointSlice{aSlice("1", up), aSlice("2", up)}, []*discoveryv1.EndpointSlice{aSlice("1", leaving), aSlice("2", up)}, nil},
		{"one of two", []*discoveryv1.EndpointSlice{aSlice("1", up, point("b", yes, yes, no))}, []*discoveryv1.EndpointSlice{aSlice("1", up, point("b", no, yes, yes))},
			[]string{"5 endpoint-not-ready b serving=true terminating=true"}},
		{"not a pod", nil, []*discoveryv1.EndpointSlice{aSlice("1", discoveryv1.Endpoint{Addresses: []string{"192.0.2.1"}})}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			view := func(slices []*discoveryv1.EndpointSlice) map[types.UID]endpoint {
				known := map[types.UID]*discoveryv1.EndpointSlice{}
				for _, s := range slices {
					known[s.UID] = s
				}
				return endpointsOf(known)
			}
			events := endpointEvents(view(c.old), view(c.now), observed{epoch: epoch, seen: arrived(5)})
			wantTold(t, events, c.want)
			for _, e := range events {
				if e.Node != "n" {
					t.Errorf("%s: node %q", e.Type, e.Node)
				}
			}
		})
	}
}

func TestKubernetesEvent(t *testing.T) {
	e := &corev1.Event{
		Reason: "Unhealthy", Message: "Readiness probe failed", Type: corev1.EventTypeWarning, Count: 3,
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "p"}, FirstTimestamp: stamp(1), LastTimestamp: stamp(4),
	}
	got := told(kubernetesEvent(e, observed{epoch: epoch, seen: arrived(9)}))
	if want := "4+1 kubernetes-event p count=3 message=Readiness probe failed object=Pod/p reason=Unhealthy type=Warning"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNodeNotes(t *testing.T) {
	node := func(ready corev1.ConditionStatus, cordoned bool) *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: "n"}, Spec: corev1.NodeSpec{Unschedulable: cordoned},
			Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}}},
		}
	}
	up, unknown := node(corev1.ConditionTrue, false), node(corev1.ConditionUnknown, false)
	for _, c := range []struct {
		name     string
		old, now *corev1.Node
		gone     bool
		seen     moment
		want     []string
	}{
		{"there at the beginning", nil, up, false, moment{at: at(5), listed: true}, nil},
		{"not ready at the beginning", nil, unknown, false, moment{at: at(5), listed: true}, []string{"5 note text=node n is not ready"}},
		{"lost", up, unknown, false, arrived(5), []string{"5 note text=node n is not ready"}},
		{"back", unknown, up, false, arrived(5), []string{"5 note text=node n is ready again"}},
		{"cordoned", up, node(corev1.ConditionTrue, true), false, arrived(5), []string{"5 note text=node n is cordoned"}},
		{"heartbeat", up, up, false, arrived(5), nil},
		{"removed", up, up, true, arrived(5), []string{"5 note text=node n was removed from the cluster"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantTold(t, nodeNotes(c.old, c.now, c.gone, observed{epoch: epoch, seen: c.seen}), c.want)
		})
	}
}
