package html

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A trialView shows one trial.
type trialView struct {
	ID     string
	Trial  *report.Trial
	State  state
	Open   bool
	Counts string // of all its streams, in a line
	Rows   []trialRow
	Notes  []string // why the verdict is what it is
	Advice []advice
	Line   timeline
}

// An advice is one that findings give, once.
type advice struct {
	Text string
	For  string // mechanisms
}

// Drawing is the timeline, packed; empty: see Fault.
func (t trialView) Drawing() string { return t.Line.data }

// Fault is why there is no timeline.
func (t trialView) Fault() string { return t.Line.fault }

// A trialRow is one stream of a trial.
type trialRow struct {
	Stream                       *report.Stream
	Causes, Baseline, Disruption string
	Outage                       string
}

func trialOf(t *report.Trial, line timeline) trialView {
	v := trialView{ID: t.Scenario + "/" + strconv.Itoa(t.Trial), Trial: t, State: open, Line: line}
	switch {
	case t.AsExpected:
		v.State = good
	case t.Verdict != report.Inconclusive:
		v.State = bad
	}
	var counts []string
	for i := range t.Streams {
		s := &t.Streams[i]
		text := fmt.Sprintf("%s %d of %d dropped", s.Name, s.Dropped, s.Sent)
		if s.Masked > 0 {
			text += fmt.Sprintf(", %d masked", s.Masked)
		}
		counts = append(counts, text)
		v.Rows = append(v.Rows, trialRow{
			Stream: s, Causes: causes(s.Causes), Outage: longest(s.Outages),
			Baseline: latency(s.Windows[history.WindowBaseline].Latency), Disruption: latency(s.Windows[history.WindowDisruption].Latency),
		})
	}
	v.Counts = strings.Join(counts, " · ")
	for _, note := range slices.Concat(t.Unexpected, t.Reasons) {
		if !slices.Contains(v.Notes, note) {
			v.Notes = append(v.Notes, note)
		}
	}
	v.Advice = advised(t.Findings)
	return v
}

// advised puts findings with the same advice together.
func advised(findings []report.Finding) (all []advice) {
	of := map[string][]string{}
	for _, f := range findings {
		if f.Advice == "" {
			continue
		}
		if of[f.Advice] == nil {
			all = append(all, advice{Text: f.Advice})
		}
		if !slices.Contains(of[f.Advice], f.Mechanism) {
			of[f.Advice] = append(of[f.Advice], f.Mechanism)
		}
	}
	for i := range all {
		all[i].For = strings.Join(of[all[i].Text], ", ")
	}
	return all
}

// causes lists them in the order of all reports, unknown ones last.
func causes(counts map[string]int) string {
	var names []string
	for _, c := range history.Causes() {
		names = append(names, string(c))
	}
	var others []string
	for name := range counts {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	var parts []string
	for _, name := range append(names, others...) {
		if n := counts[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(parts, ", ")
}

func latency(l *report.Latency) string {
	if l == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f / %.0f / %.0f", l.P50, l.P99, l.Max)
}

func longest(outages []report.Outage) string {
	var most time.Duration
	for _, o := range outages {
		most = max(most, o.Duration())
	}
	if most == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s", most.Seconds())
}
