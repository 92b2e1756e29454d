package compare

import (
	"testing"
	"time"

	"zarif/report"
)

var day = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// run is one of shop.rollout with the drops of each trial, by "refused" but for one
// by cause.
func run(began time.Time, cause string, drops ...int) (r report.Results) {
	r.Cluster = report.ClusterInfo{Type: "kind", Kubernetes: "v1.34.4"}
	for i, n := range drops {
		at := began.Add(time.Duration(i) * time.Minute)
		t := report.Trial{Scenario: "shop.rollout", Disruption: "rollout", Trial: i + 1, Started: at, Verdict: report.Pass}
		s := report.Stream{Name: "fresh", Rate: 100, Counts: report.Counts{Sent: 1000, Dropped: n}, Causes: map[string]int{}}
		if n > 0 {
			t.Verdict = report.Fail
			s.Causes = map[string]int{"refused": n - 1, cause: 1}
		}
		t.Streams = []report.Stream{s}
		r.Trials = append(r.Trials, t)
	}
	return r
}

func numberOf(t *testing.T, table Table, metric, cause string) Number {
	t.Helper()
	for _, s := range table.Scenarios {
		for _, n := range s.Numbers {
			if n.Metric == metric && n.Cause == cause {
				return n
			}
		}
	}
	t.Fatalf("no %s %s in %+v", metric, cause, table)
	return Number{}
}

func TestCompare(t *testing.T) {
	later := day.Add(time.Hour)
	for name, tc := range map[string]struct {
		a, b report.Results
		want Finding
	}{
		"more":                 {run(day, "closed", 0, 0, 1, 0, 0, 1), run(later, "closed", 40, 50, 45, 60, 38, 52), More},
		"less":                 {run(day, "closed", 40, 50, 45, 60, 38, 52), run(later, "closed", 0, 0, 1, 0, 0, 1), Less},
		"noise":                {run(day, "closed", 40, 50, 45, 60, 38, 52), run(later, "closed", 51, 39, 47, 58, 44, 41), Noise},
		"the same":             {run(day, "closed", 0, 0, 0, 0, 0), run(later, "closed", 0, 0, 0, 0, 0), Noise},
		"too few":              {run(day, "closed", 0, 0), run(later, "closed", 40, 50), Unclear},
		"too few for the same": {run(day, "closed", 0), run(later, "closed", 0), Unclear},
	} {
		n := numberOf(t, Compare("a", "b", tc.a, tc.b), "drops", "")
		if n.Finding != tc.want {
			t.Errorf("%s: %s, want %s: %+v", name, n.Finding, tc.want, n)
		}
		if n.P != nil && *n.Corrected < *n.P {
			t.Errorf("%s: corrected %v is below %v", name, *n.Corrected, *n.P)
		}
	}
}

// As many drops by another cause are a change, too.
func TestCausesAreCompared(t *testing.T) {
	table := Compare("a", "b", run(day, "closed", 40, 50, 45, 60, 38, 52), run(day.Add(time.Hour), "dns", 51, 39, 47, 58, 44, 41))
	for cause, want := range map[string]Finding{"closed": Less, "dns": More, "refused": Noise} {
		if n := numberOf(t, table, "cause", cause); n.Finding != want {
			t.Errorf("%s: %s, want %s", cause, n.Finding, want)
		}
	}
	if table.Changes != 2 {
		t.Errorf("%d changes, want 2", table.Changes)
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	a, b := run(day, "closed", 0, 0, 0, 0, 0), run(day.Add(time.Hour), "closed", 0, 0, 0, 0, 0)
	for i := range b.Trials {
		b.Trials[i].Streams[0].Rate = 200
	}
	b.Cluster.Kubernetes = "v1.35.1"
	table := Compare("a", "b", a, b)
	if r := table.Scenarios[0].Reasons; len(r) != 1 || r[0] != "stream fresh is not loaded alike: rate is 200, was 100" {
		t.Errorf("reasons: %q", r)
	}
	if n := table.Notes; len(n) != 1 || n[0] != "Kubernetes v1.35.1, was v1.34.4" {
		t.Errorf("notes: %q", n)
	}
	for i := range a.Trials {
		a.Trials[i].Verdict = report.Inconclusive
	}
	table = Compare("a", "b", a, b)
	if s := table.Scenarios[0]; len(s.Numbers) != 0 || s.Reasons[0] != "A: none of its 5 trials is conclusive" {
		t.Errorf("without a conclusive trial: %+v", s)
	}
}
