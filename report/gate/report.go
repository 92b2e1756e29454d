package gate

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// Schema names the form of a gate's JSON. Fields are added freely under it.
const Schema = "zarif.gate/v1"

// A Report is what a gate came to, and from what.
type Report struct {
	Schema  string  `json:"schema"`
	Outcome Outcome `json:"outcome"` // of all scenarios; inconclusive without one
	Exit    int     `json:"exit"`
	// Alpha is the chance of a false alarm in the whole gate; Level is the part of it
	// that this judgement spent.
	Alpha float64 `json:"alpha"`
	Level float64 `json:"level"`
	Tests int     `json:"tests"` // that share Level
	Look  int     `json:"look"`  // from 1
	Looks int     `json:"looks"` // that were planned
	// Notes are what a reader should know and no scenario's business.
	Notes     []string   `json:"notes,omitempty"`
	Scenarios []Scenario `json:"scenarios"`
}

// A Scenario is what the trials of one came to.
type Scenario struct {
	Name    string   `json:"scenario"`
	Outcome Outcome  `json:"outcome"`
	Reasons []string `json:"reasons,omitempty"` // why it is not ok, of what is not a check's
	// Trials are those there are, Conclusive those of them that count.
	Trials             int     `json:"trials"`
	Conclusive         int     `json:"conclusive"`
	BaselineTrials     int     `json:"baselineTrials,omitempty"`
	BaselineConclusive int     `json:"baselineConclusive,omitempty"`
	Checks             []Check `json:"checks"`

	extendable bool // more trials of it may decide what is open
}

// What a check holds trials against.
const (
	AgainstBaseline = "baseline"
	AgainstBudget   = "budget"
)

// A Check is one metric of one stream, or of a scenario's trials as a whole, held
// against the baseline or a budget. Absent numbers are unknown.
type Check struct {
	Stream  string  `json:"stream,omitempty"` // empty: the trial as a whole
	Metric  string  `json:"metric"`
	Unit    Unit    `json:"unit"`
	Against string  `json:"against"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"` // why it is not ok

	Trials int      `json:"trials"`          // whose value is known
	Now    *float64 `json:"now,omitempty"`   // mean of counts and shares, else median
	Worst  *float64 `json:"worst,omitempty"` // of one trial

	// Of one against the baseline.
	BaselineTrials int         `json:"baselineTrials,omitempty"`
	Was            *float64    `json:"was,omitempty"`
	Difference     *float64    `json:"difference,omitempty"` // Now − Was
	CI95           *[2]float64 `json:"ci95,omitempty"`       // of Difference, over trials; absent under 5
	// Effect is the chance that a trial has a higher value than one of the baseline:
	// 0.5 where nothing differs, 1 where every one has.
	Effect *float64 `json:"effect,omitempty"`

	// Of one against a budget.
	Limit *float64 `json:"limit,omitempty"`
	Over  int      `json:"over,omitempty"`  // trials over it
	Share *float64 `json:"share,omitempty"` // of the trials that may be

	Test string `json:"test,omitempty"` // "rank sum", "Fisher" or "binomial"
	// P is the chance of what was seen, or more of it, where nothing is worse; Corrected
	// is the same for all tests of the gate together.
	P         *float64 `json:"p,omitempty"`
	Corrected *float64 `json:"corrected,omitempty"`

	now, was   []float64
	extendable bool
}

// ExitCode is 0 for ok, 1 for worse and 3 for inconclusive.
func (o Outcome) ExitCode() int {
	switch o {
	case OK:
		return 0
	case Worse:
		return 1
	}
	return 3
}

// WriteJSON writes r on one line.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the gate's outcome: %w", err)
	}
	return nil
}

// Title is the metric for people.
func (c Check) Title() string {
	m, _ := Named(c.Metric)
	return m.Title
}

// known is v for a report; nil where no number says it.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// describe fills in what is reported of values beside the decision.
func (c *Check) describe(m Metric, now, was []float64) {
	c.Metric, c.Unit, c.Trials = m.Name, m.Unit, len(now)
	if len(now) == 0 {
		return
	}
	c.Now, c.Worst = known(m.Typical(now)), known(slices.Max(now))
	if len(was) == 0 {
		return
	}
	c.Was = known(m.Typical(was))
	c.Difference = known(m.Typical(now) - m.Typical(was))
	c.Effect = known(Superiority(now, was))
	c.now, c.was = now, was
}

// intervals fills in those of all differences.
func (r *Report) intervals() {
	for _, s := range r.Scenarios {
		for i := range s.Checks {
			c := &s.Checks[i]
			if m, ok := Named(c.Metric); ok && c.Difference != nil {
				c.CI95 = Interval(c.now, c.was, m.typical)
			}
		}
	}
}
