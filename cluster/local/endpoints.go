package local

import (
	"slices"
	"strconv"

	"zarif/report/history"
)

// endpoint is what the EndpointSlice says of one pod.
//
// Source: KEP-1672, staging/src/k8s.io/endpointslice/utils.go: a pod that is being
// deleted is never ready, but serving for as long as its status says that it is
// ready; it stays in the slice until its phase is terminal or its object is gone.
type endpoint struct {
	pod                         *pod
	ready, serving, terminating bool
}

// publish lets the EndpointSlice say, after the controller's delay, what the pod
// says then. Each pod's news goes its own way: of two that are deleted together the
// slice is written twice, and a proxy that has read the first must wait for the
// second. With the lock held.
func (d *Deployed) publish(p *pod) {
	d.later(d.draw(&d.delays.Endpoint), func() { d.slice(p) })
}

// slice writes the EndpointSlice anew, with what one pod says now.
func (d *Deployed) slice(p *pod) {
	now := slices.Clone(d.endpoints)
	i := slices.IndexFunc(now, func(e endpoint) bool { return e.pod == p })
	switch listed := !p.gone && !p.isolated && p.scheduled && p.at.IsValid() && !p.status.finished; {
	case !listed && i < 0:
	case !listed:
		now = slices.Delete(now, i, i+1)
	case i < 0:
		now = append(now, d.endpoint(p))
	default:
		now[i] = d.endpoint(p)
	}
	if !d.tellEndpoints(d.endpoints, now) {
		return
	}
	d.endpoints = now
	d.program()
}

func (d *Deployed) endpoint(p *pod) endpoint {
	return endpoint{
		pod: p, ready: p.status.ready && !p.deleting || d.objects.service.Spec.PublishNotReadyAddresses,
		serving: p.status.ready, terminating: p.deleting,
	}
}

// tellEndpoints tells how the slice changed, and whether it did at all.
func (d *Deployed) tellEndpoints(before, now []endpoint) (changed bool) {
	for _, e := range now {
		was, there := endpointOf(before, e.pod)
		changed = changed || !there || was != e
		switch {
		case e.ready && !was.ready:
			d.tellEndpoint(history.EventEndpointReady, e)
		case !e.ready && was.ready:
			d.tellEndpoint(history.EventEndpointNotReady, e)
		}
	}
	for _, was := range before {
		if _, there := endpointOf(now, was.pod); there {
			continue
		}
		changed = true
		if was.ready {
			d.tellEndpoint(history.EventEndpointNotReady, endpoint{pod: was.pod})
		}
		d.tellEndpoint(history.EventEndpointGone, endpoint{pod: was.pod})
	}
	return changed
}

func (d *Deployed) tellEndpoint(kind string, e endpoint) {
	d.tell(history.Event{Source: history.SourceAPI, Type: kind, Pod: e.pod.name, Node: Node},
		"serving", strconv.FormatBool(e.serving), "terminating", strconv.FormatBool(e.terminating))
}

func endpointOf(all []endpoint, p *pod) (endpoint, bool) {
	for _, e := range all {
		if e.pod == p {
			return e, true
		}
	}
	return endpoint{}, false
}
