package explain

import (
	"time"

	"zarif/report/history"
)

// killGrace is how much before the end of the grace period a SIGKILL still counts
// as that of its end; see package report.
const killGrace = history.Micros(500 * time.Millisecond / time.Microsecond)

// inFlightKilled: the grace period was over before the request was.
func inFlightKilled() mechanism {
	return mechanism{
		name: InFlightKilled,
		doc:  "the server had begun the request and was killed by SIGKILL at the end of its grace period",
		explains: func(c *inquiry, l *loss) (found, bool) {
			f, p, r := c.cutBy(l)
			return f, p != nil && r.exited && p.killedByGrace(r)
		},
		advice: "give the pod a grace period that its slowest request and its preStop hook fit into, or handle SIGTERM so that it ends in time",
	}
}

// killedByGrace reports whether the run was killed since its pod's grace period was over.
func (p *pod) killedByGrace(r *run) bool {
	sigkill := r.code == "137" || r.sig == "9"
	return sigkill && r.exited && p.deleted != 0 && r.exit.to-p.deleted >= history.MicrosOf(p.grace)-killGrace
}
