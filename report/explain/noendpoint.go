package explain

import (
	"slices"

	"zarif/report/history"
)

// noEndpoint: there was no pod left to send a connection to.
func noEndpoint() mechanism {
	return mechanism{
		name: NoEndpoint,
		doc:  "the Service had no endpoint left that was ready, and no pod listened",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if !l.connecting() || l.through {
				return found{}, false
			}
			seen := false
			for _, p := range c.all {
				there := p.inService(l.from) || p.mayLead(l.from, l.u) && p.at(l.from, l.u) == up
				if there && !c.unknownYet(p, l) {
					return found{}, false
				}
				seen = seen || len(p.endpoint) > 0 && p.endpoint[0].from < l.from
			}
			return found{pods: c.candidates(l), way: byElimination}, seen
		},
		advice: "run more replicas, and let new pods be ready before old ones go (maxUnavailable: 0, a PodDisruptionBudget)",
	}
}

// unknownYet reports whether the client's proxy did not know of the pod when the
// connection failed: the pod certainly listened, so that it was not the one who
// refused, it was the first after a time without any, none had been led to it yet, and
// it had not been ready for longer than proxies take to hear of it.
func (c *inquiry) unknownYet(p *pod, l *loss) bool {
	if p.at(l.from, l.u) != up || len(p.endpoint) != 1 {
		return false
	}
	if since := p.endpoint[0].from; l.from < since-newsLag || l.from > since+forgets {
		return false
	}
	if at, known := c.firstLed(l.in.Source)[p.name]; known && at <= l.from {
		return false
	}
	empty := false
	for _, gone := range c.all {
		out := gone.outOfService()
		empty = empty || gone != p && out != 0 && out < p.endpoint[0].from && !c.anyInService(out)
	}
	return empty
}

func (c *inquiry) anyInService(t history.Micros) bool {
	return slices.ContainsFunc(c.all, func(p *pod) bool { return p.inService(t) })
}

// firstLed is when a connection of a source was first led to each pod, by pod.
func (c *inquiry) firstLed(source string) map[string]history.Micros {
	if known, ok := c.ledFirst[source]; ok {
		return known
	}
	first := map[string]history.Micros{}
	for i, s := range c.meta.Streams {
		if s.Source != source {
			continue
		}
		for conn := range c.facts.Conns(i) {
			if at, known := first[conn.Pod]; conn.Pod != "" && (!known || ledAt(conn) < at) {
				first[conn.Pod] = ledAt(conn)
			}
		}
	}
	if c.ledFirst == nil {
		c.ledFirst = map[string]map[string]history.Micros{}
	}
	c.ledFirst[source] = first
	return first
}
