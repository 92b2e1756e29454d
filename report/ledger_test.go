package report

import (
	"testing"
	"time"

	"zarif/report/history"
)

func TestLedger(t *testing.T) {
	at := disruptionAt + 600_000
	n := numberAt(at)
	logOf := func(s *story, pod, complete, end string) {
		s.remove(is(history.EventLogEnd, pod))
		s.event(history.SourcePods, history.EventLogEnd, pod, drainedAt+sec, "complete", complete, "end", end)
	}
	for name, c := range map[string]struct {
		change                          func(*story)
		matched, clientOnly, serverOnly int
		incomplete                      bool
		lost, contradictions, repeated  int
	}{
		"every hit is in a log":              {func(*story) {}, 330, 0, 0, false, 0, 0, 0},
		"a dropped hit is in no log":         {func(s *story) { s.drop(0, at, 1, history.Refused) }, 329, 1, 0, false, 0, 0, 0},
		"a missed hit is none":               {func(s *story) { s.drop(0, at, 1, history.Missed) }, 329, 0, 0, false, 0, 0, 0},
		"a hit without a record, logged":     {func(s *story) { s.forget(0, n) }, 330, 0, 0, false, 0, 0, 0},
		"a hit without a record, not logged": {func(s *story) { s.forget(0, n); s.unserve(0, n) }, 329, 1, 0, false, 0, 0, 0},

		"done and lost": {func(s *story) { s.hits[n].Cause = history.Reset }, 330, 0, 0, false, 1, 0, 0},
		"begun and lost": {func(s *story) {
			s.hits[n].Cause = history.Reset
			s.served[n].Done, s.served[n].Status = 0, 0
		}, 330, 0, 0, false, 0, 0, 0},
		"given up and lost":    {func(s *story) { s.hits[n].Cause = history.Reset; s.served[n].Status = 0 }, 330, 0, 0, false, 0, 0, 0},
		"failed by the server": {func(s *story) { s.hits[n].Cause = history.Status5xx; s.served[n].Status = 500 }, 330, 0, 0, false, 0, 0, 0},

		"served, and never sent": {func(s *story) {
			s.hits[n].Cause, s.hits[n].Sent = history.Missed, 0
		}, 329, 0, 1, false, 0, 1, 0},
		"served, beyond the last hit": {func(s *story) {
			s.served = append(s.served, history.Served{Hit: "0-330", Pod: "b", Start: recoveryAt, Done: recoveryAt + 1, Status: 200})
		}, 330, 0, 1, false, 0, 1, 0},
		"served, the load's end is unknown": {func(s *story) {
			s.ends = []history.End{}
			s.served = append(s.served, history.Served{Hit: "0-330", Pod: "b", Start: recoveryAt, Done: recoveryAt + 1, Status: 200})
		}, 331, 0, 0, false, 0, 0, 0},
		"served, of no stream":    {func(s *story) { s.served = append(s.served, history.Served{Hit: "5-3", Pod: "b"}) }, 330, 0, 1, false, 0, 1, 0},
		"served, not one of ours": {func(s *story) { s.served = append(s.served, history.Served{Hit: "hello", Pod: "b"}) }, 330, 0, 1, false, 0, 1, 0},

		"served twice, tried once": {func(s *story) {
			again := s.served[n]
			again.Start += 1000
			s.served = append(s.served, again)
		}, 330, 0, 0, false, 0, 1, 1},
		"served twice, tried twice": {func(s *story) {
			again := s.served[n]
			again.Pod = "c"
			s.served = append(s.served, again)
			s.hits[n].Tries, s.hits[n].Lost = 2, []history.Attempt{{Conn: 4, Cause: history.Reset}}
		}, 330, 0, 0, false, 0, 0, 1},
		"served twice behind a proxy": {func(s *story) {
			s.meta.Streams[0].Vantage = history.VantageEdge
			s.served = append(s.served, s.served[n])
		}, 330, 0, 0, false, 0, 0, 1},
		"served twice, and its end is unknown": {func(s *story) {
			s.served = append(s.served, s.served[n])
			s.hits[n].Cause = history.Unresolved
		}, 330, 0, 0, false, 0, 0, 1},

		"answered, not logged":            {func(s *story) { s.unserve(0, 3) }, 329, 1, 0, false, 0, 1, 0},
		"answered, logged by another pod": {func(s *story) { s.served[3].Pod = "b" }, 330, 0, 0, false, 0, 1, 0},
		"dropped, not logged":             {func(s *story) { s.drop(0, 300_000, 1, history.Closed) }, 329, 1, 0, false, 0, 0, 0},
		"answered, not logged, the log has a gap": {func(s *story) {
			s.unserve(0, 3)
			s.event(history.SourcePods, history.EventLogGap, "a", sec, "after", "3", "before", "5")
		}, 329, 1, 0, true, 0, 0, 0},
		"answered, not logged, the log goes on": {func(s *story) { s.unserve(0, 3); logOf(s, "a", "false", "cut") }, 329, 1, 0, true, 0, 1, 0},
		"answered, not logged, the log stops there": {func(s *story) {
			last := s.lastOf("b")
			s.unserve(0, last)
			logOf(s, "b", "false", "cut")
		}, 329, 1, 0, true, 0, 0, 0},
		"answered, not logged, of two runs one is cut": {func(s *story) {
			s.unserve(0, 3)
			s.event(history.SourcePods, history.EventLogEnd, "a", drainedAt, "complete", "false", "end", "exited")
		}, 329, 1, 0, true, 0, 0, 0},
		"two writers in one run": {func(s *story) { several(s, "a") }, 330, 0, 0, false, 0, 0, 0},
		"answered, not logged by either of two writers": {func(s *story) {
			several(s, "a")
			s.unserve(0, 3)
		}, 329, 1, 0, false, 0, 1, 0},
		"answered, not logged, of two writers the log is cut": {func(s *story) {
			several(s, "a")
			logOf(s, "a", "false", "cut")
			s.unserve(0, 3)
		}, 329, 1, 0, true, 0, 0, 0},
		"answered, not logged, two writers that go on": {func(s *story) {
			several(s, "a")
			logOf(s, "a", "false", "running")
			s.unserve(0, 3)
		}, 329, 1, 0, false, 0, 1, 0},
		"answered, not logged, only some of two writers' numbers": {func(s *story) {
			several(s, "a")
			logOf(s, "a", "false", "running")
			s.unserve(0, 3)
			s.event(history.SourcePods, history.EventLogGap, "a", sec, "after", "3", "before", "5", "writer", "7")
		}, 329, 1, 0, true, 0, 0, 0},
		"no log of a pod":                 {func(s *story) { s.remove(is(history.EventLogEnd, "d")) }, 330, 0, 0, true, 0, 0, 0},
		"a pod that was killed":           {func(s *story) { logOf(s, "a", "false", "exited") }, 330, 0, 0, true, 0, 0, 0},
		"a pod that never ran has no log": {func(s *story) { s.event(history.SourceAPI, history.EventPodCreated, "e", recoveryAt) }, 330, 0, 0, false, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			c.change(s)
			l := s.analyse(t).Ledger
			if l.Matched != c.matched || l.ClientOnly != c.clientOnly || l.ServerOnly != c.serverOnly {
				t.Errorf("matched %d, clientOnly %d, serverOnly %d; want %d, %d, %d", l.Matched, l.ClientOnly, l.ServerOnly, c.matched, c.clientOnly, c.serverOnly)
			}
			if l.LogsComplete == c.incomplete {
				t.Errorf("logsComplete %v", l.LogsComplete)
			}
			if l.DoneButLostTotal != c.lost || len(l.DoneButLost) != c.lost || l.ContradictionsTotal != c.contradictions || l.Repeated != c.repeated {
				t.Errorf("done but lost %v, contradictions %v, repeated %d", l.DoneButLost, l.Contradictions, l.Repeated)
			}
		})
	}
}

