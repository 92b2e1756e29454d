package render

import (
	"bytes"
	"encoding/json"
	"testing"

	"zarif/report"
	"zarif/report/claims"
	"zarif/report/measured"
)

func answers() []claims.Answer {
	return []claims.Answer{
		{Claim: 1, Sentence: "It is so.", Letter: "A", Title: "An article | with a bar", Answer: claims.True, Figures: []string{"x.rollout fresh: 0 of 3000 dropped, 3 trials"}},
		{Claim: 2, Sentence: "It is <b>not</b> so.", Letter: "B", Title: "Another", Answer: claims.False, Figures: []string{
			"1 of 4 scenarios as claimed (a.rollout fresh)", "b.rollout fresh: 12 of 3000 dropped (refused 12), 3 trials",
		}, Modelled: true, Note: "A note."},
		{Claim: 3, Sentence: "It may be so.", Letter: "A", Title: "An article | with a bar", Answer: claims.HalfTrue, Under: "on new connections", Figures: []string{
			"1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
		}},
		{Claim: 4, Sentence: "Who knows?", Letter: "F", Title: "heard", Answer: claims.NotMeasured, Figures: []string{}, Missing: []string{
			"a.rollout: 0 of 3 conclusive trials", "b", "c", "d", "e", "f", "g",
		}},
	}
}

func TestClaims(t *testing.T) {
	var table, page, data bytes.Buffer
	if err := ClaimsTable(&table, answers(), Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if err := ClaimsMarkdown(&page, answers(), []string{"cluster kind, Kubernetes v1.34.4, 3 nodes; zarif v1; 2026-11-22"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "claims-80.txt", table.String())
	golden(t, "claims.md", page.String())
	var back []claims.Answer
	if err := ClaimsJSON(&data, answers()); err != nil || json.Unmarshal(data.Bytes(), &back) != nil || len(back) != 4 {
		t.Errorf("%s, %v", data.Bytes(), err)
	}
}

func TestMeasured(t *testing.T) {
	rows := []measured.Row{
		{
			Setup: "x-default", Disruption: "rollout", Conclusive: 3, New: report.Met{Served: 4, Refused: 12, Reset: 1, Hung: 2, Errors: 3, Other: 1},
			InFlight: &report.InFlight{Kept: 30, Cut: 1, Unknown: 1}, Idle: report.Idle{Told: 3, Closed: 20, Cut: 2, Other: 1},
			ExitCodes: map[int]int{0: 8, -1: 1}, ExitLeast: new(0.25), ExitMost: new(1.31),
			Streams: map[string]measured.Losses{
				"fresh": {Trials: 3, RateLeast: 100, RateMost: 100, Sent: 3210, Dropped: 1212, Causes: map[string]int{"refused": 1211, "closed": 1}},
				"slow":  {Trials: 2, RateLeast: 1.5, RateMost: 6, Sent: 110},
			},
		},
		{Setup: "x-other", Disruption: "kill", Conclusive: 1, Left: 2, ExitCodes: map[int]int{137: 1}, ExitLeast: new(30.02), ExitMost: new(30.05)},
		{Setup: "x-none", Disruption: "rollout", Left: 3},
	}
	var page bytes.Buffer
	if err := MeasuredMarkdown(&page, measured.Page{
		Rows: rows, Without: []string{"x-late", "x-late-prestop"}, On: []string{"cluster kind, Kubernetes v1.34.4, 3 nodes, on a machine with 2 cores; zarif v1; 2026-11-22"},
	}); err != nil {
		t.Fatal(err)
	}
	golden(t, "measured.md", page.String())
}
