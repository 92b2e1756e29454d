package explain

import (
	"zarif/report"
	"zarif/report/history"
)

// gateway: the proxy at the edge gave up a request and said so itself. Why, tells
// its log, where it has a line of the hit. Without one the answer must show that it
// is not the application's: that one names its pod.
func gateway() mechanism {
	return mechanism{
		name: Gateway,
		doc:  "the proxy at the edge answered with an error of its own, or ended the connection, since its upstream failed",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.in.Vantage != history.VantageEdge {
				return found{}, false
			}
			p, way := c.joined(l)
			switch origin := c.facts.Origin(l.stream, l.hit.Seq); origin {
			case report.OriginApplication, report.OriginDelivered, history.EdgeClientGone, history.EdgeOther:
				return found{}, false
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