// several lets two processes of a pod write its log.
func several(s *story, pod string) {
	s.event(history.SourcePods, history.EventAppStart, pod, 1_000, "writer", "7")
	s.event(history.SourcePods, history.EventAppStart, pod, 2_000, "writer", "8")
	s.event(history.SourcePods, history.EventAppExit, pod, sec, "writer", "7", "code", "0")
}

// lastOf is the number of the last hit that a pod answered.
func (s *story) lastOf(pod string) (seq uint64) {
	for _, h := range s.hits {
		if h.Pod == pod {
			seq = h.Seq
		}
	}
	return seq
}

func TestDoneButLost(t *testing.T) {
	s := newStory()
	s.faulty()
	s.hits[140].Cause = history.Truncated
	s.hits[141].Cause = history.Reset
	got := s.analyse(t).Ledger.DoneButLost
	want := []LostHit{
		{Hit: "0-140", Stream: "fresh", Pod: s.hits[140].Pod, Done: epoch.Add(14058 * time.Millisecond), Status: 200, Cause: "truncated", Fault: "reset"},
		{Hit: "0-141", Stream: "fresh", Pod: s.hits[141].Pod, Done: epoch.Add(14158 * time.Millisecond), Status: 200, Cause: "reset"},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The lists are bounded, the totals are not.
func TestListsAreBounded(t *testing.T) {
	var l Ledger
	for range listLimit + 5 {
		l.contradict("0-1", "a", "no")
	}
	if len(l.Contradictions) != listLimit || l.ContradictionsTotal != listLimit+5 {
		t.Errorf("%d of %d", len(l.Contradictions), l.ContradictionsTotal)
	}
}

func TestNoLedgerWithoutLogs(t *testing.T) {
	s := newStory()
	s.meta.LogsHits, s.served = false, nil
	if got := s.analyse(t); got.Ledger != nil || got.Verdict != Pass {
		t.Errorf("ledger %+v, verdict %s %q", got.Ledger, got.Verdict, got.Reasons)
	}
}
