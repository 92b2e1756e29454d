package render

import (
	"slices"

	"zarif/report"
)

// unseen says which evidence was missing, and what of the target stays changed: a
// line per sentence, for all trials that share it.
func unseen(r report.Results) (lines []string) {
	return shared(r, func(t report.Trial) []string { return t.Unseen })
}

// stays says what was changed and not put back.
func stays(r report.Results) (lines []string) {
	return shared(r, func(t report.Trial) []string { return t.Stays })
}

func shared(r report.Results, of func(report.Trial) []string) (lines []string) {
	for _, t := range r.Trials {
		for _, line := range of(t) {
			if line = clean(line); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

const (
	unseenHeading = "Evidence that was missing"
	staysHeading  = "What stays as the disruption left it"
)
