package lag

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"zarif/report/history"
)

// precise is how well a moment must be known to count, in µs.
const precise = history.Micros(50_000)

// A trial is a whole history, in harness time.
type trial struct {
	meta   history.Meta
	events []history.Event             // by time
	conns  []history.Conn              // of fresh streams, by dial
	lines  map[string][]history.Micros // when a pod logged something about a request

	began, drained history.Micros // of the disruption, and the end of load
	byPod          map[string]news
	take           func(name string, from, to history.Micros)
}

// news are the moments at which events of a type became known, by type and in
// order; only those that are precise.
type news map[string][]history.Micros

// raw is a history as it is read.
type raw struct {
	records uint64 // but the harness's end mark
	metas   int
	clocks  map[string]history.Clock
	ends    map[string]history.End
	conns   []history.Conn
	served  []history.Served
}

// gather reads a history to its end and checks that it is complete.
func gather(records iter.Seq2[history.Record, error]) (*trial, error) {
	t := &trial{lines: map[string][]history.Micros{}, byPod: map[string]news{}}
	r := raw{clocks: map[string]history.Clock{}, ends: map[string]history.End{}}
	for rec, err := range records {
		if errors.Is(err, history.ErrCut) {
			return nil, incomplete("%v", err)
		}
		if err != nil {
			return nil, err
		}
		r.add(t, rec)
	}
	if r.metas != 1 {
		return nil, incomplete("it has %d meta records", r.metas)
	}
	if err := r.complete(t); err != nil {
		return nil, err
	}
	r.align(t)
	return t, t.prepare()
}

func (r *raw) add(t *trial, rec history.Record) {
	if rec.End == nil || rec.End.Source != history.SourceHarness {
		r.records++
	}
	switch {
	case rec.Meta != nil:
		r.metas++
		t.meta = *rec.Meta
	case rec.Event != nil:
		t.events = append(t.events, *rec.Event)
	case rec.Conn != nil:
		r.conns = append(r.conns, *rec.Conn)
	case rec.Served != nil:
		r.served = append(r.served, *rec.Served)
	case rec.End != nil:
		r.ends[rec.End.Source] = *rec.End
	case rec.Clock != nil:
		// Of several exchanges the one with the least uncertainty counts.
		if was, known := r.clocks[rec.Clock.Source]; !known || rec.Clock.Uncertainty < was.Uncertainty {
			r.clocks[rec.Clock.Source] = *rec.Clock
		}
	}
}

// complete checks the end marks, and that nothing is known to be missing.
func (r *raw) complete(t *trial) error {
	sources := []string{history.SourceHarness}
	if slices.ContainsFunc(t.meta.Streams, func(s history.Stream) bool { return s.Source == history.SourceAgent }) {
		sources = append(sources, history.SourceAgent)
	}
	for _, source := range sources {
		end, ended := r.ends[source]
		switch {
		case !ended:
			return incomplete("no end mark of the %s", source)
		case end.Reason != "":
			return incomplete("the %s ended early: %s", source, end.Reason)
		}
	}
	if want := r.ends[history.SourceHarness].Records; r.records < want {
		return incomplete("%d records were written and %d are there", want, r.records)
	}
	complete := false
	for _, e := range t.events {
		switch e.Type {
		case history.EventComplete:
			complete = true
		case history.EventWatchBroken, history.EventLogGap:
			return incomplete("%s of %s", e.Type, cmp.Or(e.Pod, "the API server"))
		}
	}
	if !complete {
		return incomplete("its disruption was not seen to be complete")
	}
	return nil
}

// prepare sorts what was read by time and by pod.
func (t *trial) prepare() error {
	slices.SortStableFunc(t.events, func(a, b history.Event) int { return cmp.Compare(a.T, b.T) })
	slices.SortStableFunc(t.conns, func(a, b history.Conn) int { return cmp.Compare(a.Dial, b.Dial) })
	for _, lines := range t.lines {
		slices.Sort(lines)
	}
	begun := false
	for _, e := range t.events {
		if e.Type == history.EventWindow && e.Source == history.SourceHarness {
			switch e.Attrs["name"] {
			case history.WindowDisruption:
				t.began, begun = e.T, true
			case history.WindowDrained:
				t.drained = e.T
			}
		}
	}
	if !begun || t.drained <= t.began {
		return incomplete("it has no disruption under load")
	}
	for _, e := range t.events {
		if at, ok := known(e); ok && e.Pod != "" && !partial(e) {
			if t.byPod[e.Pod] == nil {
				t.byPod[e.Pod] = news{}
			}
			t.byPod[e.Pod][e.Type] = append(t.byPod[e.Pod][e.Type], at)
		}
	}
	for _, of := range t.byPod {
		for _, moments := range of {
			slices.Sort(moments)
		}
	}
	return nil
}

// known is when an event became known, if that is precise.
func known(e history.Event) (history.Micros, bool) {
	return e.T + e.Precision/2, e.Precision <= precise
}

// partial reports whether an event tells of a part of a pod's application only: of
// one process among several, or of an end that was yet to come.
func partial(e history.Event) bool {
	return e.Attrs["writer"] != "" || e.Type == history.EventAppExit && e.Attrs["code"] == ""
}

// during reports whether t lies in the disruption or after it, under load.
func (t *trial) during(at history.Micros) bool { return at >= t.began && at <= t.drained }

// only are the moments of an event's type under the disruption.
func (t *trial) only(pod, kind string) (moments []history.Micros) {
	for _, at := range t.byPod[pod][kind] {
		if t.during(at) {
			moments = append(moments, at)
		}
	}
	return moments
}

// one is the only such moment; ok is false if there is none or several.
func (t *trial) one(pod, kind string) (at history.Micros, ok bool) {
	if moments := t.only(pod, kind); len(moments) == 1 {
		return moments[0], true
	}
	return 0, false
}
