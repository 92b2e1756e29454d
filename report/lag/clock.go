package lag

import (
	"slices"
	"strconv"

	"zarif/report/history"
)

// align moves every time to the harness's clock and its epoch. A source without
// a clock is on them already. What a clock is too uncertain for is left out.
func (r *raw) align(t *trial) {
	for i := range t.events {
		e := &t.events[i]
		by, ok := r.shift(t, e.Source)
		// A pod's creation has the object's time, to the second; the news of it carries its own.
		if seen, err := strconv.ParseInt(e.Attrs["seen"], 10, 64); err == nil && e.Type == history.EventPodCreated {
			e.T, e.Precision = history.Micros(seen), 0
		}
		e.T += by
		if !ok {
			e.Precision = max(e.Precision, precise+1)
		}
	}
	pods, ok := r.shift(t, history.SourcePods)
	for _, s := range r.served {
		for _, at := range []history.Micros{s.Start, s.Done} {
			if ok && at != 0 {
				t.lines[s.Pod] = append(t.lines[s.Pod], at+pods)
			}
		}
	}
	for _, c := range r.conns {
		i := slices.IndexFunc(t.meta.Streams, func(s history.Stream) bool { return s.ID == c.Stream })
		if i < 0 || t.meta.Streams[i].Connection != history.Fresh {
			continue
		}
		by, ok := r.shift(t, t.meta.Streams[i].Source)
		if !ok {
			continue
		}
		c.Dial += by
		t.conns = append(t.conns, c)
	}
}

// shift is what to add to a time of source: a moment m of it was Epoch + m by its
// own clock, which was ahead of the harness's by Offset. ok is false where the
// offset is not known well enough.
func (r *raw) shift(t *trial, source string) (by history.Micros, ok bool) {
	clock, has := r.clocks[source]
	if !has {
		return 0, true
	}
	by = history.MicrosOf(clock.Epoch.Sub(t.meta.Started) - clock.Offset)
	return by, history.MicrosOf(clock.Uncertainty) <= precise
}
