package explain

import "zarif/report/history"

// neverServed: the kernel's backlog took the connection, and the process ended
// without reading the request.
func neverServed() mechanism {
	return mechanism{
		name: NeverServed,
		doc:  "the kernel of a pod took the connection, and its process ended without reading the request",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if !l.fresh || l.through || len(l.lines) > 0 || !l.severed() && !(l.opened() && l.cause == history.ResponseTimeout) {
				return found{}, false
			}
			p, way := c.joined(l)
			suspects := some(p)
			if p == nil {
				suspects, way = c.ending(l), byElimination
			} else if _, may := p.stopsWithin(l.from-l.u-atExit, l.to+l.u); !may {
				return found{}, false
			}
			if len(suspects) == 0 {
				return found{}, false
			}
			f := found{pods: suspects, way: way}
			if l.cause != history.Reset && !c.unlogged(l, suspects...) {
				f.missing = c.silent()
			}
			return f, true
		},
		advice: stayAdvice,
	}
}
