package explain

import "zarif/report/history"

// inFlightCut: the server had begun the request, and ended without answering it.
func inFlightCut() mechanism {
	return mechanism{
		name: InFlightCut,
		doc:  "the server had begun the request and ended, or closed the connection, without answering it",
		explains: func(c *inquiry, l *loss) (found, bool) {
			f, p, _ := c.cutBy(l)
			return f, p != nil
		},
		advice: "handle SIGTERM: stop taking new requests, finish those that were begun, then exit",
	}
}

// atExit is how long after a process said that it ends its peers may still learn of
// it: it has to be taken down first, on a machine that may be busy.
const atExit = second / 5

// cutBy is the pod's run that ended while it had the request; nil: none is known
// to. A connection that was reset before the request was read was never in flight:
// the kernel sends a RST for what nobody has read.
func (c *inquiry) cutBy(l *loss) (f found, p *pod, r *run) {
	if !l.opened() || !l.severed() && l.cause != history.ResponseTimeout {
		return found{}, nil, nil
	}
	if line := l.line(); line != nil {
		p = c.byName[line.Pod]
		if p == nil || line.Done != 0 && line.Done < l.to-l.u && line.Status != 0 {
			return found{}, nil, nil // it was answered, as far as the server knows
		}
		if r, may := p.stopsWithin(max(l.from, line.Start)-l.u, l.to+l.u); may {
			return found{pods: some(p), way: byLog}, p, r
		}
		return found{}, nil, nil
	}
	if l.cause != history.Closed || len(l.lines) > 0 || l.through {
		return found{}, nil, nil
	}
	p, way := c.joined(l)
	if p == nil {
		if suspects := c.ending(l); len(suspects) == 1 {
			p, way = suspects[0], byElimination
		}
	}
	if p == nil || c.unlogged(l, p) {
		return found{}, nil, nil
	}
	for _, r := range p.runs {
		if r.exited && r.exit.from-l.u <= l.to && l.to <= r.exit.to+l.u+atExit {
			return found{pods: some(p), way: way, missing: c.silent()}, p, r
		}
	}
	return found{}, nil, nil
}
