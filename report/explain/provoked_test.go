package explain

import (
	"reflect"
	"strings"
	"testing"

	"zarif/report"
)

func TestProvoked(t *testing.T) {
	tests := []struct {
		name    string
		verdict report.Verdict
		found   map[string]int
		says    string // of the trial; empty: as expected
	}{
		{"what was provoked", report.Fail, map[string]int{LateEndpoint: 3}, ""},
		{"and what may come beside it", report.Fail, map[string]int{LateEndpoint: 1, GoneAddress: 50}, ""},
		{"nothing lost", report.Pass, nil, "late-endpoint was provoked, and lost none of 0 lost hits"},
		{"only what may come beside it", report.Fail, map[string]int{GoneAddress: 5}, "lost none of 5 lost hits"},
		{"something else", report.Fail, map[string]int{LateEndpoint: 50, Unexplained: 1, Overload: 1}, "2 of 52 lost hits were lost by overload, unexplained, which nobody said"},
		{"one in a hundred of something else", report.Fail, map[string]int{LateEndpoint: 99, Unexplained: 1}, ""},
		{"an inconclusive trial is not as expected anyway", report.Inconclusive, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trial := report.Trial{Verdict: test.verdict, AsExpected: test.verdict != report.Inconclusive, Streams: []report.Stream{
				{Name: "fresh", Provokes: LateEndpoint, Besides: []string{GoneAddress}, AsExpected: true},
				{Name: "reused", AsExpected: true},
			}}
			for name, n := range test.found {
				trial.Findings = append(trial.Findings, report.Finding{Mechanism: name, Stream: "fresh", Hits: n})
			}
			trial.Findings = append(trial.Findings, report.Finding{Mechanism: Unexplained, Stream: "reused", Hits: 7})
			provoked(&trial)
			said := strings.Join(trial.Unexpected, "; ")
			if !strings.Contains(said, test.says) || (said == "") != (test.says == "") {
				t.Errorf("it says %q, want %q", said, test.says)
			}
			if definite := test.verdict != report.Inconclusive; trial.AsExpected != (definite && test.says == "") || trial.Streams[0].AsExpected != (test.says == "") || !trial.Streams[1].AsExpected {
				t.Errorf("as expected %v, its streams %v and %v", trial.AsExpected, trial.Streams[0].AsExpected, trial.Streams[1].AsExpected)
			}
		})
	}
}

func TestConfuse(t *testing.T) {
	trial := func(n int, verdict report.Verdict, found map[string]int) report.Trial {
		of := report.Trial{Scenario: "s", Trial: n, Verdict: verdict, Streams: []report.Stream{
			{Name: "quiet"}, {Name: "unsaid"}, {Name: "fresh", Provokes: GoneAddress, Besides: []string{LateEndpoint}},
		}}
		for name, hits := range found {
			of.Findings = append(of.Findings, report.Finding{Mechanism: name, Stream: "fresh", Hits: hits})
		}
		of.Findings = append(of.Findings, report.Finding{Mechanism: IdleRace, Stream: "unsaid", Hits: 2})
		return of
	}
	got := Confuse([]report.Trial{
		trial(1, report.Fail, map[string]int{GoneAddress: 10, LateEndpoint: 4}),
		trial(2, report.Inconclusive, map[string]int{LateEndpoint: 1, Unexplained: 3}),
	})
	want := Confusion{
		Mechanisms: []string{IdleRace, GoneAddress, LateEndpoint, Unexplained}, Lost: 22, Provoked: 10, Beside: 5, Outside: 3, Unsaid: 4,
		Rows: []ConfusionRow{
			{Provokes: GoneAddress, Besides: []string{LateEndpoint}, Scenario: "s", Stream: "fresh", Trials: 2, Missing: 1, Open: 1, Lost: 18, Outside: 3,
				Found: map[string]int{GoneAddress: 10, LateEndpoint: 5, Unexplained: 3}},
			{Scenario: "s", Stream: "unsaid", Trials: 2, Open: 1, Lost: 4, Found: map[string]int{IdleRace: 4}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
