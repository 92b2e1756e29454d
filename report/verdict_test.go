package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

// Every reason for a verdict has a history that triggers it and a near miss that
// does not.
func TestVerdict(t *testing.T) {
	at := disruptionAt + 600_000 // after the deletion
	for name, c := range map[string]struct {
		change func(*story)
		want   Verdict
		reason string // part of one
	}{
		"nothing happened to any hit": {func(*story) {}, Pass, ""},

		"over budget":                      {func(s *story) { s.drop(0, at, 1, history.Refused) }, Fail, "stream fresh: 1 of 330 hits were dropped, its budget is 0"},
		"within budget":                    {func(s *story) { s.drop(0, at, 2, history.Refused); s.meta.Streams[0].Budget = 2 }, Pass, ""},
		"one over a budget":                {func(s *story) { s.drop(0, at, 3, history.Refused); s.meta.Streams[0].Budget = 2 }, Fail, "3 of 330"},
		"over budget in recovery":          {func(s *story) { s.drop(0, recoveryAt, 1, history.Reset) }, Fail, "1 of 330"},
		"an unknown cause is a drop":       {func(s *story) { s.drop(0, at, 1, "gremlins") }, Fail, "1 of 330"},
		"a hit without an outcome":         {func(s *story) { s.drop(0, at, 1, "") }, Fail, "1 of 330"},
		"a second stream over budget":      {func(s *story) { s.addStream("reused"); s.drop(1, at, 1, history.Closed) }, Fail, "stream reused: 1 of 330"},
		"over budget and incomplete":       {func(s *story) { s.drop(0, at, 1, history.Refused); s.incomplete() }, Fail, "did not complete: gave up"},
		"over budget and some unresolved":  {func(s *story) { s.drop(0, at, 1, history.Refused); s.drop(0, recoveryAt, 1, history.Unresolved) }, Fail, "the end of 1 of 330 hits is unknown"},
		"over budget and not exposed":      {func(s *story) { s.drop(0, at, 1, history.Refused); s.nothingTakenAway() }, Fail, "not exposed"},
		"over budget and a stray restart":  {func(s *story) { s.drop(0, at, 1, history.Refused); s.restart("b") }, Fail, "restarted"},
		"over budget, broken watch":        {func(s *story) { s.drop(0, at, 1, history.Refused); s.watchBroken() }, Fail, "may be incomplete"},
		"over budget, dirty baseline":      {func(s *story) { s.drop(0, at, 9, history.Refused); s.drop(0, baselineAt, 1, history.Refused) }, Inconclusive, "baseline dropped 1 of 100 hits"},
		"over budget, late load":           {func(s *story) { s.drop(0, at, 9, history.Refused); s.late(4, 201) }, Inconclusive, "201 ms late"},
		"over budget, hits missed":         {func(s *story) { s.drop(0, at, 9, history.Refused); s.drop(0, recoveryAt, 1, history.Missed) }, Inconclusive, "missed"},
		"over budget, contradiction":       {func(s *story) { s.drop(0, at, 9, history.Refused); s.unserve(0, 3) }, Inconclusive, "contradict"},
		"over budget, no end mark":         {func(s *story) { s.drop(0, at, 9, history.Refused); s.noEnd = true }, Inconclusive, "no end mark"},
		"over budget, unresolved baseline": {func(s *story) { s.drop(0, at, 9, history.Refused); s.drop(0, baselineAt, 1, history.Unresolved) }, Inconclusive, "of the baseline is unknown"},

		"dirty baseline within budget":     {func(s *story) { s.drop(0, baselineAt, 1, history.Refused); s.meta.Streams[0].Budget = 5 }, Inconclusive, "before anything was done"},
		"dirty baseline at its last hit":   {func(s *story) { s.drop(0, disruptionAt-100_000, 1, history.Refused) }, Inconclusive, "baseline dropped 1"},
		"a drop of the first hit after it": {func(s *story) { s.drop(0, disruptionAt, 1, history.Refused) }, Fail, "1 of 330"},
		"a drop under way at the start":    {func(s *story) { s.drop(0, disruptionAt-100_000, 1, history.Reset); s.takes(disruptionAt-100_000, 101) }, Fail, "1 of 330"},
		"a drop that ended at the start":   {func(s *story) { s.drop(0, disruptionAt-100_000, 1, history.Reset); s.takes(disruptionAt-100_000, 100) }, Inconclusive, "baseline dropped 1"},
		"an asked drop in the baseline": {func(s *story) {
			s.faulty()
			s.drop(0, baselineAt, 1, history.Reset) // hit 30
			s.meta.Streams[0].Budget = 1
		}, Pass, ""},
		"an asked drop counts for the budget": {func(s *story) { s.faulty(); s.drop(0, baselineAt, 1, history.Reset) }, Fail, "1 of 330"},
		"an unasked drop beside asked ones": {func(s *story) {
			s.faulty()
			s.drop(0, baselineAt, 2, history.Reset) // hits 30 and 31
			s.meta.Streams[0].Budget = 2
		}, Inconclusive, "baseline dropped 1"},
		"a drop in the warm-up":              {func(s *story) { s.drop(0, warmupAt, 1, history.Refused) }, Inconclusive, "warm-up dropped 1 of 30"},
		"a drop in the warm-up and in later": {func(s *story) { s.drop(0, warmupAt, 1, history.Refused); s.drop(0, at, 1, history.Refused) }, Fail, "2 of 330"},

		"1 of 330 missed":        {func(s *story) { s.drop(0, at, 1, history.Missed) }, Inconclusive, "1 of 330 hits were missed"},
		"send lag of 201 ms":     {func(s *story) { s.late(4, 201) }, Inconclusive, "201 ms late"},
		"send lag of 200 ms":     {func(s *story) { s.late(4, 200) }, Pass, ""},
		"few very late":          {func(s *story) { s.late(3, 900) }, Pass, ""},
		"one unresolved":         {func(s *story) { s.drop(0, at, 1, history.Unresolved) }, Inconclusive, "the end of 1 of 330 hits is unknown"},
		"one without a record":   {func(s *story) { s.forget(0, numberAt(at)) }, Inconclusive, "the end of 1 of 330 hits is unknown"},
		"the last has no record": {func(s *story) { s.forget(0, 329) }, Inconclusive, "the end of 1 of 330 hits is unknown"},
		"incomplete":             {func(s *story) { s.incomplete() }, Inconclusive, "the disruption did not complete: gave up"},
		"never said complete":    {func(s *story) { s.remove(is(history.EventComplete, "")) }, Inconclusive, "the disruption did not complete"},

		"no pod taken away":        {func(s *story) { s.nothingTakenAway() }, Inconclusive, "not exposed: no pod"},
		"taken pod never answered": {func(s *story) { s.answeredBy("a", "b") }, Inconclusive, "not exposed: none of its baseline hits"},
		"answered once in the baseline": {func(s *story) {
			s.answeredBy("a", "b")
			s.rename(40, "a")
		}, Pass, ""},
		"answered only in the warm-up": {func(s *story) {
			s.answeredBy("a", "b")
			s.rename(29, "a")
		}, Inconclusive, "not exposed"},
		"19 hits while it went": {func(s *story) { s.goneAtOnce(); s.laterFrom(154, 160) }, Inconclusive, "only 19 of its hits"},
		// The first of them was under way.
		"20 hits while it went": {func(s *story) { s.goneAtOnce(); s.laterFrom(155, 60) }, Pass, ""},
		"5 hits of a stream that sends few": {func(s *story) {
			s.goneAtOnce()
			s.laterFrom(140, 2100)
			s.meta.Streams[0].Rate = 2
		}, Pass, ""},
		"4 hits of a stream that sends few": {func(s *story) {
			s.goneAtOnce()
			s.laterFrom(139, 2100)
			s.meta.Streams[0].Rate = 2
		}, Inconclusive, "only 4 of its hits fell between the first deletion and 2s after the last exit, it takes 5"},
		"18 hits of a stream that sends 9 a second": {func(s *story) {
			s.goneAtOnce()
			s.laterFrom(153, 2100)
			s.meta.Streams[0].Rate = 9
		}, Pass, ""},
		"17 hits of a stream that sends 9 a second": {func(s *story) {
			s.goneAtOnce()
			s.laterFrom(152, 2100)
			s.meta.Streams[0].Rate = 9
		}, Inconclusive, "only 17 of its hits"},
		"none needs no exposure": {func(s *story) { s.nothingTakenAway(); s.meta.Disruption = "none" }, Pass, ""},
		"a pod deleted in the warm-up is none": {func(s *story) {
			s.nothingTakenAway()
			s.event(history.SourceAPI, history.EventPodDeleted, "b", baselineAt-sec, "grace", "30")
		}, Inconclusive, "not exposed"},
		"a kill exposes":            {func(s *story) { s.kill(); s.meta.Restarts = 1 }, Pass, ""},
		"a kill without permission": {func(s *story) { s.kill() }, Inconclusive, "containers restarted 1 times (a 1×), the disruption pod-delete accounts for 0"},
		"a second restart":          {func(s *story) { s.kill(); s.meta.Restarts = 1; s.restart("b") }, Inconclusive, "restarted 2 times (a 1×, b 1×)"},
		"a restart in none":         {func(s *story) { s.meta.Disruption = "none"; s.restart("c") }, Inconclusive, "restarted 1 times"},
		"an exit without its restart": {func(s *story) {
			s.event(history.SourceAPI, history.EventContainerExited, "b", recoveryAt, "exitCode", "1", "restarts", "0")
		}, Inconclusive, "restarted 1 times (b 1×)"},
		"an init container's exit": {func(s *story) {
			s.event(history.SourceAPI, history.EventContainerExited, "b", -9*sec, "exitCode", "0", "restarts", "0")
		}, Pass, ""},

		"an answer that its pod did not log": {func(s *story) { s.unserve(0, 3) }, Inconclusive, "contradict each other in 1 places, first: hit 0-3"},
		"no end mark":                        {func(s *story) { s.noEnd = true }, Inconclusive, "the history has no end mark"},
		"a lost record":                      {func(s *story) { s.lose = 1 }, Inconclusive, "the history lost records of the load agent"},
		"no end mark of the agent":           {func(s *story) { s.ends = []history.End{} }, Inconclusive, "the load agent left no end mark"},
		"an end that forgets a stream": {func(s *story) {
			s.ends = []history.End{{Source: history.SourceAgent, Records: 661}}
		}, Inconclusive, "stream fresh: the load has no end mark"},
		"interrupted": {func(s *story) {
			s.ends = []history.End{{Source: history.SourceAgent, Records: 661, Reason: "SIGTERM", Streams: []history.StreamEnd{{Scheduled: 330}}}}
		}, Inconclusive, "the load agent did not end as planned: SIGTERM"},
		"interrupted by the user":    {func(s *story) { s.event(history.SourceHarness, history.EventInterrupted, "", recoveryAt) }, Inconclusive, "interrupted"},
		"a broken watch":             {func(s *story) { s.watchBroken() }, Inconclusive, "may be incomplete: 410 Gone"},
		"a hit twice":                {func(s *story) { s.hits = append(s.hits, s.hits[40]) }, Inconclusive, "1 hits are recorded twice, for example hit 0-40"},
		"a hit beyond the last":      {func(s *story) { s.hits = append(s.hits, beyond(s.hits[329])) }, Inconclusive, "the load said that it scheduled 330 hits, and hit 0-330 is recorded"},
		"a hit of no stream":         {func(s *story) { s.hits = append(s.hits, history.Hit{Stream: 9, Cause: history.OK}) }, Inconclusive, "of stream 9"},
		"an impossible number":       {func(s *story) { s.hits = append(s.hits, history.Hit{Seq: 1 << 63, Cause: history.OK}) }, Inconclusive, "impossible number"},
		"no clock of the agent":      {func(s *story) { s.clocks = nil }, Inconclusive, "no clock of the load agent"},
		"two epochs of the agent":    {func(s *story) { s.clocks = append(s.clocks, history.Clock{Source: history.SourceAgent, Epoch: epoch}) }, Inconclusive, "different epochs"},
		"a second look at the clock": {func(s *story) { s.clocks = append(s.clocks, s.clocks[0]) }, Pass, ""},
		"no baseline": {func(s *story) {
			s.remove(func(e history.Event) bool { return e.Attrs["name"] == history.WindowBaseline })
		}, Inconclusive, "never came to its baseline window"},
		"no disruption": {func(s *story) {
			s.remove(func(e history.Event) bool { return e.Attrs["name"] == history.WindowDisruption })
		}, Inconclusive, "never came to its disruption window"},
		"load that ended too early": {func(s *story) {
			s.hits, s.conns, s.served = s.hits[:225], s.conns[:225], s.served[:225]
			s.ends = []history.End{{Source: history.SourceAgent, Records: 451, Streams: []history.StreamEnd{{Scheduled: 225}}}}
		}, Inconclusive, "no hit was sent in the recovery window"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			c.change(s)
			got := s.analyse(t)
			if got.Verdict != c.want {
				t.Errorf("verdict %s, want %s; reasons: %q", got.Verdict, c.want, got.Reasons)
			}
			if (got.Verdict == Pass) != (len(got.Reasons) == 0) {
				t.Errorf("a %s with the reasons %q", got.Verdict, got.Reasons)
			}
			if !slices.ContainsFunc(got.Reasons, func(r string) bool { return strings.Contains(r, c.reason) }) && c.reason != "" {
				t.Errorf("reasons %q, want one with %q", got.Reasons, c.reason)
			}
		})
	}
}

