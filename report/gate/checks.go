package gate

import (
	"fmt"
	"math"

	"zarif/report"
)

// A trying is a check under way. P is set where it is a test.
type trying struct {
	Check
	into *Check // where the decision goes
	// decided says what a test came to by the corrected chance; size is how many tests
	// share level.
	decided func(c *Check, size int, level, alpha float64)
}

// decide corrects the chances of all tests for their number and decides each.
func decide(tests []*trying, size int, level, alpha float64) {
	var ps []float64
	for _, t := range tests {
		if t.P != nil {
			ps = append(ps, *t.P)
		}
	}
	corrected := Holm(ps, size)
	for _, t := range tests {
		c := t.into
		if t.P == nil {
			continue
		}
		c.Corrected, corrected = &corrected[0], corrected[1:]
		t.decided(c, size, level, alpha)
	}
}

// compared are the tests against the baseline.
func (j *judge) compared(now, was report.Side) (tests []*trying) {
	tolerances := j.budget.tolerances()
	eachMetric(report.StreamsOf(was, now), func(m Metric, stream string) {
		if t, held := tolerances[m.Name]; held && !t.Skip {
			if test := compare(m, t, now, was, stream); test != nil {
				tests = append(tests, test)
			}
		}
	})
	return tests
}

// compare is the test of one metric; nil where no trial of either side knows it,
// such as the time of no disruption.
func compare(m Metric, tolerance Tolerance, now, was report.Side, stream string) *trying {
	a, b := m.Values(now.Conclusive, stream), m.Values(was.Conclusive, stream)
	t := &trying{Check: Check{Stream: stream, Against: AgainstBaseline, BaselineTrials: len(b), Outcome: Inconclusive}}
	t.describe(m, a, b)
	other := ""
	if stream != "" {
		other = OtherLoad(now, was, stream)
	}
	switch {
	case len(a) == 0 && len(b) == 0:
		return nil
	case len(b) == 0:
		t.Reason = "no trial of the baseline knows it"
		return t
	case len(a) == 0:
		t.Reason, t.extendable = "no trial knows it", len(now.All) > 0
		return t
	case other != "":
		t.Reason = "cannot be compared: " + other
		return t
	}
	held := make([]float64, len(b))
	for i, v := range b {
		held[i] = tolerance.applied(v)
	}
	t.Test = "rank sum"
	p, _ := RankSum(a, held)
	if m.Name == "any" {
		t.Test = "Fisher"
		p, _ = Fisher(int(math.Round(Mean(a)*float64(len(a)))), len(a), int(math.Round(Mean(b)*float64(len(b)))), len(b))
	}
	t.P = &p
	t.decided = decideCompared
	return t
}

// decideCompared: worse where chance alone comes to that rarely enough; ok only
// where the trials could have shown it and nothing points at it.
func decideCompared(c *Check, size int, level, alpha float64) {
	n, m := c.Trials, c.BaselineTrials
	switch points := c.points(); {
	case *c.Corrected <= level:
		c.Outcome = Worse
		c.Reason = fmt.Sprintf("where nothing changed, a gate sees that much by chance in %s of all cases, all of its tests counted", percent(*c.Corrected))
	case Best(n, m)*float64(size) > level:
		c.Reason, c.extendable = tooFew(n, m, size, alpha), true
	case points != "":
		c.Reason, c.extendable = points, true
	default:
		c.Outcome = OK
	}
}

// points says what points at a change for the worse without showing it; empty:
// nothing does.
func (c *Check) points() string {
	ofDrops := c.Metric == "drops" || c.Metric == "any"
	switch {
	case c.Metric == "any" && *c.Was == 0 && *c.Now > DefaultShare:
		return fmt.Sprintf("the baseline dropped nothing, and %.0f of %s dropped something now, too few to tell what is usual", *c.Now*float64(c.Trials), plural(c.Trials, "trial"))
	case *c.Corrected <= unclear:
		return fmt.Sprintf("it may be worse: where nothing changed, a gate sees that much by chance in %s of all cases, all of its tests counted", percent(*c.Corrected))
	case ofDrops && *c.P <= unclearAlone:
		return fmt.Sprintf("it may be worse: by itself that much comes by chance in %s of all cases, but a gate has more tests", percent(*c.P))
	}
	return ""
}

// mostTrials is up to how many trials are thought of.
const mostTrials = 1000

// tooFew says how many trials would have been enough.
func tooFew(n, m, size int, alpha float64) string {
	enough := func(n, m int) bool { return Best(n, m)*float64(size) <= alpha }
	text := fmt.Sprintf("%s against %d of the baseline cannot show it among %s", plural(n, "trial"), m, plural(size, "test"))
	both := max(n, m)
	for !enough(both, both) && both < mostTrials {
		both++
	}
	for more := n + 1; more <= max(both, 100) && more <= mostTrials; more++ {
		if enough(more, m) {
			text += fmt.Sprintf("; %d would", more)
			if both < more {
				text += fmt.Sprintf(", or %d against %d", both, both)
			}
			return text
		}
	}
	return text + fmt.Sprintf("; %d against %d would", both, both)
}

// limited are the tests against the budget.
func (j *judge) limited(now report.Side, scenario string) (tests []*trying) {
	eachMetric(report.StreamsOf(now), func(m Metric, stream string) {
		if l, ok := j.budget.limit(m, scenario, stream); ok {
			tests = append(tests, hold(m, l, now, stream))
		}
	})
	return tests
}

// hold is the test of one metric against its limit: whether more than the share of
// all trials is over it.
func hold(m Metric, l limit, now report.Side, stream string) *trying {
	values := m.Values(now.Conclusive, stream)
	t := &trying{Check: Check{Stream: stream, Against: AgainstBudget, Outcome: Inconclusive, Limit: &l.most, Share: &l.share}}
	t.describe(m, values, nil)
	if len(values) == 0 {
		t.Reason, t.extendable = "no trial knows it", len(now.All) > 0
		return t
	}
	for _, v := range values {
		if v > l.most {
			t.Over++
		}
	}
	_, p := binomial(t.Over, len(values), l.share)
	t.Test, t.P, t.decided = "binomial", &p, decideHeld
	return t
}

// decideHeld: over where more trials are than the share accounts for; ok only where
// no more are than the share, and it is shown that fewer than half of all will be.
func decideHeld(c *Check, size int, level, alpha float64) {
	within := c.within(c.Trials)
	fewer := func(n int) bool { low, _ := binomial(c.Over, n, 0.5); return low <= alpha }
	switch {
	case *c.Corrected <= level && c.Over > 0:
		c.Outcome = Worse
		c.Reason = fmt.Sprintf("%d of %s over it, of which %s may be", c.Over, plural(c.Trials, "trial"), percent(*c.Share))
	case within && fewer(c.Trials):
		c.Outcome = OK
	default:
		need := c.Trials + 1
		for need < mostTrials && !(fewer(need) && c.within(need)) {
			need++
		}
		c.Reason = fmt.Sprintf("%d of %s over it cannot show whether it is kept; %d with no more over it would", c.Over, plural(c.Trials, "trial"), need)
		c.extendable = true
	}
}

// within reports whether, of n trials, no more are over the limit than may be.
func (c *Check) within(n int) bool { return float64(c.Over) <= *c.Share*float64(n)+1e-9 }

// percent is a chance for people.
func percent(p float64) string {
	if p > 0 && p < 0.001 {
		return "less than 0.1 %"
	}
	return fmt.Sprintf("%.2g %%", p*100)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
