package kube

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/report/history"
)

// endpoint is what a Service's EndpointSlices say of one pod.
type endpoint struct {
	pod, node                   string
	ready, serving, terminating bool
}

// endpointsOf joins the slices of a Service: a pod may be in several, one per
// address family, or while it is moved from one to another.
func endpointsOf(slices map[types.UID]*discoveryv1.EndpointSlice) map[types.UID]endpoint {
	out := map[types.UID]endpoint{}
	for _, s := range slices {
		for _, e := range s.Endpoints {
			if e.TargetRef == nil || e.TargetRef.Kind != "Pod" {
				continue
			}
			// Absent means ready, and serving as much as ready; that is the API's rule.
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready
			serving := e.Conditions.Serving == nil && ready || e.Conditions.Serving != nil && *e.Conditions.Serving
			was := out[e.TargetRef.UID]
			now := endpoint{
				pod: e.TargetRef.Name, node: was.node, ready: was.ready || ready, serving: was.serving || serving,
				terminating: was.terminating || e.Conditions.Terminating != nil && *e.Conditions.Terminating,
			}
			if e.NodeName != nil {
				now.node = *e.NodeName
			}
			out[e.TargetRef.UID] = now
		}
	}
	return out
}

// endpointEvents tells how a Service's endpoints changed. A terminating endpoint
// stays in its slice with ready=false until its pod is gone: not-ready is what
// ends new traffic, gone only follows (KEP-1672).
func endpointEvents(old, now map[types.UID]endpoint, o observed) []history.Event {
	var out []history.Event
	add := func(kind string, e endpoint) {
		event := o.arrival(kind, e.pod, "serving", strconv.FormatBool(e.serving), "terminating", strconv.FormatBool(e.terminating))
		event.Node = e.node
		out = append(out, event)
	}
	all := maps.Clone(old)
	if all == nil {
		all = map[types.UID]endpoint{}
	}
	maps.Copy(all, now)
	for _, uid := range slices.SortedFunc(maps.Keys(all), func(a, b types.UID) int { return cmp.Compare(all[a].pod, all[b].pod) }) {
		was, before := old[uid]
		is, there := now[uid]
		switch {
		case is.ready && !was.ready:
			add(history.EventEndpointReady, is)
		case was.ready && there && !is.ready:
			add(history.EventEndpointNotReady, is)
		case was.ready && !there:
			add(history.EventEndpointNotReady, endpoint{pod: was.pod, node: was.node})
		}
		if before && !there {
			add(history.EventEndpointGone, endpoint{pod: was.pod, node: was.node})
		}
	}
	return out
}

// kubernetesEvent is a Kubernetes event as the history has it.
func kubernetesEvent(e *corev1.Event, o observed) history.Event {
	pod := ""
	if e.InvolvedObject.Kind == "Pod" {
		pod = e.InvolvedObject.Name
	}
	count := ""
	if e.Count > 1 {
		count = strconv.Itoa(int(e.Count))
	}
	return o.stamped(history.EventKubernetes, pod, eventTime(e), "reason", e.Reason, "message", e.Message,
		"type", e.Type, "object", e.InvolvedObject.Kind+"/"+e.InvolvedObject.Name, "count", count)
}

// nodeNotes tells what changed about a node that a reader should know.
func nodeNotes(old, now *corev1.Node, gone bool, o observed) []history.Event {
	var out []history.Event
	add := func(text string) {
		e := o.arrival(history.EventNote, "", "text", text)
		e.Node = now.Name
		out = append(out, e)
	}
	switch {
	case gone:
		add("node " + now.Name + " was removed from the cluster")
		return out
	case old == nil && !o.seen.listed:
		add("node " + now.Name + " joined the cluster")
	}
	if was := old == nil || nodeReady(old); was != nodeReady(now) {
		if was {
			add("node " + now.Name + " is not ready")
		} else {
			add("node " + now.Name + " is ready again")
		}
	}
	if was := old != nil && old.Spec.Unschedulable; was != now.Spec.Unschedulable {
		if was {
			add("node " + now.Name + " takes pods again")
		} else {
			add("node " + now.Name + " is cordoned")
		}
	}
	return out
}

func nodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
