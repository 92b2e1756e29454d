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

// gateWhy are all reasons that something is not ok, what is worse first.
func gateWhy(r gate.Report) []string {
	return append(gateReasons(r, gate.Worse), gateReasons(r, gate.Inconclusive)...)
}

// gateReasons are those of one outcome. Scenarios with one reason share a line.
func gateReasons(r gate.Report, of gate.Outcome) (all []string) {
	var texts []string
	scenarios := map[string][]string{}
	note := func(scenario, text string) {
		if scenarios[text] == nil {
			texts = append(texts, text)
		}
		scenarios[text] = append(scenarios[text], scenario)
	}
	for _, s := range r.Scenarios {
		if of == gate.Inconclusive {
			for _, reason := range s.Reasons {
				note(s.Name, reason)
			}
		}
		for _, text := range checkReasons(s, of) {
			note(s.Name, text)
		}
	}
	for _, text := range texts {
		all = append(all, clean(fmt.Sprintf("%s, %s: %s", strings.Join(scenarios[text], ", "), of, text)))
	}
	return all
}

// checkReasons puts checks of a scenario that have one reason together.
func checkReasons(s gate.Scenario, of gate.Outcome) (all []string) {
	var reasons []string
	checks := map[string][]string{}
	for _, c := range s.Checks {
		if c.Outcome != of {
			continue
		}
		if checks[c.Reason] == nil {
			reasons = append(reasons, c.Reason)
		}
		checks[c.Reason] = append(checks[c.Reason], gateBrief(c))
	}
	for _, reason := range reasons {
		what := strings.Join(checks[reason], "; ")
		if n := len(checks[reason]); n == len(s.Checks) && n > 2 {
			what = "all of " + plural(n, "check")
		}
		all = append(all, what+": "+reason)
	}
	return all
}

// gateBrief is a check with its numbers.
func gateBrief(c gate.Check) string {
	text := c.Title()
	if c.Stream != "" {
		text = c.Stream + " " + text
	}
	switch {
	case c.Now == nil:
		return text
	case c.Against == gate.AgainstBaseline && c.Was != nil:
		return fmt.Sprintf("%s %s, baseline %s", text, quantity(c.Now, c.Unit), quantity(c.Was, c.Unit))
	case c.Against == gate.AgainstBudget:
		return fmt.Sprintf("%s %s, %s", text, quantity(c.Now, c.Unit), budgetText(c))
	}
	return text + " " + quantity(c.Now, c.Unit)
}

// gateConclusion is the outcome in a sentence.
func gateConclusion(r gate.Report) (string, state) {
	checks := map[gate.Outcome]int{}
	n := 0
	for _, s := range r.Scenarios {
		for _, c := range s.Checks {
			checks[c.Outcome]++
			n++
		}
	}
	if len(r.Scenarios) == 0 {
		return "Gate: inconclusive. Nothing is held to anything.", open
	}
	var parts []string
	for _, of := range []gate.Outcome{gate.Worse, gate.Inconclusive, gate.OK} {
		if checks[of] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", checks[of], of))
		}
	}
	text := fmt.Sprintf("Gate: %s. %s", r.Outcome, plural(len(r.Scenarios), "scenario"))
	if n > 0 {
		text += fmt.Sprintf(", %s: %s", plural(n, "check"), strings.Join(parts, ", "))
	}
	text += "."
	if r.Tests > 0 {
		text += fmt.Sprintf(" Where nothing is worse, no more than %s of gates like this one say that something is.", likelihood(r.Alpha))
	}
	if r.Looks > 1 {
		text += fmt.Sprintf(" Judged %s.", map[bool]string{true: "once", false: fmt.Sprintf("%d times, while trials were added", r.Look)}[r.Look == 1])
	}
	return text, gateState(r.Outcome)
}
