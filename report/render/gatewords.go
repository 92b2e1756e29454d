package render

import (
	"fmt"
	"strings"

	"zarif/report/gate"
)

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
