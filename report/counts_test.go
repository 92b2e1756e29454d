package report

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

func TestCounts(t *testing.T) {
	s := newStory()
	st := &s.meta.Streams[0]
	st.Retry, st.Budget = history.RetryClient, 100
	at := disruptionAt + 600_000
	s.drop(0, at, 3, history.Refused)
	s.drop(0, at+sec, 2, history.ConnectTimeout)
	s.drop(0, at+2*sec, 1, history.Unresolved)
	s.drop(0, at+3*sec, 1, history.Missed)
	s.forget(0, numberAt(recoveryAt)) // its log line is still there
	masked := s.hit(0, numberAt(at+4*sec))
	masked.Lost, masked.Tries = []history.Attempt{{Conn: 1, Cause: history.Reset}, {Conn: 2, Cause: history.Closed}}, 3
	dropped := s.hit(0, numberAt(at))
	dropped.Lost, dropped.Tries = []history.Attempt{{Conn: 3, Cause: history.Reset}}, 2
	s.conns[7].Open = s.conns[7].Dial + sec
	s.conns[8].Open = s.conns[8].Dial + sec - 1
	s.conns[9].Open, s.conns[9].Closed = 0, s.conns[9].Dial+5*sec // failed

	got := s.analyse(t).Streams[0]
	want := Counts{Scheduled: 330, Sent: 329, Missed: 1, OK: 322, Dropped: 5, Masked: 1, Unresolved: 2}
	if got.Counts != want {
		t.Errorf("counts %+v, want %+v", got.Counts, want)
	}
	if want := map[string]int{"refused": 3, "connect-timeout": 2}; !reflect.DeepEqual(got.Causes, want) {
		t.Errorf("causes %v, want %v", got.Causes, want)
	}
	if want := map[string]int{"reset": 2, "closed": 1}; !reflect.DeepEqual(got.Swallowed, want) {
		t.Errorf("swallowed %v, want %v", got.Swallowed, want)
	}
	if got.SlowConnects != 1 {
		t.Errorf("slow connects %d, want 1", got.SlowConnects)
	}
	if w := got.Windows[history.WindowDisruption].Counts; w != (Counts{Scheduled: 100, Sent: 99, Missed: 1, OK: 93, Dropped: 5, Masked: 1, Unresolved: 1}) {
		t.Errorf("disruption window %+v", w)
	}
	if w := got.Windows[history.WindowRecovery].Counts; w != (Counts{Scheduled: 100, Sent: 100, OK: 99, Unresolved: 1}) {
		t.Errorf("recovery window %+v: the hit without a record belongs there", w)
	}
}

