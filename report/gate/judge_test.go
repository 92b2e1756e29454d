package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
)

var day = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// trialsWith are trials of a scenario with one stream, each with the drops given;
// a negative number is an inconclusive trial.
func trialsWith(scenario string, began time.Time, drops ...int) (trials []report.Trial) {
	_, disruption, _ := strings.Cut(scenario, ".")
	for i, n := range drops {
		at := began.Add(time.Duration(i) * time.Minute)
		t := report.Trial{
			Scenario: scenario, Disruption: disruption, Trial: i + 1, Seed: uint64(i), Started: at, Verdict: report.Pass,
			Limits:  report.Limits{Budget: map[string]int{"fresh": 0}},
			Windows: []report.Window{{Name: "disruption", Start: at, End: at.Add(10 * time.Second)}},
		}
		if n > 0 {
			t.Verdict = report.Fail
		}
		if n < 0 {
			t.Verdict, n = report.Inconclusive, 0
		}
		s := report.Stream{Name: "fresh", Vantage: "service", Connection: "fresh", Rate: 100, Counts: report.Counts{Sent: 3000, Dropped: n}}
		latency := &report.Latency{P99: 60}
		s.Windows = map[string]report.StreamWindow{"baseline": {Latency: latency}, "disruption": {Latency: latency}}
		t.Streams = []report.Stream{s}
		trials = append(trials, t)
	}
	return trials
}

func now(drops ...int) report.Results {
	return resultsOf(trialsWith("shop.rollout", day, drops...))
}

func was(drops ...int) *report.Results {
	r := resultsOf(trialsWith("shop.rollout", day.Add(-time.Hour), drops...))
	return &r
}

func repeat(n, times int) []int { return slices.Repeat([]int{n}, times) }

