package explain

import (
	"zarif/report"
	"zarif/report/history"
)

// gateway: the proxy at the edge gave up a request and said so itself, or tried until
// the client gave up. Why, tells its log, where it has a line of the hit. Without one
// the answer must show that it is not the application's: that one names its pod.
func gateway() mechanism {
	return mechanism{
		name: Gateway,
		doc:  "the proxy at the edge answered with an error of its own, ended the connection, or had no answer in time, since its upstream failed",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.in.Vantage != history.VantageEdge {
				return found{}, false
			}
			p, way := c.joined(l)
			switch origin := c.facts.Origin(l.stream, l.hit.Seq); origin {
			case report.OriginApplication, report.OriginDelivered:
				return found{}, false
			case history.EdgeClientGone:
				return c.triedInVain(l)
			case history.EdgeOther:
				return c.failedSomehow(l)
			case report.OriginUnlogged:
				if !status(l.cause) || l.hit.Pod != "" || !c.meta.LogsHits {
					return found{}, false
				}
				return found{way: byAnswer, detail: "for a reason that is not logged", missing: "the edge's log has no line of these hits, so its reason is not known"}, true
			default:
				if p == nil {
					way = byLog
				}
				return found{pods: some(p), way: way, detail: origin}, true
			}
		},
		advice: "let pods go on serving until the edge has forgotten them (a preStop sleep), and let the edge try another upstream where a request may be repeated",
	}
}

// failedSomehow is for an error of the edge's own whose reason its log leaves open. A
// pod that is known not to have answered, and that ended in that time, shows that it
// was the upstream that failed.
func (c *inquiry) failedSomehow(l *loss) (found, bool) {
	lines := c.facts.Proxied(l.stream, l.hit.Seq)
	if !l.through || l.masked() || !status(l.cause) || len(lines) != 1 || len(lines[0].Upstream) == 0 {
		return found{}, false
	}
	p := c.addressed(lines[0].Upstream[0])
	if p == nil || lines[0].Status != l.hit.Status {
		return found{}, false
	}
	if line := l.line(); line != nil && (line.Pod != p.name || line.Status != 0) || line == nil && !c.unlogged(l, p) {
		return found{}, false
	}
	_, may := p.stopsWithin(l.from-l.u, l.to+l.u)
	return found{pods: some(p), way: byAddress, detail: history.EdgeOther, missing: "the edge's log leaves open why its try at the pod failed"}, may
}
