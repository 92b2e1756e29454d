package explain

import (
	"slices"

	"zarif/report/history"
)

// lateEndpoint: a connection was led to a pod that had stopped listening, since
// the proxies had not forgotten it yet.
func lateEndpoint() mechanism {
	return mechanism{
		name: LateEndpoint,
		doc:  "a new connection was led to a pod that had stopped listening, since the proxy had not forgotten it yet",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.cause != history.Refused {
				return found{}, false
			}
			suspects, way := c.refusing(l)
			if len(suspects) == 0 || slices.ContainsFunc(suspects, func(p *pod) bool { return p.at(l.from, l.u) == starting }) {
				return found{}, false
			}
			return found{pods: suspects, way: way}, true
		},
		advice: stayAdvice,
	}
}