func is(kind, pod string) func(history.Event) bool {
	return func(e history.Event) bool { return e.Type == kind && e.Pod == pod }
}

func (s *story) incomplete() {
	s.remove(is(history.EventComplete, ""))
	s.event(history.SourceHarness, history.EventIncomplete, "", recoveryAt, "error", "gave up")
}

func (s *story) watchBroken() {
	s.event(history.SourceHarness, history.EventWatchBroken, "", drainedAt+sec, "error", "410 Gone")
}

// nothingTakenAway leaves a alive.
func (s *story) nothingTakenAway() {
	s.remove(func(e history.Event) bool {
		switch e.Type {
		case history.EventPodDeleted, history.EventContainerExited, history.EventPodGone, history.EventAct, history.EventAppExit, history.EventAppSignal:
			return true
		}
		return false
	})
}

// kill lets a die and come back instead of being deleted.
func (s *story) kill() {
	s.remove(func(e history.Event) bool {
		return e.Pod == "a" && e.T >= disruptionAt && e.Type != history.EventAct
	})
	s.event(history.SourceAPI, history.EventContainerExited, "a", disruptionAt+sec, "exitCode", "137", "restarts", "0")
	s.restart("a")
}

func (s *story) restart(pod string) {
	s.event(history.SourceAPI, history.EventContainerStarted, pod, disruptionAt+2*sec, "restarts", "1")
}

