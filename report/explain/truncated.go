package explain

import "zarif/report/history"

// truncated: the answer began and was not completed.
func truncated() mechanism {
	return mechanism{
		name: Truncated,
		doc:  "the answer began and its connection ended, or fell silent as the pod ended, before it was complete",
		explains: func(c *inquiry, l *loss) (found, bool) {
			p, way := c.joined(l)
			if l.cause != history.Truncated || p == nil {
				return found{}, false
			}
			f := found{pods: some(p), way: way}
			_, may := p.stopsWithin(l.to-l.u, l.to+l.u)
			if may {
				f.detail = "as its pod ended"
			}
			if l.through && !(may && l.brokeOff()) {
				return found{}, false // it was the edge's connection that ended
			}
			if l.gaveUp() && !may {
				return found{}, false // the rest was late, or lost on its way: nobody ended it
			}
			return f, true
		},
		advice: "let the application finish the answers it has begun before it exits, within its grace period",
	}
}

// brokeOff reports whether the server's log has the request's beginning, and no end.
func (l *loss) brokeOff() bool {
	line := l.line()
	return line != nil && line.Done == 0
}
