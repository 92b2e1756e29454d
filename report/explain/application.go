package explain

import (
	"fmt"

	"zarif/report"
	"zarif/report/history"
)

// application: the application itself answered with an error, or was asked to fail.
func application() mechanism {
	return mechanism{
		name: Application,
		doc:  "the application itself answered with an error, or did what the hit had asked for",
		explains: func(c *inquiry, l *loss) (found, bool) {
			p, way := c.joined(l)
			if fault := l.in.Fault(l.hit.Seq); fault != "" {
				return found{pods: some(p), way: way, detail: "asked for: " + fault}, true
			}
			if l.hit.Status < 400 || !status(l.cause) {
				return found{}, false
			}
			if l.in.Vantage == history.VantageEdge && c.facts.Origin(l.stream, l.hit.Seq) != report.OriginApplication {
				return found{}, false
			}
			if p == nil {
				way = byAnswer // nothing between the client and the pods can answer
			}
			return found{pods: some(p), way: way, detail: fmt.Sprintf("status %d", l.hit.Status)}, true
		},
		advice: "look at the application: it answered these requests with an error, and no other set-up of its shutdown changes that",
	}
}

func status(cause history.Cause) bool {
	switch cause {
	case history.Status502, history.Status503, history.Status504, history.Status5xx, history.Status4xx:
		return true
	}
	return false
}

func some(p *pod) []*pod {
	if p == nil {
		return nil
	}
	return []*pod{p}
}