// late lets the first n hits leave ms late.
func (s *story) late(n, ms int) {
	for i := range n {
		h := &s.hits[i]
		h.Sent = h.At + history.Micros(ms)*1000
		h.Done = h.Sent + 50_000
		s.served[i].Start, s.served[i].Done = h.Sent+agentBehind, h.Done+agentBehind
	}
}

// takes sets how many ms the hit that was scheduled at t takes.
func (s *story) takes(t history.Micros, ms int) {
	h := s.hit(0, numberAt(t))
	h.Done = h.At + history.Micros(ms)*1000
}

// faulty lets every tenth hit ask for a reset.
func (s *story) faulty() {
	s.meta.Streams[0].Faults, s.meta.Streams[0].FaultEvery = []string{"reset"}, 10
}

// answeredBy lets another pod answer what one did.
func (s *story) answeredBy(was, is string) {
	for i := range s.hits {
		if s.hits[i].Pod == was {
			s.rename(i, is)
		}
	}
}

func (s *story) rename(i int, pod string) {
	s.hits[i].Pod, s.conns[i].Pod, s.served[i].Pod = pod, pod, pod
}

// goneAtOnce lets a be gone the moment it is deleted, at 13.55 s, so that 20 hits
// fall between that and two seconds later: those of 13.6 s to 15.5 s.
func (s *story) goneAtOnce() {
	const at = disruptionAt + 550_000
	s.remove(func(e history.Event) bool {
		return e.Pod == "a" && slices.Contains([]string{
			history.EventAct, history.EventPodGone, history.EventContainerExited, history.EventAppSignal, history.EventAppExit, history.EventLogEnd,
		}, e.Type)
	})
	s.find(history.EventPodDeleted, "a").T = at
	s.event(history.SourceAPI, history.EventContainerExited, "a", at, "exitCode", "0", "restarts", "0")
	s.event(history.SourceAPI, history.EventPodGone, "a", at)
}

