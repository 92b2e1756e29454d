package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/compare"
	"zarif/report/gate"
)

// runOf is a run of three scenarios: per trial the drops of both streams of
// shop.rollout, and p99 in its disruption.
func runOf(began time.Time, version string, trials ...[3]int) report.Results {
	r := report.Results{Schema: report.Schema, Tool: report.Tool{Version: version}, Cluster: report.ClusterInfo{Type: "kind", Name: "zarif", Kubernetes: "v1.34.4"}}
	for _, name := range []string{"shop.rollout", "till.rollout"} {
		for i, of := range trials {
			if name == "till.rollout" {
				of = [3]int{0, 0, 60 + i}
			}
			at := began.Add(time.Duration(i) * time.Minute)
			t := report.Trial{
				Scenario: name, Disruption: "rollout", Trial: i + 1, Seed: uint64(i), Started: at, Verdict: report.Pass,
				Windows: []report.Window{{Name: "disruption", Start: at, End: at.Add(time.Duration(10000+i*130) * time.Millisecond)}},
				Pods:    []report.Pod{{TakenAway: true, Deleted: at, Killed: new(false), GraceUsed: new(5.1 + float64(i)/100)}},
			}
			for j, stream := range []string{"fresh", "reused"} {
				s := report.Stream{
					Name: stream, Vantage: "service", Connection: stream, Rate: 100, Counts: report.Counts{Sent: 3300, Dropped: of[j]}, Causes: map[string]int{},
					Windows: map[string]report.StreamWindow{"baseline": {Latency: &report.Latency{P99: 60}}, "disruption": {Latency: &report.Latency{P99: float64(of[2])}}},
				}
				if of[j] > 0 {
					t.Verdict = report.Fail
					s.Causes = map[string]int{"refused": of[j] - 1, "closed": 1}
					s.Outages = []report.Outage{{Start: at, End: at.Add(time.Duration(10*of[j]) * time.Millisecond), Dropped: of[j]}}
				}
				t.Streams = append(t.Streams, s)
			}
			r.Trials = append(r.Trials, t)
		}
	}
	return r
}

var gateDay = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func runBefore() report.Results {
	var trials [][3]int
	for i := range 12 {
		trials = append(trials, [3]int{0, i % 2, 60 + i%5})
	}
	return runOf(gateDay, "v1", trials...)
}

func runAfter() report.Results {
	r := runOf(gateDay.Add(time.Hour), "v2", [3]int{41, 3, 80}, [3]int{55, 0, 71}, [3]int{38, 2, 95}, [3]int{61, 1, 66}, [3]int{47, 4, 82}, [3]int{52, 1, 77})
	r.Cluster.Kubernetes = "v1.35.1"
	r.Skipped = []report.Skipped{{Scenario: "shop.drain", Reason: "no second node | here"}}
	return r
}

