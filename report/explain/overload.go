package explain

import "zarif/report/history"

// overload: everything was up, and the answer came too late. It takes the
// server's word that it began late, or was still at work when the client gave up, or
// until so shortly before that the answer did not come through whole.
func overload() mechanism {
	return mechanism{
		name: Overload,
		doc:  "the server was up and too slow: it began the request late, or was still at work when the client gave up",
		explains: func(c *inquiry, l *loss) (found, bool) { return c.overloaded(l) },
		advice: "give the pods more room, or the client more time: nothing was being shut down here",
	}
}

func (c *inquiry) overloaded(l *loss) (found, bool) {
	line := l.line()
	if line == nil || l.cause != history.ResponseTimeout && !l.gaveUp() {
		return found{}, false
	}
	p := c.byName[line.Pod]
	if p == nil || p.at(l.to, l.u) != up {
		return found{}, false
	}
	waited := l.to - l.from
	late := line.Start-l.from > waited/2
	busy := line.Done > l.to-l.u-waited/10 || line.Done == 0 && c.proves(p, l.to+l.u)
	return found{pods: some(p), way: byLog}, late || busy
}