func budget(t *testing.T, text string) *Budget {
	t.Helper()
	b, err := Decode("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// check is that of a metric against something.
func check(t *testing.T, r Report, metric, against string) Check {
	t.Helper()
	for _, s := range r.Scenarios {
		for _, c := range s.Checks {
			if c.Metric == metric && c.Against == against {
				return c
			}
		}
	}
	t.Fatalf("no check of %s against the %s: %+v", metric, against, r)
	return Check{}
}

func TestJudge(t *testing.T) {
	other := now(repeat(0, 10)...)
	for i := range other.Trials {
		other.Trials[i].Streams[0].Rate = 200
	}
	slow := now(repeat(0, 8)...)
	for i := range slow.Trials {
		slow.Trials[i].Streams[0].Windows["disruption"] = report.StreamWindow{Latency: &report.Latency{P99: 900}}
	}
	slower := now(repeat(0, 8)...) // before the disruption as well: not by it
	for i := range slower.Trials {
		for _, w := range []string{"baseline", "disruption"} {
			slower.Trials[i].Streams[0].Windows[w] = report.StreamWindow{Latency: &report.Latency{P99: 900}}
		}
	}
	killed := now(repeat(0, 8)...)
	for i := range killed.Trials {
		killed.Trials[i].Pods = []report.Pod{{TakenAway: true, Deleted: day, Killed: new(true)}}
	}
	skipped := report.Results{Skipped: []report.Skipped{{Scenario: "shop.rollout", Reason: "no nodes to drain"}}}
	for _, tc := range []struct {
		name     string
		now      report.Results
		baseline *report.Results
		budget   string
		want     Outcome
		says     string // in the reasons
	}{
		{"nothing changed", now(repeat(0, 5)...), was(repeat(0, 20)...), "", OK, ""},
		{"one of few drops", now(0, 1, 0, 0, 0), was(repeat(0, 20)...), "", Inconclusive, "and 1 of 5 trials dropped something now"},
		{"the same drops", now(70, 90, 80, 75, 85), was(80, 70, 90, 60, 85, 75, 95, 82, 78, 71), "", OK, ""},
		{"every trial drops now", now(9, 12, 30, 8, 11), was(repeat(0, 20)...), "", Worse, "by chance in less than 0.1 % of all cases"},
		{"better", now(repeat(0, 10)...), was(repeat(50, 10)...), "", OK, ""},
		{"more than it was", now(90, 95, 99, 97, 96, 98), was(10, 20, 30, 25, 15, 35, 30), "", Worse, ""},
		{"too few trials", now(9, 9), was(0, 0, 0), "", Inconclusive, "2 trials against 3 of the baseline cannot show it among 6 tests; 7 would, or 5 against 5"},
		{"one trial of the baseline", now(9, 9), was(0), "", Inconclusive, "2 trials against 1 of the baseline cannot show it among 6 tests; 5 against 5 would"},
		{"no drop in any, and too few", now(0, 0), was(0, 0), "", Inconclusive, "cannot show it"},
		{"some trials drop", now(0, 0, 0, 9, 8, 7, 0, 0, 0, 0), was(repeat(0, 10)...), "", Inconclusive, "the baseline dropped nothing, and 3 of 10 trials dropped something now"},
		{"one of many drops", now(append(repeat(0, 9), 1)...), was(repeat(0, 20)...), "", OK, ""},
		{"one of many drops, as before", now(0, 0, 0, 0, 1), was(append(repeat(0, 9), 1)...), "", OK, ""},
		{"more trials drop than did", now(1, 1, 1, 1, 1), was(append(repeat(0, 11), repeat(1, 9)...)...), "", Inconclusive, "by itself that much comes by chance in 3.8 % of all cases"},
		{"half of them drop", now(0, 0, 0, 9, 8, 7, 0, 6), was(repeat(0, 10)...), "", Inconclusive, "it may be worse"},
		{"most are inconclusive", now(-1, -1, -1, 0, 0, 0), was(repeat(0, 40)...), "", Inconclusive, "only 3 of 6 trials are conclusive"},
		{"most are inconclusive, and the others drop", now(-1, -1, -1, 9, 9, 9), was(repeat(0, 40)...), "", Worse, ""},
		{"none is conclusive", now(-1, -1), was(repeat(0, 20)...), "", Inconclusive, "none of its 2 trials is conclusive"},
		{"a baseline that showed nothing", now(0, 0), was(-1, -1), "", Inconclusive, "in the baseline none of its 2 trials is conclusive"},
		{"another load", other, was(repeat(0, 10)...), "", Inconclusive, "rate is 200, was 100"},
		{"slower in the disruption", slow, was(repeat(0, 10)...), "", Worse, ""},
		{"a slower machine", slower, was(repeat(0, 10)...), "", OK, ""},
		{"killed", killed, was(repeat(0, 10)...), "", Worse, ""},
		{"skipped", skipped, was(repeat(0, 10)...), "", Inconclusive, "skipped: no nodes to drain"},

		{"its own budget, kept", now(repeat(0, 5)...), nil, "", OK, ""},
		{"its own budget, not kept", now(9, 8, 7), nil, "", Worse, "3 of 3 trials over it, of which 10 % may be"},
		{"its own budget, skipped", skipped, nil, "", Inconclusive, "skipped"},
		{"a budget, too few trials", now(0, 0, 0), nil, "budgets: [{drops: 0}]", Inconclusive, "0 of 3 trials over it cannot show whether it is kept; 5 with no more over it would"},
		{"a budget, one of few over it", now(0, 0, 0, 0, 9), nil, "budgets: [{drops: 5}]", Inconclusive, "1 of 5 trials over it cannot show whether it is kept; 10 with no more over it would"},
		{"a budget, one of many over it", now(append(repeat(0, 9), 9)...), nil, "budgets: [{drops: 5}]", OK, ""},
		{"a budget, too many over it", now(append(repeat(0, 6), 9, 9, 9, 9)...), nil, "budgets: [{drops: 5}]", Worse, "4 of 10 trials over it"},
		{"a budget that none may be over", now(append(repeat(0, 9), 9)...), nil, "budgets: [{drops: 5, share: 0}]", Worse, "1 of 10 trials over it, of which 0 % may be"},
		{"a rate", now(repeat(30, 5)...), nil, "budgets: [{rate: 0.99%}]", Worse, ""},
		{"a rate, just kept", now(repeat(30, 5)...), nil, "budgets: [{rate: 1%}]", OK, ""},
		{"p99", slow, nil, "budgets: [{p99: 800ms}]", Worse, ""},
		{"p99 kept", slow, nil, "budgets: [{p99: 1s}]", OK, ""},
		{"kills", killed, nil, "budgets: [{kills: 0}]", Worse, ""},
		{"time", now(repeat(0, 5)...), nil, "budgets: [{time: 9s}]", Worse, ""},
		{"nothing knows it", now(repeat(0, 5)...), nil, "budgets: [{exit: 9s}]", Inconclusive, "no trial knows it"},
		{"a budget beside a baseline", now(repeat(9, 8)...), was(repeat(9, 8)...), "budgets: [{drops: 5}]", Worse, ""},
		{"no tolerance for the baseline", now(repeat(12, 8)...), was(repeat(10, 8)...), "", Worse, ""},
		{"a tolerance", now(repeat(12, 8)...), was(repeat(10, 8)...), "baseline: {drops: {plus: 2}}", OK, ""},
		{"a metric that is skipped", slow, was(repeat(0, 10)...), "baseline: {added: skip}", OK, ""},
		{"a metric that is added", slower, was(repeat(0, 10)...), "baseline: {p99: {times: 2}}", Worse, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Config{Baseline: tc.baseline}
			if tc.budget != "" {
				c.Budget = budget(t, tc.budget)
			}
			r, err := Judge(c, tc.now)
			if err != nil {
				t.Fatal(err)
			}
			says := fmt.Sprint(r.Notes)
			for _, s := range r.Scenarios {
				says += fmt.Sprint(s.Reasons)
				for _, c := range s.Checks {
					says += "\n" + c.Where() + ": " + c.Reason
					if (c.Outcome != OK) != (c.Reason != "") {
						t.Errorf("%s is %s: %q", c.Where(), c.Outcome, c.Reason)
					}
				}
			}
			if r.Outcome != tc.want || r.Exit != tc.want.ExitCode() || !strings.Contains(says, tc.says) {
				t.Errorf("%s (exit %d)\n%s\nwant %s and %q", r.Outcome, r.Exit, says, tc.want, tc.says)
			}
		})
	}
}

func TestJudgeRefuses(t *testing.T) {
	kind := was(0, 0, 0)
	kind.Cluster.Type = "kind"
	same := now(0, 0, 0)
	for name, tc := range map[string]struct {
		c    Config
		want string
	}{
		"another kind of cluster": {Config{Baseline: kind}, "the baseline is of a kind cluster"},
		"the same trials":         {Config{Baseline: &same}, "have trials in common"},
		"a budget for nothing":    {Config{Budget: budget(t, "budgets: [{scenarios: shp.*, drops: 0}]")}, `"shp.*" matches nothing`},
		"alpha":                   {Config{Alpha: 0.7}, "alpha 0.7"},
		"a pattern":               {Config{Scenarios: []string{"[", "x"}}, `"[" is no pattern`},
		"trials":                  {Config{MaxTrials: -1}, "-1 trials"},
	} {
		if r, err := Judge(tc.c, now(0, 0, 0)); err == nil || !strings.Contains(err.Error(), tc.want) || r.Schema != "" {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

// What the baseline has and the results have not is open, unless it is not judged.
func TestAScenarioThatWasNotRun(t *testing.T) {
	base := resultsOf(trialsWith("shop.rollout", day.Add(-time.Hour), repeat(0, 20)...), trialsWith("shop.drain", day.Add(-time.Hour), repeat(0, 20)...))
	fresh := resultsOf(trialsWith("shop.rollout", day, repeat(0, 5)...), trialsWith("new.rollout", day, repeat(0, 5)...))
	outcomes := func(c Config) (text string) {
		r, err := Judge(c, fresh)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Scenarios {
			text += fmt.Sprint(s.Name, " ", s.Outcome, s.Reasons, "\n")
		}
		return text
	}
	if got, want := outcomes(Config{Baseline: &base}), "shop.rollout ok[]\nnew.rollout inconclusive[in the baseline it was not run]\nshop.drain inconclusive[it was not run]\n"; got != want {
		t.Errorf("all:\n%swant\n%s", got, want)
	}
	if got, want := outcomes(Config{Baseline: &base, Scenarios: []string{"shop.r*"}}), "shop.rollout ok[]\n"; got != want {
		t.Errorf("some:\n%swant\n%s", got, want)
	}
	b := budget(t, "budgets: [{scenarios: new.*, drops: 0}]")
	if got, want := outcomes(Config{Baseline: &base, Budget: b, Scenarios: []string{"*.rollout"}}), "shop.rollout ok[]\nnew.rollout ok[]\n"; got != want {
		t.Errorf("with a budget for what is new:\n%swant\n%s", got, want)
	}
}

func TestUnknownValuesAreNotZero(t *testing.T) {
	r := now(repeat(0, 6)...)
	for i := range r.Trials {
		r.Trials[i].Pods = []report.Pod{{TakenAway: true, Deleted: day}} // nobody saw how it ended
		r.Trials[i].Streams[0].Windows["disruption"] = report.StreamWindow{Counts: report.Counts{Sent: 40, Dropped: 40}}
	}
	rep, err := Judge(Config{Budget: budget(t, "budgets: [{kills: 0, p99: 1h}]")}, r)
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, rep, "kills", AgainstBudget); c.Outcome != Inconclusive || c.Trials != 0 {
		t.Errorf("kills that nobody saw: %+v", c)
	}
	if c := check(t, rep, "p99", AgainstBudget); c.Outcome != Worse || c.Now != nil {
		t.Errorf("p99 of no success at all: %+v", c)
	}
	var text strings.Builder
	if err := rep.WriteJSON(&text); err != nil || strings.Count(text.String(), "\n") != 1 {
		t.Errorf("JSON in one line: %v\n%s", err, text.String())
	}
	if math.IsInf(p99(nil, &r.Trials[0].Streams[0]), 1) == false {
		t.Error("p99 of no success at all is finite")
	}
}
