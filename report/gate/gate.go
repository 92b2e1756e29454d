// Package gate owns the judgement of results for a pipeline: whether what a run
// showed keeps to budgets, and is not worse than what another run showed. It owns
// the statistics for that, and the file of budgets. It reads results, runs nothing
// by itself, and does not render: that is report/render's.
//
// The unit of all tests is the trial. Hits of one trial are not independent: they
// are dropped by pod, and a trial with a hundred drops says no more about the next
// trial than one with ten.
package gate

import (
	"fmt"
	"path"

	"zarif/report"
)

// An Outcome is what a check, or a whole gate, came to.
type Outcome string

// The outcomes. Inconclusive is never OK: what was not shown does not pass.
const (
	OK           Outcome = "ok"
	Worse        Outcome = "worse" // than the baseline, or over the budget
	Inconclusive Outcome = "inconclusive"
)

// and is the outcome of two things together: what is worse is so whatever else
// remains open.
func (o Outcome) and(other Outcome) Outcome {
	switch {
	case o == Worse || other == Worse:
		return Worse
	case o == Inconclusive || other == Inconclusive:
		return Inconclusive
	}
	return OK
}

const (
	// DefaultAlpha is the chance that a gate says worse though nothing is.
	DefaultAlpha = 0.05
	// unclear is the corrected chance up to which a difference that is not worse is
	// not taken for noise either.
	unclear = 0.2
	// unclearAlone is the same for the chance of one test by itself. It holds for drops
	// alone, since for all metrics some test nearly always comes to that.
	unclearAlone = 0.05
)

// Config is what results are held to. With neither Baseline nor Budget they are
// held to the budgets that their own scenarios state.
type Config struct {
	// Baseline is what must not have become worse; nil: there is none.
	Baseline *report.Results
	// Budget are absolute limits, and how much worse than the baseline is still not
	// worse; nil: none, and as DefaultTolerances says.
	Budget *Budget
	// Scenarios are patterns (path.Match) of the scenarios that are judged; empty: all.
	Scenarios []string
	// Alpha is the chance of a false alarm in the whole gate, all scenarios, streams,
	// metrics and looks together, between 0 and 0.5; 0: DefaultAlpha.
	Alpha float64
	// MaxTrials is up to how many trials a scenario may have where fewer leave the
	// answer open; 0: no more than there are.
	MaxTrials int
}

// Validate tells what is wrong with c.
func (c Config) Validate() error {
	if c.Alpha < 0 || c.Alpha > 0.5 {
		return fmt.Errorf("alpha %v; want a chance of false alarms above 0 and up to 0.5", c.Alpha)
	}
	if c.MaxTrials < 0 {
		return fmt.Errorf("%d trials at most; want 1 or more", c.MaxTrials)
	}
	for _, p := range c.Scenarios {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("%q is no pattern; want a name, with * and ? for what may vary", p)
		}
	}
	return nil
}

func (c Config) alpha() float64 {
	if c.Alpha == 0 {
		return DefaultAlpha
	}
	return c.Alpha
}

// judged reports whether a scenario is one of those to judge.
func (c Config) judged(scenario string) bool {
	return len(c.Scenarios) == 0 || matches(c.Scenarios, scenario)
}

// matches reports whether one of patterns, which are known to be good, matches.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}
