package explain

import (
	"zarif/report/history"
)

// A state is what a pod's listener is at a moment, as far as it is known.
type state int

const (
	starting state = iota // it has never listened yet, or is just about to
	up                    // it certainly listens
	stopping              // it may have stopped listening
	stopped               // it certainly does not listen any more
)

// at is the state at t, give or take u.
func (p *pod) at(t, u history.Micros) state {
	s := starting
	for _, r := range p.runs {
		if r.listens == 0 || r.listens > t+u {
			break // later ones are later still
		}
		stop, gone := p.stops(r)
		switch {
		case stop == 0 || t+u < max(stop, r.surely()):
			s = up
		case gone != 0 && t-u > gone:
			s = stopped
		default:
			s = stopping
		}
		if s == up && r.listens > t-u { // it may still be down
			s = stopping
			if r == p.runs[0] {
				s = starting
			}
		}
	}
	return s
}

// stops is when a run stopped listening: at the earliest and at the latest. 0: it
// is not known to.
func (p *pod) stops(r *run) (earliest, latest history.Micros) {
	for _, t := range []history.Micros{r.killed, r.signal, r.closed, r.exit.from} {
		if t != 0 && (earliest == 0 || t < earliest) {
			earliest = t
		}
	}
	if r == p.latest() && r.signal == 0 && p.deleted != 0 && (earliest == 0 || p.deleted < earliest) {
		earliest = p.deleted // it logs no signal
	}
	return earliest, r.gone()
}

// gone is since when a run certainly does not listen any more; 0: that is not known.
func (r *run) gone() history.Micros {
	if r.exited && (r.closed == 0 || r.exit.to < r.closed) {
		return r.exit.to
	}
	return r.closed
}

// surely is until when the run certainly listened, although it had been asked to end
// before; 0: that is not known. A new connection that it answered shows that it
// listened when that was dialled, and an application that says that it goes on
// serving does so until it closes its listener, which its line tells a moment later.
func (r *run) surely() history.Micros {
	until := r.answered
	if r.draining != 0 && r.closed-atExit > r.draining {
		until = max(until, r.closed-atExit)
	}
	if gone := r.gone(); gone != 0 {
		until = min(until, gone)
	}
	return until
}

// stopsWithin reports whether one of its runs may have stopped between two moments.
func (p *pod) stopsWithin(from, to history.Micros) (r *run, may bool) {
	for _, r := range p.runs {
		earliest, latest := p.stops(r)
		if r.exited {
			latest = max(latest, r.exit.to) // connections that it had taken live until then
		}
		if earliest != 0 && earliest <= to && (latest == 0 || latest >= from) {
			return r, true
		}
	}
	return nil, false
}

// exitedBy reports whether a run may have ended by t, and none since lives again.
func (p *pod) exitedBy(t, u history.Micros) bool {
	down := false
	for _, r := range p.runs {
		if r.listens != 0 && r.listens <= t-u {
			down = false
		}
		if r.exited && r.exit.from <= t+u {
			down = true
		}
	}
	return down
}

// forgets is how long after an endpoint ceased to be ready the proxies may still
// lead connections to it. kube-proxy writes its rules at most once a second by
// default, and takes a good part of one to write them on a busy node.
const forgets = 5 * second

// mayLead reports whether a Service may lead a new connection to the pod at t. The
// news of an endpoint's readiness can be late, but no more than that of its pod's,
// and no endpoint is ready before its pod is.
func (p *pod) mayLead(t, u history.Micros) bool {
	for i, s := range p.endpoint {
		from := s.from - newsLag
		if i == 0 && p.ready != 0 {
			from = max(from, min(s.from, p.ready)-jitter)
		}
		if from-u <= t && (s.to == 0 || t <= s.to+forgets+u && (p.forgotten == 0 || t < p.forgotten)) {
			return true
		}
	}
	return false
}

// inService reports whether the API said at t that the endpoint is ready.
func (p *pod) inService(t history.Micros) bool {
	for _, s := range p.endpoint {
		if s.from <= t && (s.to == 0 || t < s.to) {
			return true
		}
	}
	return false
}

// phase names where in its life the pod was at t.
func (p *pod) phase(t, u history.Micros) string {
	last := p.latest()
	switch {
	case p.gone != 0 && t > p.gone+u:
		return "gone"
	case last.exited && t > last.exit.to+u:
		return "exited"
	case last.exited && t >= last.exit.from-u:
		return "exiting"
	case last.signal != 0 && t >= last.signal-u:
		return "draining"
	case p.deleted != 0 && t >= p.deleted-u:
		return "terminating"
	}
	for i, r := range p.runs {
		if r.exited && t >= r.exit.from-u && i+1 < len(p.runs) && (p.runs[i+1].listens == 0 || t < p.runs[i+1].listens) {
			return "restarting"
		}
	}
	if p.at(t, u) == starting {
		return "starting"
	}
	return "serving"
}
