package explain

import "zarif/report/history"

// overload: everything was up, and the answer came too late. It takes the
// server's word that it began late, or was still at work when the client gave up.
func overload() mechanism {
	return mechanism{
		name: Overload,
		doc:  "the server was up and too slow: it began the request late, or was still at work when the client gave up",
		explains: func(c *inquiry, l *loss) (found, bool) {
			line := l.line()
			if l.cause != history.ResponseTimeout || line == nil {
				return found{}, false
			}
			p := c.byName[line.Pod]
			if p == nil || p.at(l.to, l.u) != up {
				return found{}, false
			}
			late := line.Start-l.from > (l.to-l.from)/2
			busy := line.Done > l.to-l.u || line.Done == 0 && c.proves(p, l.to+l.u)
			return found{pods: some(p), way: byLog}, late || busy
		},
		advice: "give the pods more room, or the client more time: nothing was being shut down here",
	}
}
