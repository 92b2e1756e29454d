package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"zarif/report/tune"
)

// TuneTable writes a search for a terminal: a row per candidate, what was found, and
// what else is to be known of it.
func TuneTable(w io.Writer, r tune.Result, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	if len(r.Candidates) > 0 {
		columns := make([]column, len(tuneColumns(r)))
		for i, name := range tuneColumns(r) {
			columns[i] = right(strings.ToUpper(name))
		}
		columns[len(columns)-1].align = left("").align
		g := newGrid(columns)
		for _, c := range r.Candidates {
			cells := tuneCells(r, c)
			cells[len(cells)-1] = o.paint(cells[len(cells)-1], tuneState(c))
			if err := g.add(cells); err != nil {
				return fmt.Errorf("draw the table of candidates: %w", err)
			}
		}
		body, err := g.draw()
		if err != nil {
			return fmt.Errorf("draw the table of candidates: %w", err)
		}
		out.WriteString(body + "\n")
	}
	for _, text := range r.Notes {
		out.WriteString("- " + wrap(clean(text), o.Width-2, "  ") + "\n")
	}
	for _, part := range []struct {
		name  string
		lines []string
	}{{unseenHeading, r.Missing}, {staysHeading, r.Stays}} {
		if len(part.lines) > 0 {
			out.WriteString(part.name + ":\n")
		}
		for _, text := range part.lines {
			out.WriteString("- " + wrap(clean(text), o.Width-2, "  ") + "\n")
		}
	}
	if len(r.Candidates) > 0 {
		out.WriteString(wrap(howToReadTune, o.Width, "  ") + "\n")
	}
	out.WriteString(o.paint(wrap(tuneConclusion(r), o.Width, "  "), tuneOutcome(r)) + "\n")
	return written(w, "the search", out.String())
}

// howToReadTune is the line under every table of candidates.
const howToReadTune = "How to read it: preStop, grace = seconds of the sleep and of terminationGracePeriodSeconds; trials = conclusive ones; lost = of them, those that dropped a hit of a stream that counts; " +
	"dropped = hits, by stream (in brackets: it does not count); loss below = of a trial, with 95 % confidence; took = median time of the disruption; costs = more than without a sleep."

func tuneConclusion(r tune.Result) string {
	text := clean(r.Scenario + ": " + r.Summary + ".")
	if r.Modelled {
		text += " Measured on the local cluster, a model: verify it on a real one."
	}
	return text
}

func tuneColumns(r tune.Result) []string {
	names := []string{"preStop", "grace", "trials", "lost", "inconclusive"}
	for _, stream := range tuneStreams(r) {
		if !slices.Contains(r.Streams, stream) {
			stream = "(" + stream + ")"
		}
		names = append(names, stream)
	}
	return append(names, "loss below", "took", "costs", "verdict")
}

// tuneStreams are all streams, those that count first.
func tuneStreams(r tune.Result) []string {
	names := slices.Clone(r.Streams)
	var others []string
	for _, c := range r.Candidates {
		for name := range c.Dropped {
			if !slices.Contains(names, name) && !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

func tuneCells(r tune.Result, c tune.Row) []string {
	cells := []string{strconv.Itoa(c.PreStop), strconv.Itoa(c.Grace), strconv.Itoa(c.Trials), strconv.Itoa(c.Lost), strconv.Itoa(c.Inconclusive)}
	for _, stream := range tuneStreams(r) {
		text := "–"
		if c.Trials > 0 {
			text = count(c.Dropped[stream])
		}
		cells = append(cells, text)
	}
	below := "–"
	if c.LossBelow != nil {
		below = fmt.Sprintf("%.0f %%", 100**c.LossBelow+0.5)
	}
	return append(cells, below, secondsOr(c.Took), secondsOr(c.Costs), c.Verdict)
}

func secondsOr(s *float64) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f s", *s)
}

func tuneState(c tune.Row) state {
	switch c.Verdict {
	case tune.RowFound:
		return good
	case tune.RowRefused, tune.RowKilled:
		return bad
	}
	return open
}

func tuneOutcome(r tune.Result) state {
	switch r.State {
	case tune.Found:
		return good
	case tune.None, tune.Unhealable:
		return bad
	}
	return open
}

// TuneMarkdown writes what TuneTable shows.
func TuneMarkdown(w io.Writer, r tune.Result) error {
	var out strings.Builder
	out.WriteString("# The smallest preStop sleep\n\n" + cell(tuneConclusion(r)) + "\n")
	if len(r.Candidates) > 0 {
		var columns []column
		var rows [][]string
		for _, name := range tuneColumns(r) {
			columns = append(columns, right(name))
		}
		for _, c := range r.Candidates {
			rows = append(rows, tuneCells(r, c))
		}
		out.WriteString("\n" + markdownGrid(columns, rows))
	}
	for _, part := range []struct {
		name  string
		lines []string
	}{{"", r.Notes}, {unseenHeading, r.Missing}, {staysHeading, r.Stays}} {
		if len(part.lines) > 0 {
			out.WriteByte('\n')
		}
		if len(part.lines) > 0 && part.name != "" {
			out.WriteString("## " + part.name + "\n\n")
		}
		for _, text := range part.lines {
			out.WriteString("- " + cell(clean(text)) + "\n")
		}
	}
	if len(r.Candidates) > 0 {
		out.WriteString("\n" + howToReadTune + "\n")
	}
	return written(w, "the search", out.String())
}

// TuneJSON writes a search as data.
func TuneJSON(w io.Writer, r tune.Result) error {
	return encoded(w, "the search", r)
}