// A hit counts where it was scheduled, but one under way when the disruption
// starts counts there.
func TestWindows(t *testing.T) {
	s := newStory()
	for i := range s.hits { // a second of work, so that ten hits are under way
		s.hits[i].Done = s.hits[i].At + sec
	}
	s.drop(0, disruptionAt-300_000, 1, history.Missed)
	s.drop(0, disruptionAt-200_000, 1, history.Unresolved)
	got := s.analyse(t)
	for name, want := range map[string]Counts{
		history.WindowWarmup:   {Scheduled: 30, Sent: 30, OK: 30},
		history.WindowBaseline: {Scheduled: 92, Sent: 91, Missed: 1, OK: 91},
		// 9 of the last second and the unresolved one; the one that was missed was never under way.
		history.WindowDisruption: {Scheduled: 108, Sent: 108, OK: 107, Unresolved: 1},
		history.WindowRecovery:   {Scheduled: 100, Sent: 100, OK: 100},
	} {
		if got := got.Streams[0].Windows[name].Counts; got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if len(got.Windows) != 4 || !got.Windows[2].Start.Equal(epoch.Add(13*time.Second)) || !got.Windows[2].End.Equal(epoch.Add(23*time.Second)) {
		t.Errorf("windows %+v", got.Windows)
	}
	if end := got.Windows[3].End; !end.Equal(epoch.Add(34 * time.Second)) {
		t.Errorf("the recovery ends at %s, want when the load had drained", end)
	}
}

// Hits before the first window and after the last belong to those.
func TestHitsOutsideWindows(t *testing.T) {
	s := newStory()
	s.events[0].T = 500_000 // the warm-up
	got := s.analyse(t).Streams[0]
	if n := got.Windows[history.WindowWarmup].Sent; n != 30 {
		t.Errorf("%d hits in the warm-up, want 30", n)
	}
}

func TestLatency(t *testing.T) {
	s := newStory()
	first := numberAt(disruptionAt)
	for i := range uint64(100) {
		h := s.hit(0, first+i)
		h.Sent = h.At + 1_000*history.Micros(i%2) // half of them left 1 ms late
		h.Done = h.At + 10_000*history.Micros(i+1)
	}
	s.drop(0, disruptionAt, 1, history.ResponseTimeout) // 10 ms, no latency
	s.hit(0, first).Done += 20 * sec
	got := s.analyse(t).Streams[0]
	if got := *got.Windows[history.WindowDisruption].Latency; got != (Latency{P50: 510, P90: 910, P99: 1000, P999: 1000, Max: 1000}) {
		t.Errorf("latency %+v", got)
	}
	if got := *got.SendLag; got != (SendLag{P50: 1, P99: 1, Max: 1}) {
		t.Errorf("send lag %+v", got)
	}
}

func TestNoLatencyWithoutSuccess(t *testing.T) {
	s := newStory()
	s.drop(0, disruptionAt, 100, history.Refused)
	if l := s.analyse(t).Streams[0].Windows[history.WindowDisruption].Latency; l != nil {
		t.Errorf("latency %+v of no answer", *l)
	}
}

func TestPercentiles(t *testing.T) {
	upTo := func(n int) (all []history.Micros) {
		for i := range n {
			all = append(all, history.Micros(i+1))
		}
		return all
	}
	for name, c := range map[string]struct {
		n, permille int
		want        history.Micros
	}{
		"one value":        {1, 500, 1},
		"of one the p999":  {1, 999, 1},
		"two, the lower":   {2, 500, 1},
		"three":            {3, 500, 2},
		"p99 of 100":       {100, 990, 99},
		"p99 of 101":       {101, 990, 100},
		"p999 of 1,000":    {1000, 999, 999},
		"p999 of 999":      {999, 999, 999},
		"p90 of ten":       {10, 900, 9},
		"p90 of eleven":    {11, 900, 10},
		"the whole of six": {6, 1000, 6},
	} {
		t.Run(name, func(t *testing.T) {
			if got := percentile(upTo(c.n), c.permille); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestOutages(t *testing.T) {
	at := func(ms int64) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }
	for name, c := range map[string]struct {
		change func(*story)
		want   []Outage
	}{
		"none": {func(*story) {}, []Outage{}},
		"one hit": {func(s *story) { s.drop(0, 14*sec, 1, history.Reset) },
			[]Outage{{at(14000), at(14100), 1}}},
		"two runs": {func(s *story) { s.drop(0, 14*sec, 2, history.Reset); s.drop(0, 15*sec, 3, history.Refused) },
			[]Outage{{at(14000), at(14200), 2}, {at(15000), at(15300), 3}}},
		"a missed hit neither ends nor begins one": {func(s *story) {
			s.drop(0, 13_900_000, 5, history.Missed)
			s.drop(0, 14*sec, 1, history.Reset)
			s.drop(0, 14_200_000, 1, history.Reset)
			s.hit(0, numberAt(14_200_000)).Sent = 1
		}, []Outage{{at(14000), at(14400), 2}}},
		"an unresolved hit is no success": {func(s *story) {
			s.drop(0, 14*sec, 1, history.Unresolved)
			s.drop(0, 14_100_000, 1, history.Reset)
		}, []Outage{{at(14000), at(14200), 1}}},
		"unresolved alone is none": {func(s *story) { s.drop(0, 14*sec, 3, history.Unresolved) }, []Outage{}},
		"to the end of the load": {func(s *story) { s.drop(0, 32_800_000, 2, history.Reset) },
			[]Outage{{at(32800), at(33000), 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			c.change(s)
			if got := s.analyse(t).Streams[0].Outages; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	s := newStory()
	st := &s.meta.Streams[0]
	st.Faults, st.FaultEvery, st.Budget = []string{"reset", "500"}, 10, 50 // hits 0, 20, … ask for reset; 10, 30, … for 500
	outcome := func(cause history.Cause, seqs ...uint64) {
		for _, seq := range seqs {
			s.drop(0, history.Micros(seq)*sec/10, 1, cause)
		}
	}
	outcome(history.Reset, 20, 40, 60)
	outcome(history.Closed, 80)
	outcome(history.Status5xx, 30, 50)
	outcome(history.Missed, 100)
	outcome(history.Unresolved, 120)
	s.forget(0, 140)
	s.hit(0, 160).Lost = []history.Attempt{{Conn: 9, Cause: history.Reset}}

	got := s.analyse(t).Streams[0].Faults
	want := map[string]Fault{
		"reset": {Asked: 16, OK: 10, Masked: 1, Unresolved: 2, Causes: map[string]int{"reset": 3, "closed": 1}, Swallowed: map[string]int{"reset": 1}},
		"500":   {Asked: 16, OK: 14, Causes: map[string]int{"status-5xx": 2}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// askedIn is a closed form of counting.
func TestAskedIn(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		s := history.Stream{Faults: make([]string, 1+rng.IntN(4)), FaultEvery: uint64(rng.IntN(5))}
		for i := range s.Faults {
			s.Faults[i] = string(rune('a' + i))
		}
		g := gap{first: uint64(rng.IntN(50))}
		g.end = g.first + uint64(rng.IntN(50))
		for i, name := range s.Faults {
			want := 0
			for seq := g.first; seq < g.end; seq++ {
				if s.Fault(seq) == name {
					want++
				}
			}
			if got := askedIn(g, s.FaultEvery, uint64(i), uint64(len(s.Faults))); got != want {
				t.Fatalf("%+v every %d: fault %d of %d: %d, want %d", g, s.FaultEvery, i, len(s.Faults), got, want)
			}
		}
	}
}

// Times of the agent, the pods and the API come out on one clock, whatever the
// agent's clock is ahead by.
func TestClocks(t *testing.T) {
	for name, clock := range map[string]history.Clock{
		"ahead, later epoch":      {Epoch: epoch.Add(agentEpoch + agentAhead), Offset: agentAhead},
		"on time":                 {Epoch: epoch.Add(agentEpoch)},
		"behind, with a zone":     {Epoch: epoch.Add(agentEpoch - time.Minute).In(time.FixedZone("", 3600)), Offset: -time.Minute},
		"a rough look beside it":  {Epoch: epoch.Add(agentEpoch + agentAhead), Offset: agentAhead, Uncertainty: time.Millisecond},
		"half a millisecond more": {Epoch: epoch.Add(agentEpoch + 500*time.Microsecond), Offset: 500 * time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			clock.Source = history.SourceAgent
			s := newStory()
			rough := clock
			rough.Offset, rough.Uncertainty = rough.Offset+40*time.Second, time.Second
			s.clocks = []history.Clock{rough, clock, rough}
			s.drop(0, 14*sec, 1, history.Reset)
			got := s.analyse(t)
			if o := got.Streams[0].Outages; len(o) != 1 || !o[0].Start.Equal(epoch.Add(14*time.Second)) {
				t.Errorf("outages %v, want one at 14 s", o)
			}
			if got.Verdict != Fail {
				t.Errorf("verdict %s %q", got.Verdict, got.Reasons)
			}
			for _, p := range got.Pods {
				if p.Name == "a" && !p.LastNewConnection.Equal(epoch.Add(13*time.Second+202*time.Millisecond)) {
					t.Errorf("last new connection of a at %s", p.LastNewConnection)
				}
			}
		})
	}
}

// The order of the records does not matter.
func TestAnyOrder(t *testing.T) {
	s := newStory()
	s.addStream("reused")
	s.drop(1, disruptionAt+600_000, 12, history.Refused)
	want := s.analyse(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		records := s.records()
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got, err := Analyse(each(records))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatal("in another order it is another trial")
		}
	}
}

// A history that stops anywhere is analysed as far as it goes.
func TestCut(t *testing.T) {
	s := newStory()
	s.drop(0, disruptionAt+600_000, 5, history.Refused)
	records := s.records()
	// As it is written: by time, roughly.
	events := slices.IndexFunc(records, func(r history.Record) bool { return r.Event != nil })
	slices.SortStableFunc(records[events:len(records)-2], func(a, b history.Record) int { return int(timeOf(a) - timeOf(b)) })
	for n := 1; n < len(records); n += 7 {
		for name, err := range map[string][]error{"cut": {history.ErrCut}, "without its end": nil} {
			got, err := Analyse(each(records[:n], err...))
			if err != nil {
				t.Fatalf("%d records, %s: %v", n, name, err)
			}
			checkSums(t, got)
			if got.Verdict != Inconclusive || got.AsExpected {
				t.Fatalf("%d of %d records, %s: verdict %s", n, len(records), name, got.Verdict)
			}
			if l := got.Ledger; l.ContradictionsTotal > 0 && name == "cut" {
				t.Fatalf("%d of %d records, %s: what is not there contradicts nothing: %v", n, len(records), name, l.Contradictions)
			}
		}
	}
}

func timeOf(r history.Record) history.Micros {
	switch {
	case r.Hit != nil:
		return r.Hit.Done + agentBehind
	case r.Conn != nil:
		return r.Conn.Closed + agentBehind
	case r.Served != nil:
		return r.Served.Done
	case r.Event != nil:
		return r.Event.T
	}
	return 0
}

func TestNoHistory(t *testing.T) {
	broken := errors.New("line 3: want exactly one record")
	meta := history.Record{Meta: &history.Meta{Started: epoch}}
	for name, c := range map[string]struct {
		records []history.Record
		err     []error
	}{
		"empty":            {nil, nil},
		"cut before meta":  {nil, []error{history.ErrCut}},
		"no meta":          {[]history.Record{{Event: &history.Event{}}}, nil},
		"two metas":        {[]history.Record{meta, meta}, nil},
		"unreadable bytes": {[]history.Record{meta}, []error{broken}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Analyse(each(c.records, c.err...))
			if err == nil || len(c.err) > 0 && !errors.Is(c.err[0], history.ErrCut) && !errors.Is(err, c.err[0]) {
				t.Errorf("got %+v and the error %v", got, err)
			}
		})
	}
}
