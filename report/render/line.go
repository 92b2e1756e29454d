package render

import (
	"fmt"
	"strings"

	"zarif/report"
)

// Line says in one line what a trial showed, for progress.
func Line(t report.Trial) string {
	if t.Skipped != "" {
		return "skipped: " + clean(t.Skipped)
	}
	parts := make([]string, len(t.Streams))
	for i, s := range t.Streams {
		parts[i] = fmt.Sprintf("%s %d of %d dropped", s.Name, s.Dropped, s.Sent)
		if s.Masked > 0 {
			parts[i] += fmt.Sprintf(", %d masked", s.Masked)
		}
	}
	line := string(t.Verdict) + ": " + strings.Join(parts, " · ")
	switch {
	case t.Verdict == report.Inconclusive:
		line += " (" + firstOf(t.Reasons) + ")"
	case !t.AsExpected:
		line += " (not as expected)"
	}
	return line
}

// firstOf is the first reason, and how many more there are: a report has them all.
func firstOf(reasons []string) string {
	switch len(reasons) {
	case 0:
		return "for no reason that is known"
	case 1:
		return clean(reasons[0])
	}
	return fmt.Sprintf("%s; and %s", clean(reasons[0]), plural(len(reasons)-1, "more reason"))
}