// laterFrom schedules hits from number i to 155, the last while a went at once, ms
// later.
func (s *story) laterFrom(i, ms int) {
	by := history.Micros(ms) * 1000
	for ; i <= 155; i++ {
		h := &s.hits[i]
		h.At, h.Sent, h.Done = h.At+by, h.Sent+by, h.Done+by
	}
}

func beyond(h history.Hit) history.Hit {
	h.Seq++
	h.At += sec / 10
	return h
}

// Punctuality is judged over many hits: 1 in 1,000 may be missed, not more.
func TestMissedShare(t *testing.T) {
	for name, c := range map[string]struct {
		missed, scheduled int
		doubts            int
	}{
		"one in a thousand":      {1, 1000, 0},
		"more than one":          {2, 1999, 1},
		"one in less than 1,000": {1, 999, 1},
		"none of none":           {0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var j judgement
			j.punctual(&Stream{Name: "fresh", Counts: Counts{Missed: c.missed, Scheduled: c.scheduled}})
			if len(j.doubts) != c.doubts {
				t.Errorf("doubts %v, want %d", j.doubts, c.doubts)
			}
		})
	}
}

func TestExpectations(t *testing.T) {
	dropped := func(s *story) { s.drop(0, disruptionAt+600_000, 1, history.Refused) }
	doubtful := func(s *story) { s.incomplete() }
	for name, c := range map[string]struct {
		expected   string
		change     func(*story)
		asExpected bool
		unexpected string
		exit       int
	}{
		"nothing said, pass":             {"", func(*story) {}, true, "", 0},
		"nothing said, fail":             {"", dropped, false, "its budget is 0", 1},
		"nothing said, inconclusive":     {"", doubtful, false, "", 3},
		"none, none dropped":             {ExpectNone, func(*story) {}, true, "", 0},
		"none, one dropped":              {ExpectNone, dropped, false, "no drop was expected", 1},
		"none, one dropped in budget":    {ExpectNone, func(s *story) { dropped(s); s.meta.Streams[0].Budget = 1 }, false, "no drop was expected", 1},
		"some, one dropped":              {ExpectSome, dropped, true, "", 0},
		"some, one dropped in budget":    {ExpectSome, func(s *story) { dropped(s); s.meta.Streams[0].Budget = 1 }, true, "", 0},
		"some, a surprising pass":        {ExpectSome, func(*story) {}, false, "drops were expected, none of 330 hits was dropped", 1},
		"some, none, inconclusive":       {ExpectSome, doubtful, false, "", 3},
		"some, dropped, inconclusive":    {ExpectSome, func(s *story) { dropped(s); s.noEnd = true }, false, "", 3},
		"some, dropped, not complete":    {ExpectSome, func(s *story) { dropped(s); doubtful(s) }, true, "", 0},
		"any, one dropped":               {ExpectAny, dropped, true, "", 0},
		"any, none dropped":              {ExpectAny, func(*story) {}, true, "", 0},
		"any, inconclusive all the same": {ExpectAny, doubtful, false, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			s.meta.Streams[0].Expected = c.expected
			c.change(s)
			got := s.analyse(t)
			if got.AsExpected != c.asExpected || got.Streams[0].AsExpected != c.asExpected {
				t.Errorf("asExpected %v, of the stream %v, want %v; %s %q", got.AsExpected, got.Streams[0].AsExpected, c.asExpected, got.Verdict, got.Reasons)
			}
			if (c.unexpected == "") != (len(got.Unexpected) == 0) || !strings.Contains(strings.Join(got.Unexpected, "\n"), c.unexpected) {
				t.Errorf("unexpected %q, want %q", got.Unexpected, c.unexpected)
			}
			if code := Collect([]Trial{got}).ExitCode(); code != c.exit {
				t.Errorf("exit code %d, want %d", code, c.exit)
			}
		})
	}
}

// A definite surprise goes before an open question, and both before nothing.
func TestExitCode(t *testing.T) {
	good := Trial{Scenario: "a", Trial: 1, Verdict: Pass, AsExpected: true, Started: epoch}
	surprise := Trial{Scenario: "b", Trial: 1, Verdict: Pass, Started: epoch.Add(time.Second)}
	unknown := Trial{Scenario: "c", Trial: 1, Verdict: Inconclusive, Started: epoch.Add(2 * time.Second)}
	for name, c := range map[string]struct {
		trials []Trial
		want   int
	}{
		"no trial":                {nil, 3},
		"all as expected":         {[]Trial{good, good}, 0},
		"one is not":              {[]Trial{good, surprise}, 1},
		"one is inconclusive":     {[]Trial{good, unknown}, 3},
		"surprise goes before it": {[]Trial{unknown, good, surprise}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Collect(c.trials).ExitCode(); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
}
