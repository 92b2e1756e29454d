package local

// A proxy is the kube-proxy of the client's node: where it sends new connections,
// as it was last programmed. Connections that stand it never touches.
//
// Source: pkg/proxy/iptables/proxier.go (syncProxyRules and its runner),
// https://kubernetes.io/docs/reference/networking/virtual-ips/.
type proxy struct {
	table   []*pod // a new connection goes to any one of these
	busy    bool   // a sync is under way, or the pause after it
	changed bool   // the slice is another one than that sync has read
}

// program lets the proxy follow the EndpointSlice: with a sync at once when it is
// idle, else when the minimum period since the end of the last one is over. There
// are no bursts (pkg/proxy/runner/bounded_frequency_runner.go). With the lock held.
func (d *Deployed) program() {
	d.proxy.changed = true
	if !d.proxy.busy {
		d.sync()
	}
}

// sync reads the slice now and has its rules in place a little later, whereupon it
// pauses. With the lock held.
func (d *Deployed) sync() {
	d.proxy.busy, d.proxy.changed = true, false
	table := usable(d.endpoints)
	d.later(d.draw(&d.delays.Program), func() {
		d.proxy.table = table
		d.later(d.delays.MinSync, func() {
			d.proxy.busy = false
			if d.proxy.changed {
				d.sync()
			}
		})
	})
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
	to = d.proxy.table[d.picks.IntN(len(d.proxy.table))]
	return to, to.addressGone, true
}
