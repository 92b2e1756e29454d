package render

import (
	"fmt"

	"zarif/report"
)

// why says, for every trial that is inconclusive or not as expected, what the
// reason is.
func why(r report.Results) []string {
	var out []string
	for _, t := range r.Trials {
		if t.AsExpected {
			continue
		}
		name := clean(t.Scenario)
		if several(r, t.Scenario) {
			name = fmt.Sprintf("%s, trial %d", name, t.Trial)
		}
		what := "not as expected"
		if t.Verdict == report.Inconclusive {
			what = string(t.Verdict)
		}
		said := map[string]bool{}
		for _, reason := range append(append([]string{}, t.Unexpected...), t.Reasons...) {
			if reason = clean(reason); !said[reason] {
				out = append(out, fmt.Sprintf("%s, %s: %s", name, what, reason))
			}
			said[reason] = true
		}
	}
	return out
}

func several(r report.Results, scenario string) bool {
	for _, sc := range r.Scenarios {
		if sc.Scenario == scenario {
			return sc.Trials > 1
		}
	}
	return false
}

// howToRead is the one line under every table.
const howToRead = "How to read it: dropped = sent, and no complete successful response came back; masked = succeeded only because the client sent it again; " +
	"missed = never sent, this machine's fault; p50/p99/max = ms from the scheduled time to the end of ok responses in the disruption window, of the worst trial; " +
	"outage = the longest time without a success; exits = exit code, time from deletion to exit, pods; expected = what was expected, and whether it came (?: inconclusive)."

// modelled warns where Kubernetes was not involved.
const modelled = "The cluster was a model of Kubernetes on this machine, not Kubernetes."

// conclusion is the last line.
func conclusion(r report.Results) (string, state) {
	counts := fmt.Sprintf("%s, %s", plural(len(r.Scenarios), "scenario"), plural(len(r.Trials), "trial"))
	switch r.ExitCode() {
	case 0:
		return counts + ": all as expected.", good
	case 1:
		return counts + ": not as expected.", bad
	}
	return counts + ": inconclusive.", open
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", count(n), what)
}
