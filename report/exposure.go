package report

import (
	"math"
	"time"

	"zarif/report/history"
)

const (
	// exposedHits is how many hits of a stream must fall into the time in which
	// pods went away, or the stream cannot have shown anything. It is less for one
	// that sends few, see hitsNeeded, and never below exposedLeast.
	exposedHits  = 20
	exposedLeast = 5
	// exposedAfter is how long after the last exit that time ends.
	exposedAfter = history.Micros(2 * time.Second / time.Microsecond)
)

// hitsNeeded is how many hits of a stream must fall into the time in which pods
// went away: not more than it sends in the two seconds which that time has at least.
// A stream of long requests has the rate that its target carries, and cannot be held
// to what fast ones send.
func hitsNeeded(s *history.Stream) int {
	sends := int(math.Ceil(s.Rate * exposedAfter.Duration().Seconds()))
	return min(exposedHits, max(exposedLeast, sends))
}

// exposure is the time in which the disruption took pods away.
type exposure struct {
	pods     int            // that were taken away
	from, to history.Micros // notDone: nothing was seen to be taken away, or to end
}

// exposure reaches from the first deletion, or the disruption's first act, to two
// seconds after the last exit of what it took away; while nothing has exited, to
// the end of the load.
func (ev *evidence) exposure(ws windows, pods *lives) exposure {
	x := exposure{from: notDone, to: notDone}
	for _, l := range pods.list {
		if l.takenAway {
			x.pods++
		}
	}
	start, begun := ws.start()
	if !begun {
		return x
	}
	for i := range ev.events {
		e := &ev.events[i]
		if e.T+e.Precision < start || !ws.duringLoad(e.T) {
			continue
		}
		switch e.Type {
		case history.EventAct, history.EventPodDeleted:
			first(&x.from, max(e.T, start))
		case history.EventContainerExited, history.EventProcessGone, history.EventPodGone:
			if l := pods.byID[ev.names.id(e.Pod)]; l != nil && l.takenAway {
				x.to = max(x.to, e.T+e.Precision+exposedAfter)
			}
		}
	}
	return x
}

// exposed counts a stream's hits that were answered, in the baseline, by pods that
// were taken away later, and those that were scheduled while pods went away or under
// way when they began to go.
func (ev *evidence) exposed(stream int, ws windows, pods *lives, x exposure) (answered, during int) {
	ev.join(stream, func(j *joined) {
		if j.hit == nil || ev.cause(j.hit) == history.Missed {
			return
		}
		h := j.hit
		if x.from != notDone && (h.at >= x.from || h.done > x.from) && (x.to == notDone || h.at <= x.to) {
			during++
		}
		w := ws.at(h.at)
		if w < 0 || ws.list[w].name != history.WindowBaseline || ev.cause(h) != history.OK {
			return
		}
		if pod := j.pod(); pod != 0 && pods.byID[pod] != nil && pods.byID[pod].takenAway {
			answered++
		}
	})
	return answered, during
}
