package gate

import (
	"errors"
	"strings"
	"testing"

	"zarif/document"
	"zarif/report"
)

const fullBudget = `
share: 0.2
budgets:
  - drops: 5
    rate: 0.5%
  - scenarios: ["go-*.rollout", other]
    streams: fresh
    share: 0
    drops: 0
    outage: 1.5s
    p99: 400ms
  - scenarios: go-drain.*
    time: 1m
    exit: 10s
    kills: 0
baseline:
  p99: {times: 1.2, plus: 20ms}
  drops: {plus: 2}
  time: skip
`

func TestDecode(t *testing.T) {
	b, err := Decode("b.yaml", []byte(fullBudget))
	if err != nil {
		t.Fatal(err)
	}
	metric := func(name string) Metric { m, _ := Named(name); return m }
	for _, tc := range []struct {
		metric, scenario, stream string
		want                     limit
	}{
		{"drops", "x.rollout", "fresh", limit{5, 0.2, "b.yaml:4"}},
		{"drops", "go-exit.rollout", "fresh", limit{0, 0, "b.yaml:6"}},
		{"drops", "go-exit.rollout", "reused", limit{5, 0.2, "b.yaml:4"}},
		{"rate", "go-exit.rollout", "fresh", limit{0.005, 0.2, "b.yaml:4"}},
		{"outage", "other", "fresh", limit{1500, 0, "b.yaml:6"}},
		{"p99", "other", "fresh", limit{400, 0, "b.yaml:6"}},
		{"time", "go-drain.kill", "", limit{60, 0.2, "b.yaml:12"}},
	} {
		if got, ok := b.limit(metric(tc.metric), tc.scenario, tc.stream); !ok || got != tc.want {
			t.Errorf("%s of %s, %s: %+v (%v), want %+v", tc.metric, tc.scenario, tc.stream, got, ok, tc.want)
		}
	}
	if _, ok := b.limit(metric("time"), "go-exit.rollout", ""); ok {
		t.Error("the time of go-exit.rollout is limited")
	}
	want := map[string]Tolerance{"p99": {Times: 1.2, Plus: 20}, "drops": {Times: 1, Plus: 2}, "time": {Skip: true}, "outage": DefaultTolerances()["outage"]}
	for name, tolerance := range want {
		if got := b.tolerances()[name]; got != tolerance {
			t.Errorf("tolerance of %s: %+v, want %+v", name, got, tolerance)
		}
	}
}