// judgements are gates with one of everything.
func judgements(t *testing.T) map[string]gate.Report {
	t.Helper()
	before := runBefore()
	judge := func(c gate.Config, r report.Results) gate.Report {
		rep, err := gate.Judge(c, r)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	b, err := gate.Decode("budget.yaml", []byte("budgets:\n  - drops: 2\n    rate: 1%\n    p99: 500ms\n  - scenarios: till.*\n    time: 20s\n    kills: 0\n    share: 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	few := runAfter()
	few.Trials = append(few.Trials[:2:2], few.Trials[6:8]...)
	return map[string]gate.Report{
		"worse":   judge(gate.Config{Baseline: &before, Budget: b}, runAfter()),
		"ok":      judge(gate.Config{Baseline: &before}, runOf(gateDay.Add(time.Hour), "v2", [][3]int{{0, 1, 61}, {0, 0, 62}, {0, 1, 60}, {0, 0, 64}, {0, 1, 60}, {0, 0, 63}}...)),
		"few":     judge(gate.Config{Baseline: &before}, few),
		"nothing": judge(gate.Config{Scenarios: []string{"no-such"}}, before),
	}
}

func TestGate(t *testing.T) {
	for name, r := range judgements(t) {
		for form, write := range map[string]func(*bytes.Buffer) error{
			name + "-160.txt":    func(w *bytes.Buffer) error { return GateTable(w, r, false, Options{}) },
			name + "-80.txt":     func(w *bytes.Buffer) error { return GateTable(w, r, false, Options{Width: 80}) },
			name + "-colour.txt": func(w *bytes.Buffer) error { return GateTable(w, r, true, Options{Width: 170, Colour: true}) },
			name + ".md":         func(w *bytes.Buffer) error { return GateMarkdown(w, r, false) },
			name + ".junit.xml":  func(w *bytes.Buffer) error { return GateJUnit(w, r) },
			name + ".github.txt": func(w *bytes.Buffer) error { return GateAnnotations(w, r) },
		} {
			t.Run(form, func(t *testing.T) {
				var out bytes.Buffer
				if err := write(&out); err != nil {
					t.Fatal(err)
				}
				golden(t, "gate-"+form, out.String())
			})
		}
	}
}

// What CI counts is what the gate says.
func TestGateJUnitCounts(t *testing.T) {
	for name, r := range judgements(t) {
		var out bytes.Buffer
		if err := GateJUnit(&out, r); err != nil {
			t.Fatal(err)
		}
		var read junitReport
		if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
			t.Fatal(err)
		}
		failures, errors := 0, 0
		for _, s := range r.Scenarios {
			for _, c := range s.Checks {
				switch c.Outcome {
				case gate.Worse:
					failures++
				case gate.Inconclusive:
					errors++
				}
			}
			if len(s.Reasons) > 0 {
				errors++
			}
		}
		if read.Failures != failures || read.Errors != errors {
			t.Errorf("%s: %d failures and %d errors, want %d and %d", name, read.Failures, read.Errors, failures, errors)
		}
		if (r.Outcome == gate.OK) != (failures+errors == 0) && len(r.Scenarios) > 0 {
			t.Errorf("%s is %s, with %d failures and %d errors", name, r.Outcome, failures, errors)
		}
	}
}

func TestGateAnnotationsAreCommands(t *testing.T) {
	var r gate.Report
	for i := range 30 {
		r.Scenarios = append(r.Scenarios, gate.Scenario{Name: fmt.Sprintf("s%d.rollout", i), Outcome: gate.Worse, Checks: []gate.Check{
			{Metric: "drops", Against: gate.AgainstBaseline, Outcome: gate.Worse, Reason: fmt.Sprintf("50%% of\r\n%d", i)},
		}})
	}
	var out bytes.Buffer
	if err := GateAnnotations(&out, r); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 10 || !strings.HasSuffix(lines[9], "and 21 more: the summary of the job has them") {
		t.Errorf("%d lines, the last: %s", len(lines), lines[len(lines)-1])
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "::error title=zarif gate::") || strings.Contains(strings.ReplaceAll(line, "%25", ""), "%") {
			t.Errorf("no command: %q", line)
		}
	}
}

func TestCompare(t *testing.T) {
	table := compare.Compare("before", "after", runBefore(), runAfter())
	for form, write := range map[string]func(*bytes.Buffer) error{
		"160.txt":    func(w *bytes.Buffer) error { return CompareTable(w, table, false, Options{}) },
		"60.txt":     func(w *bytes.Buffer) error { return CompareTable(w, table, false, Options{Width: 60}) },
		"colour.txt": func(w *bytes.Buffer) error { return CompareTable(w, table, true, Options{Width: 170, Colour: true}) },
		"runs.md":    func(w *bytes.Buffer) error { return CompareMarkdown(w, table, false) },
		"nothing.md": func(w *bytes.Buffer) error {
			return CompareMarkdown(w, compare.Compare("a", "b", report.Results{}, report.Results{}), false)
		},
	} {
		t.Run(form, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, "compare-"+form, out.String())
		})
	}
}
