package render

import (
	"bytes"
	"strings"
	"testing"

	"zarif/report"
)

func explained() report.Results {
	return report.Results{
		Scenarios: []report.ScenarioSummary{{Scenario: "go-exit.rollout", Trials: 2, Advice: []report.Advice{{Text: "preStop sleep 2 s"}}}},
		Trials: []report.Trial{
			{Scenario: "go-exit.rollout", Trial: 1, Findings: []report.Finding{
				{ID: "f1", Mechanism: "late-endpoint", What: "it came late", Stream: "fresh", Hits: 3, HitIDs: []string{"0-1", "0-2", "0-3"}, Summary: "3 hits of stream fresh: it came late", Evidence: []string{"pod a: exited"}, Joins: map[string]int{"elimination": 2, "log": 1}},
				{ID: "f2", Mechanism: "idle-race", What: "closed", Stream: "reused", Hits: 1, HitIDs: []string{"1-4"}, Missing: []string{"the log"}},
			}},
			{Scenario: "go-exit.rollout", Trial: 2,
				Findings: []report.Finding{{ID: "f1", Mechanism: "late-endpoint", What: "it came late", Stream: "reused", Hits: 5}},
				Remarks:  []report.Remark{{ID: "r1", Kind: "exit-code", Summary: "not 0", Pods: []string{"a", "b"}, Advice: "exit with 0"}}},
		},
	}
}

func TestLostHitsAreAddedUpOverTrials(t *testing.T) {
	got := strings.Join(lost(explained()), "\n")
	want := `go-exit.rollout: 8 hits on fresh and reused: it came late (late-endpoint)
go-exit.rollout: 1 hit on reused: closed (idle-race)
go-exit.rollout, advice: preStop sleep 2 s
go-exit.rollout, 2 pods: not 0; advice: exit with 0`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if lines := lost(report.Results{Scenarios: []report.ScenarioSummary{{Scenario: "a"}}, Trials: []report.Trial{{Scenario: "a"}}}); len(lines) > 0 {
		t.Errorf("nothing was lost: %q", lines)
	}
}

func TestFindings(t *testing.T) {
	var out bytes.Buffer
	if err := Findings(&out, explained(), Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"f1 3 hits of stream fresh: it came late", "- pod a: exited", "known by elimination 2, log 1; hits 0-1, 0-2, 0-3", "missing: the log", "Why requests were lost"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("it does not say %q:\n%s", part, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if len([]rune(strings.TrimRight(line, "\n"))) > 100 {
			t.Errorf("too wide: %q", line)
		}
	}
}
