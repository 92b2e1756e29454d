package explain

import "zarif/report/history"

// answering notes which runs answered on new connections, and when these were
// led to them. Through a proxy, the connection is not the client's.
func (c *inquiry) answering() {
	for i, s := range c.meta.Streams {
		if c.meta.Through(&s) {
			continue
		}
		u := c.facts.Uncertainty(s.Source) + c.facts.Uncertainty(history.SourcePods)
		for conn := range c.facts.Conns(i) {
			if p := c.byName[conn.Pod]; p != nil && conn.Open != 0 {
				p.answeredFrom(ledAt(conn), u)
			}
		}
	}
}

// answeredFrom notes that the pod answered on a connection that was led to it at t. Which
// of its runs that was must be certain.
func (p *pod) answeredFrom(t, u history.Micros) {
	for i := len(p.runs) - 1; i >= 0; i-- {
		r := p.runs[i]
		if r.listens == 0 || r.listens > t+u {
			continue
		}
		if r.listens <= t-u && (i+1 == len(p.runs) || p.runs[i+1].started > t+second) {
			r.answered = max(r.answered, t)
		}
		return
	}
}
