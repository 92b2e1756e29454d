package report

import (
	"testing"
	"time"

	"zarif/report/history"
)

// shown are all hits of a story.
func (s *story) shown(t *testing.T) (all []Hit) {
	t.Helper()
	if err := Hits(each(s.records()), func(h *Hit) { all = append(all, *h) }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHitsAreWhatAnalyseCounts(t *testing.T) {
	s := newStory()
	s.drop(0, disruptionAt, 1, history.Reset)
	s.drop(0, disruptionAt+sec, 2, history.Missed)
	s.hit(0, 41).Lost = []history.Attempt{{Conn: 1, Cause: history.Closed}}
	for seq := uint64(100); seq < 103; seq++ {
		s.forget(0, seq)
	}
	var got Counts
	for _, h := range s.shown(t) {
		switch {
		case h.Cause == history.Unresolved:
			got.unknown(int(h.Run))
			if h.Seq != 100 || h.Run != 3 || h.Every != 100*time.Millisecond || h.At != 10*time.Second {
				t.Errorf("what left no record is %+v; want hits 100 to 102, from 10 s on", h)
			}
			continue
		case h.Masked() && (h.Seq != 41 || h.Lost[0] != LostAttempt{Cause: history.Closed, Pod: "a"}):
			t.Errorf("hit %s is masked, with %v; want hit 41, closed by a", h.ID(), h.Lost)
		}
		got.outcome(h.Cause, h.Masked())
	}
	if want := s.analyse(t).Streams[0].Counts; got != want {
		t.Errorf("the hits add up to %+v, the trial has %+v", got, want)
	}
	if got.Unresolved != 3 || got.Dropped != 1 || got.Masked != 1 || got.Missed != 2 {
		t.Errorf("%+v; want 3 unresolved, 1 dropped, 1 masked, 2 missed", got)
	}
}

func TestHitsWithoutARecordAtTheEnd(t *testing.T) {
	s := newStory()
	for seq := uint64(320); seq < 330; seq++ {
		s.forget(0, seq)
	}
	all := s.shown(t)
	if last := all[len(all)-1]; last.Seq != 320 || last.Run != 10 || last.At != 32*time.Second {
		t.Errorf("the last is %+v; want the ten hits from 320 on, at 32 s", last)
	}
}

func TestHitsAreInHarnessTime(t *testing.T) {
	for i, h := range newStory().shown(t)[:3] {
		if want := time.Duration(i) * 100 * time.Millisecond; h.At != want {
			t.Errorf("hit %d was scheduled at %v; want %v", i, h.At, want)
		}
		if sent, known := h.Sent(); !known || sent != h.At+time.Millisecond {
			t.Errorf("hit %d left at %v, %v", i, sent, known)
		}
		if done, known := h.Done(); !known || done != h.At+60*time.Millisecond {
			t.Errorf("hit %d ended at %v, %v", i, done, known)
		}
	}
}

func TestWhereAHitWent(t *testing.T) {
	const seq = 140
	for name, tt := range map[string]struct {
		change func(s *story, h *history.Hit)
		pod    string
		known  PodKnown
	}{
		"its answer names the pod": {func(*story, *history.Hit) {}, "b", PodAnswered},
		"only a log does":          {func(_ *story, h *history.Hit) { h.Cause, h.Pod = history.Reset, "" }, "b", PodLogged},
		"only its connection does": {func(s *story, h *history.Hit) { h.Cause, h.Pod = history.Reset, ""; s.unserve(0, seq) }, "b", PodConnection},
		"its connection ends at a proxy": {func(s *story, h *history.Hit) {
			s.meta.Streams[0].Vantage = history.VantageEdge
			h.Cause, h.Pod = history.Reset, ""
			s.unserve(0, seq)
		}, "", PodUnknown},
		"nothing does": {func(s *story, _ *history.Hit) { s.drop(0, seq*sec/10, 1, history.Refused) }, "", PodUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			tt.change(s, s.hit(0, seq))
			if h := s.shown(t)[seq]; h.Seq != seq || h.Pod != tt.pod || h.Known != tt.known {
				t.Errorf("hit %s went to %q, known by %q; want %q, %q", h.ID(), h.Pod, h.Known, tt.pod, tt.known)
			}
		})
	}
}
