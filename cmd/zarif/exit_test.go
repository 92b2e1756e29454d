package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"zarif/report"
)

func TestUncancelled(t *testing.T) {
	left := errors.New("a namespace is left")
	for name, c := range map[string]struct{ err, want error }{
		"nothing":    {nil, nil},
		"interrupt":  {fmt.Errorf("a 1/1: %w", context.Canceled), nil},
		"other":      {left, left},
		"both":       {errors.Join(context.Canceled, left), left},
		"both below": {fmt.Errorf("a 1/1: %w", errors.Join(fmt.Errorf("deploy: %w", context.Canceled), left)), left},
	} {
		t.Run(name, func(t *testing.T) {
			if got := uncancelled(c.err); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestAllowSkipped(t *testing.T) {
	good, bad, open := report.Trial{Scenario: "a", Verdict: report.Pass, AsExpected: true}, report.Trial{Scenario: "b", Verdict: report.Fail}, report.Trial{Scenario: "c", Verdict: report.Inconclusive}
	skipped := report.Trial{Scenario: "d", Skipped: "no namespaces"}
	for name, c := range map[string]struct {
		trials        []report.Trial
		want, allowed int
	}{
		"all good":         {[]report.Trial{good}, 0, 0},
		"one skipped":      {[]report.Trial{good, skipped}, 3, 0},
		"all skipped":      {[]report.Trial{skipped}, 3, 3},
		"skipped and bad":  {[]report.Trial{good, skipped, bad}, 1, 1},
		"skipped and open": {[]report.Trial{good, skipped, open}, 3, 3},
		"nothing at all":   {nil, 3, 3},
		"one open":         {[]report.Trial{open}, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.Collect(c.trials)
			if got := codeOf(r, false); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
			if got := codeOf(r, true); got != c.allowed {
				t.Errorf("with --allow-skipped exit code %d, want %d", got, c.allowed)
			}
		})
	}
}
