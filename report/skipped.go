package report

import (
	"cmp"
	"slices"

	"zarif/report/history"
)

// skipped tells that the cluster could not do what the scenario needs, and why.
// Whatever was measured until that was found out answers no question.
func (ev *evidence) skipped() (reason string, skipped bool) {
	i := slices.IndexFunc(ev.events, func(e history.Event) bool {
		return e.Type == history.EventSkipped && e.Source == history.SourceHarness
	})
	if i < 0 {
		return "", false
	}
	return cmp.Or(ev.events[i].Attrs["reason"], "the history does not say why"), true
}

// skip makes t a trial that shows nothing.
func (t *Trial) skip(reason string) {
	t.Skipped = reason
	t.Verdict, t.AsExpected = Inconclusive, false
	t.Reasons = []string{"skipped: " + reason}
}
