package explain

import (
	"slices"

	"zarif/report"
	"zarif/report/history"
)

// How it is known which pod lost a hit, from the strongest.
const (
	byAnswer      = "answer"      // the answer names it
	byConnection  = "connection"  // it answered on the same connection before
	byLog         = "log"         // its log holds the hit
	byAddress     = "address"     // the connection went to its address
	byElimination = "elimination" // every other pod to which it may have been led certainly listened
	byNothing     = "none"
)

// joined is the pod that lost a hit, if one can be told without asking what else
// happened at that time.
func (c *inquiry) joined(l *loss) (p *pod, way string) {
	direct := !l.through
	if l.hit.Pod != "" && !l.masked() {
		if p := c.byName[l.hit.Pod]; p != nil {
			return p, byAnswer
		}
	}
	if direct && l.conn.Pod != "" {
		if p := c.byName[l.conn.Pod]; p != nil {
			return p, byConnection
		}
	}
	if line := l.line(); line != nil {
		if p := c.byName[line.Pod]; p != nil {
			return p, byLog
		}
	}
	if direct && l.conn.Remote.IsValid() {
		if p := c.addressed(l.conn.Remote.String()); p != nil {
			return p, byAddress
		}
	}
	if !direct {
		if lines := c.facts.Proxied(l.stream, l.hit.Seq); len(lines) > 0 && len(lines[len(lines)-1].Upstream) > 0 {
			if p := c.addressed(lines[len(lines)-1].Upstream[0]); p != nil {
				return p, byAddress
			}
		}
	}
	return nil, byNothing
}

// line is the server's about this attempt; nil: there is none, or it cannot be told
// which of several it is.
func (l *loss) line() *report.Line {
	pods := map[string]bool{}
	for _, line := range l.lines {
		pods[line.Pod] = true
	}
	switch {
	case len(pods) != 1:
		return nil
	case l.masked() && (l.conn.Pod == "" || !pods[l.conn.Pod]):
		return nil // it may be the attempt that succeeded
	case l.masked() && len(l.lines) == 1:
		return nil // as well
	}
	return &l.lines[0]
}

// unlogged reports whether it is certain that no log has a line of the attempt that
// the pods could have written.
func (c *inquiry) unlogged(l *loss, pods ...*pod) bool {
	if len(l.lines) > 0 || !c.meta.LogsHits {
		return false
	}
	return !slices.ContainsFunc(pods, func(p *pod) bool { return !c.proves(p, l.to+l.u) })
}

// candidates are the pods to which the Service may have led a new connection.
func (c *inquiry) candidates(l *loss) (all []*pod) {
	for _, p := range c.all {
		if p.mayLead(l.from, l.u) {
			all = append(all, p)
		}
	}
	return all
}

// eliminated are the pods that can have failed a connection before it stood: those
// that it may have been led to and that did not certainly listen. Where others did,
// the way must have been open: else it may have failed on it. Unless those are none
// that the API says are in service: a connection to one that is had to fail.
func (c *inquiry) eliminated(l *loss) (suspects []*pod) {
	if l.through {
		return nil
	}
	all := c.candidates(l)
	for _, p := range all {
		if !p.listened(l) {
			suspects = append(suspects, p)
		}
	}
	if len(suspects) < len(all) && !c.open(l.in.Source, l.from) && !c.deaf(l.from, l.u) {
		return nil
	}
	return suspects
}

// deaf reports whether at t, give or take u, pods were in service, by what the API
// said, and none of them listened, certainly.
func (c *inquiry) deaf(t, u history.Micros) bool {
	served := false
	for _, p := range c.all {
		if !p.inService(t) {
			continue
		}
		if s := p.at(t, u); s != starting && s != stopped {
			return false
		}
		served = true
	}
	return served
}

// listened reports whether the pod certainly listened while the connection was
// tried. What does not answer the first packet does not answer those that repeat it.
func (p *pod) listened(l *loss) bool {
	return p.at(l.from, l.u) == up && p.at(min(l.to, l.from+second), l.u) == up
}

// ending are the pods that can have ended a connection that stood, without a word:
// those that it may have been led to and that may have stopped while it lasted.
func (c *inquiry) ending(l *loss) (suspects []*pod) {
	if l.through {
		return nil
	}
	for _, p := range c.candidates(l) {
		if _, may := p.stopsWithin(l.from-l.u-atExit, l.to+l.u); may {
			suspects = append(suspects, p)
		}
	}
	return suspects
}
