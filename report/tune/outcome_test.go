package tune_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/report/tune"
)

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return began.Add(time.Duration(seconds * float64(time.Second)))
}

// rolled is a trial as a rollout leaves it, with a preStop sleep of 2 s: one pod deleted
// after 20 s, which exited 2.4 s later.
func rolled(change func(*report.Trial)) report.Trial {
	t := report.Trial{
		Verdict: report.Pass, Complete: true,
		Streams: []report.Stream{{Name: "fresh"}, {Name: "reused"}},
		Windows: []report.Window{{Name: history.WindowDisruption, Start: at(15), End: at(27)}, {Name: history.WindowRecovery, Start: at(27), End: at(37)}},
		Events:  []report.Event{{T: at(27), Type: history.EventComplete}},
		Pods: []report.Pod{
			{Name: "old", TakenAway: true, Deleted: at(20), LastAttempt: at(21.2), GraceUsed: new(2.4), ExitedPrecision: new(100.0)},
			{Name: "new"},
		},
	}
	change(&t)
	return t
}

// loses drops hits of a stream, as a finding has it.
func loses(t *report.Trial, stream, mechanism string, hits int) {
	for i := range t.Streams {
		if t.Streams[i].Name == stream {
			t.Streams[i].Dropped += hits
		}
	}
	t.Findings = append(t.Findings, report.Finding{Stream: stream, Mechanism: mechanism, Hits: hits, Dropped: hits, Advice: "do something about " + mechanism})
}

func TestOutcomeOf(t *testing.T) {
	tests := map[string]struct {
		change func(*report.Trial)
		kind   tune.Kind
		reason string
		count  map[string]int
		others map[string]int
	}{
		"nothing was lost": {func(*report.Trial) {}, tune.Clean, "", nil, nil},
		"a stream that counts lost some": {func(t *report.Trial) {
			loses(t, "fresh", explain.LateEndpoint, 3)
			loses(t, "fresh", explain.GoneAddress, 2)
			t.Verdict = report.Fail
		}, tune.Lost, "", map[string]int{explain.LateEndpoint: 3, explain.GoneAddress: 2}, nil},
		"another one lost some": {func(t *report.Trial) { loses(t, "reused", explain.IdleRace, 2) },
			tune.Clean, "", nil, map[string]int{explain.IdleRace: 2}},
		"masked hits were not dropped": {func(t *report.Trial) {
			t.Streams[0].Masked = 1
			t.Findings = append(t.Findings, report.Finding{Stream: "fresh", Mechanism: explain.IdleRace, Hits: 1, Masked: 1})
		}, tune.Clean, "", nil, nil},
		"what nobody explained was lost all the same": {func(t *report.Trial) {
			t.Streams[0].Dropped, t.Verdict = 4, report.Fail
		}, tune.Lost, "", map[string]int{explain.Unexplained: 4}, nil},
		"an inconclusive trial says nothing": {func(t *report.Trial) {
			t.Verdict, t.Reasons = report.Inconclusive, []string{"the machine was busy", "and more"}
		}, tune.Doubtful, "the machine was busy", nil, nil},
		"even where it lost something": {func(t *report.Trial) {
			loses(t, "fresh", explain.LateEndpoint, 1)
			t.Verdict, t.Reasons = report.Inconclusive, []string{"the baseline dropped 1"}
		}, tune.Doubtful, "the baseline dropped 1", map[string]int{explain.LateEndpoint: 1}, nil},
		"the sleep did not run": {func(t *report.Trial) { t.Pods[0].GraceUsed = new(0.3) }, tune.Doubtful, "the preStop sleep of pod old did not run to its end: it exited 0.3 s after its deletion", nil, nil},
		"an exit known to the second may be late enough": {func(t *report.Trial) {
			t.Pods[0].GraceUsed, t.Pods[0].ExitedPrecision = new(0.5), new(1000.0)
		}, tune.Clean, "", nil, nil},
		"the cluster cannot do it":         {func(t *report.Trial) { t.Skipped, t.Verdict = "no PID namespaces", report.Inconclusive }, tune.Skip, "no PID namespaces", nil, nil},
		"a fail of which nothing is known": {func(t *report.Trial) { t.Verdict = report.Fail }, tune.Doubtful, "other streams than those that count were over a budget", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := tune.OutcomeOf(rolled(test.change), tune.Candidate{PreStop: 2, Grace: 30}, []string{"fresh"})
			if o.Kind != test.kind || o.Reason != test.reason || !maps.Equal(o.Counted, test.count) || !maps.Equal(o.Others, test.others) {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestOutcomeMeasures(t *testing.T) {
	o := tune.OutcomeOf(rolled(func(t *report.Trial) {
		t.Streams[0].Windows = map[string]report.StreamWindow{"disruption": {Latency: &report.Latency{Max: 1700}}}
		t.Pods = append(t.Pods,
			report.Pod{Name: "stubborn", TakenAway: true, Deleted: at(21), GraceUsed: new(30.0), Killed: new(true)},
			report.Pod{Name: "crashed", TakenAway: true})
	}), tune.Candidate{PreStop: 2, Grace: 30}, []string{"fresh"})
	if len(o.Late) != 1 || o.Late[0] != 1200*time.Millisecond {
		t.Errorf("late %v, want 1.2 s", o.Late)
	}
	if len(o.Drains) != 1 || o.Drains[0].Round(time.Millisecond) != 500*time.Millisecond {
		t.Errorf("drains %v, want 0.5 s: 0.4 s, and 0.1 s that it can have been more", o.Drains)
	}
	if o.Killed != 1 || o.Took != 12*time.Second || o.Slowest != 1700*time.Millisecond {
		t.Errorf("killed %d, took %s, slowest %s", o.Killed, o.Took, o.Slowest)
	}
	incomplete := tune.OutcomeOf(rolled(func(t *report.Trial) { t.Events = nil }), tune.Candidate{PreStop: 2, Grace: 30}, []string{"fresh"})
	if incomplete.Took != 0 {
		t.Errorf("a disruption that was not seen to be complete took %s", incomplete.Took)
	}
}

// TestDoubtfulLoss: a loss in an inconclusive trial refuses nothing, and is not passed
// over: the row begins anew, and the result says so.
func TestDoubtfulLoss(t *testing.T) {
	c := tune.Defaults()
	c.Own.Grace = 30
	s, err := tune.New(c)
	if err != nil {
		t.Fatal(err)
	}
	clean := tune.Outcome{Kind: tune.Clean, Dropped: map[string]int{"fresh": 0}}
	doubtful := tune.Outcome{Kind: tune.Doubtful, Reason: "late", Dropped: map[string]int{"fresh": 2}, Counted: map[string]int{explain.Unexplained: 2}}
	trials := 0
	for {
		if _, more := s.Next(); !more {
			break
		}
		trials++
		if trials == 10 {
			s.Add(doubtful)
			continue
		}
		s.Add(clean)
	}
	r := s.Result(tune.Story{Streams: []string{"fresh"}})
	if trials != 20 || r.State != tune.Found || *r.PreStop != 0 {
		t.Errorf("%s %v after %d trials, want 9, the doubtful one, and 10", r.State, r.PreStop, trials)
	}
	if row := r.Candidates[0]; row.Trials != 19 || row.InRow != 10 || row.Doubted != 2 || row.Dropped["fresh"] != 0 {
		t.Errorf("%+v", row)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "1 inconclusive trial with no preStop sleep lost 2 hits") {
		t.Error(notes)
	}
}
