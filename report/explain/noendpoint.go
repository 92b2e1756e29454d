package explain

// noEndpoint: there was no pod left to send a connection to.
func noEndpoint() mechanism {
	return mechanism{
		name: NoEndpoint,
		doc:  "the Service had no endpoint left that was ready, and no pod listened",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if !l.connecting() || l.through {
				return found{}, false
			}
			seen := false
			for _, p := range c.all {
				if p.inService(l.from) || p.mayLead(l.from, l.u) && p.at(l.from, l.u) == up {
					return found{}, false
				}
				seen = seen || len(p.endpoint) > 0 && p.endpoint[0].from < l.from
			}
			return found{pods: c.candidates(l), way: byElimination}, seen
		},
		advice: "run more replicas, and let new pods be ready before old ones go (maxUnavailable: 0, a PodDisruptionBudget)",
	}
}
