package explain

import "zarif/report/history"

// truncated: the answer began and was not completed.
func truncated() mechanism {
	return mechanism{
		name: Truncated,
		doc:  "the answer began and its connection ended, or fell silent, before it was complete",
		explains: func(c *inquiry, l *loss) (found, bool) {
			p, way := c.joined(l)
			if l.cause != history.Truncated || p == nil {
				return found{}, false
			}
			if _, ok := c.overloaded(l); ok {
				return found{}, false // the client gave up while the answer came
			}
			f := found{pods: some(p), way: way}
			if _, may := p.stopsWithin(l.to-l.u, l.to+l.u); may {
				f.detail = "as its pod ended"
			}
			return f, true
		},
		advice: "let the application finish the answers it has begun before it exits, within its grace period",
	}
}
