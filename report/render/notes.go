package render

import (
	"fmt"
	"slices"

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
const howToRead = "How to read it: rate = hits per second that were scheduled; dropped = sent, and no complete successful response came back; masked = succeeded only because the client sent it again; " +
	"missed = never sent, this machine's fault; p50/p99/max = ms from the scheduled time to the end of ok responses in the disruption window, of the worst trial; " +
	"outage = the longest time without a success; exits = exit code, time from deletion to exit, pods; expected = what was expected, and whether it came (?: inconclusive)."

// modelled says, above every table, what was not Kubernetes; empty where all was.
func modelled(r report.Results) string {
	if !r.Cluster.Modelled {
		return ""
	}
	text := "Local cluster: pods, signals, sockets and load are real; scheduling, kubelet, endpoints and proxies are modelled"
	if delays := clean(r.Cluster.Delays); delays != "" {
		text += ", with delays " + delays
	}
	return text + "."
}

// skipped names what the cluster could not do, a line per scenario.
func skipped(r report.Results) (lines []string) {
	for _, s := range r.Skipped {
		lines = append(lines, clean(s.Scenario)+": "+clean(s.Reason))
	}
	return lines
}

// conclusion is the last line.
func conclusion(r report.Results) (string, state) {
	counts := fmt.Sprintf("%s, %s", plural(len(r.Scenarios), "scenario"), plural(len(r.Trials), "trial"))
	also := ""
	if n := len(r.Skipped); n > 0 {
		also = " " + plural(n, "scenario") + " skipped."
	}
	switch code := r.ExitCode(); {
	case code == 0:
		return counts + ": all as expected.", good
	case code == 1:
		return counts + ": not as expected." + also, bad
	case len(r.Trials) == 0 && also != "":
		return "Nothing was run:" + also, open
	case also != "" && !slices.ContainsFunc(r.Trials, func(t report.Trial) bool { return !t.AsExpected }):
		return counts + ": as expected." + also, open
	}
	return counts + ": inconclusive." + also, open
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", count(n), what)
}
