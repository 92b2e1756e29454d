package local

import (
	"time"
)

// A proxy is the kube-proxy of the client's node: where it sends new connections,
// as it was last programmed. Connections that stand it never touches.
//
// Source: pkg/proxy/iptables/proxier.go (syncProxyRules and its runner),
// https://kubernetes.io/docs/reference/networking/virtual-ips/.
type proxy struct {
	table   []*pod    // a new connection goes to any one of these
	synced  time.Time // when the last sync began
	waiting bool      // a sync is to come
}

// program lets the proxy follow the EndpointSlice: with a sync at once when it has
// been idle for the minimum period, else when that is over. With the lock held.
func (d *Deployed) program() {
	if d.proxy.waiting {
		return // that sync will see this change too
	}
	wait := time.Until(d.proxy.synced.Add(d.delays.MinSync))
	if wait <= 0 {
		d.sync()
		return
	}
	d.proxy.waiting = true
	d.later(wait, d.sync)
}

// sync reads the slice now and has its rules in place a little later. With the
// lock held.
func (d *Deployed) sync() {
	d.proxy.waiting, d.proxy.synced = false, time.Now()
	table := usable(d.endpoints)
	d.later(d.delays.Program.draw(d.rand), func() { d.proxy.table = table })
}

// usable are the pods that new connections may go to: the ready ones, and those
// that still serve while they are being deleted only where none is ready
// (pkg/proxy/topology.go; KEP-1669).
func usable(endpoints []endpoint) (ready []*pod) {
	var serving []*pod
	for _, e := range endpoints {
		switch {
		case e.ready:
			ready = append(ready, e.pod)
		case e.serving && e.terminating:
			serving = append(serving, e.pod)
		}
	}
	if len(ready) == 0 {
		return serving
	}
	return ready
}

// pick is where a new connection goes. ok is false when there is nowhere.
func (d *Deployed) pick() (to *pod, gone, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.proxy.table) == 0 {
		return nil, false, false
	}
	to = d.proxy.table[d.rand.IntN(len(d.proxy.table))]
	return to, to.addressGone, true
}
