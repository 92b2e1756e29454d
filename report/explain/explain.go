// Package explain owns why requests were lost: it joins every dropped and every
// masked hit to the pod that lost it, names the mechanism, one per file, and says
// what would have stopped it, with a figure where the trials carry one. It counts
// nothing that package report counts, and does not render.
package explain

import (
	"iter"

	"zarif/report"
	"zarif/report/history"
)

// Examine explains a trial's losses: it fills its findings and remarks, and when new
// connections to its pods were last tried, and holds what it finds against what the
// trial's suite provokes. It is a report.Examiner.
func Examine(t *report.Trial, facts *report.Facts) {
	c := newCase(facts)
	all := c.explainAll()
	t.Findings = all.findings(c)
	t.Remarks = c.remarks(t)
	all.attempts(c, t)
	provoked(t)
}

// Analyse is report.Analyse with the losses explained.
func Analyse(records iter.Seq2[history.Record, error]) (report.Trial, error) {
	return report.Analyse(records, Examine)
}

// Load is report.Load with the losses explained and the advice that the trials of
// each scenario carry together.
func Load(dir string) (report.Results, error) {
	r, err := report.Load(dir, Examine)
	Advise(&r)
	return r, err
}

// Collect is report.Collect with the advice that trials carry together, of those
// that were explained.
func Collect(trials []report.Trial) report.Results {
	r := report.Collect(trials)
	Advise(&r)
	return r
}
