package report

import (
	"math"
	"slices"

	"zarif/report/history"
)

// window is a phase of the trial in harness time.
type window struct {
	name       string
	start, end history.Micros // end is notDone where the history stops before
}

// windows are the trial's phases, in order. A window lasts until the next one
// begins, the last until the load has drained.
type windows struct {
	list       []window
	disruption int            // index; -1: the disruption never began
	drained    history.Micros // notDone: the history does not say
}

func (ev *evidence) windows() windows {
	ws := windows{disruption: -1, drained: notDone}
	for _, e := range ev.events {
		if e.Type != history.EventWindow || e.Source != history.SourceHarness {
			continue
		}
		name := e.Attrs["name"]
		if slices.ContainsFunc(ws.list, func(w window) bool { return w.name == name }) {
			ev.fault("the history has two windows with the name %s", name)
			continue
		}
		if n := len(ws.list); n > 0 && ws.list[n-1].end == notDone {
			ws.list[n-1].end = e.T
		}
		if name == history.WindowDrained {
			ws.drained = e.T
			continue
		}
		if name == history.WindowDisruption && ws.disruption < 0 {
			ws.disruption = len(ws.list)
		}
		ws.list = append(ws.list, window{name: name, start: e.T, end: notDone})
	}
	return ws
}

// start is when the disruption's window began.
func (ws windows) start() (t history.Micros, begun bool) {
	if ws.disruption < 0 {
		return 0, false
	}
	return ws.list[ws.disruption].start, true
}

// duringLoad reports whether t is not after the moment when the load had drained.
// What is later, such as putting things back, is no part of the measurement.
func (ws windows) duringLoad(t history.Micros) bool { return ws.drained == notDone || t <= ws.drained }

// at is the index of the window in which t lies. What is before the first counts
// in the first, what is after the last in the last; without windows it is -1.
func (ws windows) at(t history.Micros) int {
	i, found := slices.BinarySearchFunc(ws.list, t, func(w window, t history.Micros) int {
		return int(max(-1, min(1, w.start-t)))
	})
	if !found {
		i--
	}
	if len(ws.list) == 0 {
		return -1
	}
	return max(i, 0)
}

// of is the index of the window in which a hit counts: the one in which it was
// scheduled, but the disruption's for a hit that was under way when it started.
func (ws windows) of(h *hit, missed bool) int {
	i := ws.at(h.at)
	if start, begun := ws.start(); begun && !missed && i < ws.disruption && h.done > start {
		return ws.disruption
	}
	return i
}

// A gap is a run of numbers, from first to before end, without a record.
type gap struct{ first, end uint64 }

func (g gap) len() int { return int(g.end - g.first) }

// findGaps fills in a stream's schedule and the numbers that have no record.
func (s *streamEvidence) findGaps(stream *history.Stream) {
	s.interval = math.Inf(1)
	if stream.Rate > 0 {
		s.interval = float64(stream.Interval()) / 1000
	}
	next := uint64(0)
	for i := range s.hits {
		if seq := s.hits[i].seq; seq > next {
			s.gaps = append(s.gaps, gap{next, seq})
		}
		next = s.hits[i].seq + 1
	}
	if s.scheduled > next {
		s.gaps = append(s.gaps, gap{next, s.scheduled})
	}
	if len(s.hits) > 0 && stream.Rate > 0 {
		s.origin = s.hits[0].at - history.Micros(float64(s.hits[0].seq)*s.interval)
	}
}

// spread tells how many numbers of g were scheduled in each window. Without a
// record only the schedule says when that was.
func (s *streamEvidence) spread(g gap, ws windows) []int {
	counts := make([]int, len(ws.list))
	from := g.first
	for i := range ws.list {
		to := g.end
		if i+1 < len(ws.list) && len(s.hits) > 0 {
			n := math.Ceil(float64(ws.list[i+1].start-s.origin) / s.interval)
			to = uint64(max(float64(from), min(float64(g.end), n)))
		} else if i+1 < len(ws.list) {
			to = from // nothing tells when: the last window
		}
		counts[i] = int(to - from)
		from = to
	}
	return counts
}
