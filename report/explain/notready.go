package explain

import "slices"

// notReady: a pod got traffic before it could serve.
func notReady() mechanism {
	return mechanism{
		name: NotReady,
		doc:  "a new pod got connections before it listened",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if !l.connecting() {
				return found{}, false
			}
			suspects, way := c.refusing(l)
			if len(suspects) == 0 || slices.ContainsFunc(suspects, func(p *pod) bool { return p.at(l.from, l.u) != starting }) {
				return found{}, false
			}
			return found{pods: suspects, way: way}, true
		},
		advice: "give the pod a readiness probe that passes only once the application serves",
	}
}

// refusing are the pods that can have failed a connection before it stood: none where
// it was one to a proxy in front of them.
func (c *inquiry) refusing(l *loss) ([]*pod, string) {
	if l.through {
		return nil, byNothing
	}
	if p, way := c.joined(l); p != nil {
		if p.listened(l) {
			return nil, byNothing
		}
		return some(p), way
	}
	return c.eliminated(l), byElimination
}
