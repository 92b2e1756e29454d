package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/report/gate"
)

// gateColumns are those of every table of a gate.
var gateColumns = []column{
	left("scenario"), left("stream"), left("what"), right("trials"), right("now"), left("held to"), right("difference"), right("chance"), left("outcome"),
}

// howToReadGate is the line under every table of a gate.
const howToReadGate = "How to read it: one trial is one value; now = mean of counts and shares, median of times; difference to the baseline with its 95 % interval over trials; " +
	"chance = how often a gate sees that much where nothing is worse, all of its tests counted."

// A gateRow is one check as texts, by column.
type gateRow struct {
	cells []string
	state state
}

// gateRows are the checks of a gate that are not ok, and the drops of all streams;
// with all every check.
func gateRows(r gate.Report, all bool) (rows []gateRow) {
	for _, s := range r.Scenarios {
		before, alike := len(rows), allAlike(s)
		for _, c := range s.Checks {
			if all || c.Metric == "drops" || c.Outcome != gate.OK && !alike {
				rows = append(rows, gateRow{gateCells(s, c), gateState(c.Outcome)})
			}
		}
		if len(rows) == before {
			cells := []string{clean(s.Name), "–", "–", strconv.Itoa(s.Conclusive), "–", "–", "–", "–", string(s.Outcome)}
			if n := len(s.Checks); n > 0 {
				cells[2] = "all of " + plural(n, "check")
			}
			rows = append(rows, gateRow{cells, gateState(s.Outcome)})
		}
		for i := before + 1; i < len(rows); i++ {
			rows[i].cells[0] = ""
		}
	}
	return rows
}

// allAlike reports whether all checks of a scenario are what they are for one
// reason, so that one of them says it.
func allAlike(s gate.Scenario) bool {
	return !slices.ContainsFunc(s.Checks, func(c gate.Check) bool {
		return c.Outcome == gate.Worse || c.Outcome != s.Checks[0].Outcome || c.Reason != s.Checks[0].Reason
	})
}

func gateState(o gate.Outcome) state {
	switch o {
	case gate.OK:
		return good
	case gate.Worse:
		return bad
	}
	return open
}

func gateCells(s gate.Scenario, c gate.Check) []string {
	trials, now, held, difference, chance := strconv.Itoa(c.Trials), quantity(c.Now, c.Unit), "", "–", "–"
	if c.Against == gate.AgainstBaseline {
		trials += fmt.Sprintf(" / %d", c.BaselineTrials)
		held = "baseline " + quantity(c.Was, c.Unit)
		difference = change(c.Difference, c.CI95, c.Unit)
	} else {
		held = budgetText(c)
		if c.Over > 0 {
			now = fmt.Sprintf("%s, %d over", now, c.Over)
		}
	}
	if c.Corrected != nil {
		chance = likelihood(*c.Corrected)
	}
	return []string{clean(s.Name), clean(orNone(c.Stream)), c.Title(), trials, now, held, difference, chance, string(c.Outcome)}
}

// budgetText is what a budget allows.
func budgetText(c gate.Check) string {
	text := "at most " + quantity(c.Limit, c.Unit)
	if c.Share != nil && *c.Share > 0 {
		text += fmt.Sprintf(" in %.3g %% of trials", 100*(1-*c.Share))
	}
	return text
}

func orNone(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// quantity is v of a unit; nil is unknown.
func quantity(v *float64, unit gate.Unit) string {
	if v == nil {
		return "–"
	}
	text := magnitude(*v, unit)
	return strings.Replace(text, "-", "−", 1)
}

func magnitude(x float64, unit gate.Unit) string {
	switch {
	case unit == gate.Share && x != 0 && math.Abs(x) < 0.0001:
		return "<0.01 %"
	case unit == gate.Share:
		return strconv.FormatFloat(math.Round(x*1e4)/100, 'f', -1, 64) + " %"
	case unit == gate.Millis && math.Abs(x) < 1000:
		return fmt.Sprintf("%.0f ms", x)
	case unit == gate.Millis:
		return span(time.Duration(x * float64(time.Millisecond)))
	case unit == gate.Seconds:
		return fmt.Sprintf("%.1f s", x)
	default:
		return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
	}
}

// change is a difference with its interval.
func change(d *float64, ci *[2]float64, unit gate.Unit) string {
	if d == nil {
		return "–"
	}
	signed := func(v float64) string {
		text := quantity(&v, unit)
		if v > 0 {
			return "+" + text
		}
		return text
	}
	text := signed(*d)
	if ci != nil {
		text += fmt.Sprintf(" (%s … %s)", signed(ci[0]), signed(ci[1]))
	}
	return text
}

// likelihood is a chance.
func likelihood(p float64) string {
	switch {
	case p >= 1:
		return "100 %"
	case p < 0.001:
		return "<0.1 %"
	}
	return fmt.Sprintf("%.2g %%", p*100)
}