func TestDecodeNamesEveryFault(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"empty":         {"", []string{"b.yaml:1: the file is empty; want budgets or baseline, or both"}},
		"a comment":     {"# nothing\n", []string{"b.yaml:1: the file is empty"}},
		"nothing":       {"share: 0.1\n", []string{"b.yaml:1: it says nothing; want budgets or baseline, or both"}},
		"a list":        {"- drops: 1\n", []string{"b.yaml:1: this is a list; want a mapping with baseline, budgets or share"}},
		"unknown field": {"budget:\n  - drops: 1\n", []string{"b.yaml:1: budget: unknown field; want baseline, budgets or share"}},
		"every fault, by line": {
			"budgets:\n  - drops: -1\n    p99: 400\n  - rate: 5\n    kills: 1.5\n  - streams: fresh\nshare: 0.9\n",
			[]string{
				`b.yaml:2: budgets[0].drops: -1 cannot be used; want a whole number from 0 up`,
				`b.yaml:3: budgets[0].p99: 400 has no unit; want a duration with its unit, such as 400ms`,
				`b.yaml:4: budgets[1].rate: 5 has no unit; want a percentage from 0% to 100%, such as 0.1%`,
				`b.yaml:5: budgets[1].kills: 1.5 cannot be used; want a whole number from 0 up`,
				"b.yaml:6: budgets[2]: it limits nothing; want one or more of drops, rate, outage, p99, time, exit, kills",
				`b.yaml:7: share: 0.9 cannot be used; want the part of the trials that may be over a limit, from 0 to 0.5`,
			},
		},
		"given twice":     {"budgets:\n  - drops: 1\n    drops: 2\n", []string{"b.yaml:3: budgets[0].drops: given twice, first in line 2; want one of the two"}},
		"no pattern":      {"budgets:\n  - scenarios: 'a['\n    drops: 1\n", []string{`b.yaml:2: budgets[0].scenarios: "a[" is no pattern`}},
		"no list":         {"budgets: 5\n", []string{"b.yaml:1: budgets: 5 is a number; want a list with one entry or more"}},
		"negative":        {"budgets: [{outage: -1s}]\n", []string{`b.yaml:1: budgets[0].outage: -1s is negative`}},
		"a percentage":    {"budgets: [{rate: 101%}]\n", []string{`b.yaml:1: budgets[0].rate: "101%" is no percentage; want a percentage from 0% to 100%, such as 0.1%`}},
		"no tolerance":    {"baseline:\n  time: 5s\n", []string{`b.yaml:2: baseline.time: "5s" is no tolerance; want skip, or times (1 or more) and plus (a duration)`}},
		"a factor":        {"baseline:\n  time: {times: 0.5}\n", []string{`b.yaml:2: baseline.time.times: 0.5 cannot be used; want a factor from 1 to 100, such as 1.25`}},
		"of any":          {"baseline:\n  any: {plus: 10%}\n", []string{"b.yaml:2: baseline.any: a trial with a drop has no tolerance; want skip"}},
		"an alias":        {"share: &a 0.1\nbudgets: *a\n", []string{"b.yaml:2: budgets: an alias (*a) cannot be used here; want the value itself"}},
		"two documents":   {"budgets: [{drops: 1}]\n---\nx: 1\n", []string{"b.yaml:2: a second document begins here; want one document per file"}},
		"not YAML":        {"budgets:\n  - drops: 1\n  drops: 2\n", []string{"b.yaml:2: this is not YAML: did not find expected '-' indicator"}},
		"an open quote":   {"budgets: [{drops: \"1}]\n", []string{"b.yaml:1: this is not YAML: found unexpected end of stream"}},
		"an odd mapping":  {"budgets:\n  - {[a]: 1}\n", []string{"b.yaml:2: budgets[0]: a key is not a plain word"}},
		"infinite drops":  {"budgets: [{drops: .inf}]\n", []string{`.inf cannot be used`}},
		"no value":        {"budgets: [{drops: }]\n", []string{"there is no value; want a whole number"}},
		"nan of a factor": {"baseline: {time: {times: .nan}}\n", []string{`.nan cannot be used`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode("b.yaml", []byte(tc.text))
			var faults document.Faults
			if !errors.As(err, &faults) || len(faults) != len(tc.want) {
				t.Fatalf("faults:\n%v\nwant %d", err, len(tc.want))
			}
			for i, want := range tc.want {
				if !strings.Contains(faults[i].Error(), want) {
					t.Errorf("%s\nwant %s", faults[i].Error(), want)
				}
			}
		})
	}
}

func TestABudgetForNothingIsAFault(t *testing.T) {
	b, err := Decode("b.yaml", []byte("budgets:\n  - scenarios: [go-exit.*, go-exti.*]\n    streams: frech\n    drops: 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := resultsOf([]report.Trial{{Scenario: "go-exit.rollout", Streams: []report.Stream{{Name: "fresh"}}}})
	got := b.Idle(r)
	want := []string{
		`b.yaml:2: budgets[0].scenarios: "go-exti.*" matches nothing in these results; want a pattern for go-exit.rollout`,
		`b.yaml:2: budgets[0].streams: "frech" matches nothing in these results; want a pattern for fresh`,
	}
	if got.Error() != strings.Join(want, "\n") {
		t.Errorf("faults:\n%v\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(fullBudget)
	for _, text := range []string{"", "budgets: [{drops: 1}]", "baseline: {p99: skip}", "budgets: *a", "? [a]\n: b", "budgets:\n  - <<: {drops: 1}\n", "\t", "%YAML 2.0\n---\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Decode("b.yaml", []byte(text))
		if err == nil {
			b.Idle(resultsOf(nil))
			for _, m := range Metrics() {
				b.limit(m, "go-exit.rollout", "fresh")
			}
			return
		}
		var faults document.Faults
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, fault := range faults {
			if fault.Line < 0 || fault.Line > 1+strings.Count(text, "\n") || fault.Problem == "" {
				t.Errorf("%+v of a text of %d lines", fault, 1+strings.Count(text, "\n"))
			}
		}
	})
}
