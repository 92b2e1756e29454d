package explain

// idleRace: the server closed a kept-alive connection while a request was on its
// way to it.
func idleRace() mechanism {
	return mechanism{
		name: IdleRace,
		doc:  "the server closed a kept-alive connection as a request was on its way to it (RFC 9112, 9.3.1)",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.fresh || l.through || !l.severed() || len(l.lines) > 0 && !l.masked() {
				return found{}, false
			}
			p, way := c.joined(l)
			if p == nil {
				return found{}, false
			}
			f := found{pods: some(p), way: way}
			if _, may := p.stopsWithin(l.from-l.u-atExit, l.to+l.u); !may {
				f.detail = "of a pod that went on serving"
			}
			if l.cause != "reset" && !l.masked() && !c.unlogged(l, p) {
				f.missing = c.silent()
			}
			return f, true
		},
		advice: "while it drains let the application answer with Connection: close, and close idle connections only once clients have had the time to hear of it",
	}
}
