package report

import (
	"math"

	"zarif/report/history"
)

// unledMost is how likely it may be at most that chance alone led none of a
// stream's connections to a pod that was taken away.
const unledMost = 0.01

// unnamed doubts that a stream could have shown anything where answers do not say
// which pod they are from: then only the number of its connections tells how likely
// it is that some led to the pods that were taken away, for every pod that is ready
// gets an equal share of them.
func (j *judgement) unnamed(stream int, pods *lives) {
	name := j.trial.Streams[stream].Name
	start, _ := j.windows.start()
	ready, taken := 0, 0
	for _, l := range pods.list {
		if l.ready == notDone || l.ready > start || l.deleted != notDone && l.deleted < start {
			continue
		}
		ready++
		if l.takenAway {
			taken++
		}
	}
	connections := j.ev.connectionsBefore(stream, j.windows)
	switch {
	case taken == 0:
		j.doubt("stream %s was not exposed: no pod that the disruption took away was ready before it", name)
	case connections == 0:
		j.doubt("stream %s was not exposed: none of its baseline hits was answered", name)
	default:
		unled := math.Pow(1-float64(taken)/float64(ready), float64(connections))
		if unled > unledMost {
			j.doubt("stream %s may not have been exposed: its %d connections of the baseline led to none of the %d of %d pods that were taken away with a chance of %.0f %%, and answers do not say which pod they are from",
				name, connections, taken, ready, math.Ceil(100*unled))
		}
	}
}

// connectionsBefore counts the connections on which a stream's hits were answered in
// the baseline.
func (ev *evidence) connectionsBefore(stream int, ws windows) int {
	seen := map[uint32]bool{}
	for i := range ev.streams[stream].hits {
		h := &ev.streams[stream].hits[i]
		if w := ws.at(h.at); w >= 0 && ws.list[w].name == history.WindowBaseline && ev.cause(h) == history.OK && h.conn != 0 {
			seen[h.conn] = true
		}
	}
	return len(seen)
}
