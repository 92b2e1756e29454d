package report

import (
	"cmp"
	"slices"

	"zarif/report/history"
)

// align moves every time to the harness's clock, as µs since Meta.Started, and
// puts the events in order. A moment m of a source was Epoch + m by its own clock,
// which was ahead of the harness's by Offset.
func (ev *evidence) align() {
	ev.shifts = map[string]history.Micros{}
	shift := func(source string) history.Micros {
		by, known := ev.shifts[source]
		if !known {
			by = ev.shift(source)
			ev.shifts[source] = by
		}
		return by
	}
	for i := range ev.streams {
		ev.streams[i].shift(shift(ev.meta.Streams[i].Source))
	}
	by := shift(history.SourcePods)
	for i := range ev.served {
		sv := &ev.served[i]
		sv.start += by
		if sv.done != notDone {
			sv.done += by
		}
	}
	for i := range ev.events {
		ev.events[i].T += shift(ev.events[i].Source)
	}
	// A total order, so that the order of the records decides nothing.
	slices.SortStableFunc(ev.events, func(a, b history.Event) int {
		return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.Precision, b.Precision), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Pod, b.Pod), cmp.Compare(a.Type, b.Type), cmp.Compare(detail(a.Attrs), detail(b.Attrs)))
	})
}

func (s *streamEvidence) shift(by history.Micros) {
	if by == 0 {
		return
	}
	for i := range s.hits {
		s.hits[i].at += by
		if s.hits[i].sent != notDone {
			s.hits[i].sent += by
		}
		if s.hits[i].first != notDone {
			s.hits[i].first += by
		}
		s.hits[i].done += by
	}
	for i := range s.conns {
		c := &s.conns[i]
		c.dial += by
		if c.open != notDone {
			c.open += by
		}
		if c.closed != notDone {
			c.closed += by
		}
	}
}

// shift is what to add to a time of source. Of several exchanges the one with the
// least uncertainty counts. A source without a clock uses the harness's epoch and
// is on its time, as what the cluster's side records is.
func (ev *evidence) shift(source string) history.Micros {
	clocks := ev.clocks[source]
	if len(clocks) == 0 {
		if source == history.SourceAgent && ev.usesAgent() {
			ev.fault("the history holds no clock of the load agent, so its times cannot be compared with the pods'")
		}
		return 0
	}
	best := closest(clocks)
	if slices.ContainsFunc(clocks, func(c history.Clock) bool { return !c.Epoch.Equal(best.Epoch) }) {
		ev.fault("the history holds clocks of %s with different epochs, so its times mean nothing", source)
	}
	return history.MicrosOf(best.Epoch.Sub(ev.meta.Started) - best.Offset)
}

// closest is the exchange with the least uncertainty.
func closest(clocks []history.Clock) history.Clock {
	return slices.MinFunc(clocks, func(a, b history.Clock) int { return cmp.Compare(a.Uncertainty, b.Uncertainty) })
}

func (ev *evidence) usesAgent() bool {
	return slices.ContainsFunc(ev.meta.Streams, func(s history.Stream) bool { return s.Source == history.SourceAgent })
}
