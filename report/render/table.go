package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"zarif/report"
)

// defaultWidth is that of a table for nobody's terminal.
const defaultWidth = 160

// Table writes r for a terminal: a row per scenario and stream, why a trial is
// inconclusive or not as expected, and how to read it. Where o.Width is too small
// for that, every scenario gets a line and a table of its own, and then a block
// per stream.
func Table(w io.Writer, r report.Results, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	groups := groupsOf(r)
	var out bytes.Buffer
	if text := modelled(r); text != "" {
		out.WriteString(wrap(text, o.Width, "") + "\n\n")
	}
	if len(groups) > 0 {
		body, err := fitting(groups, o)
		if err != nil {
			return fmt.Errorf("draw the table: %w", err)
		}
		out.WriteString(body)
		out.WriteByte('\n')
	}
	for _, part := range []struct {
		name  string
		lines []string
	}{{"At the edge", edges(r)}, {"Why", why(r)}, {lostHeading, lost(r)}, {"Skipped, since this cluster cannot do it", skipped(r)}, {unseenHeading, unseen(r)}, {staysHeading, stays(r)}} {
		if len(part.lines) > 0 {
			out.WriteString(part.name + ":\n")
		}
		for _, line := range part.lines {
			out.WriteString("- " + wrap(line, o.Width-2, "  ") + "\n")
		}
	}
	if len(groups) > 0 {
		out.WriteString(wrap(howToRead, o.Width, "  ") + "\n")
	}
	if text := howToReadEdges(edges(r)); text != "" {
		out.WriteString(wrap(text, o.Width, "  ") + "\n")
	}
	text, state := conclusion(r)
	out.WriteString(o.paint(text, state) + "\n")
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// fitting is the first form that o.Width holds.
func fitting(groups []group, o Options) (string, error) {
	for _, f := range []form{{causes: 44, exits: 30}, {causes: 32, exits: 30}, {causes: 22, exits: 18}, {causes: 22, exits: 18, split: true}} {
		body, err := wide(groups, f, o)
		if err != nil || width(body) <= o.Width {
			return body, err
		}
	}
	for _, causes := range []int{44, 32, 22} {
		body, err := byScenario(groups, causes, o)
		if err != nil || width(body) <= o.Width {
			return body, err
		}
	}
	return stacked(groups, o), nil
}

// A form is how narrow the columns of the wide table are that can be narrowed.
type form struct {
	causes, exits int
	split         bool // the scenario's name, behind the fixture's
}

// wide has a row per scenario and stream; what holds for the whole scenario begins
// in its first one.
func wide(groups []group, f form, o Options) (string, error) {
	g := newGrid(slices.Concat([]column{left("SCENARIO")}, streamColumns(groups), []column{left("EXITS"), left("VERDICT"), left("EXPECTED")}))
	for _, of := range groups {
		scenario := strings.Replace(of.scenario, " ×", "\n×", 1)
		if f.split {
			scenario = strings.Replace(scenario, ".", "\n.", 1)
		}
		var exits []string
		for _, exit := range of.exits {
			exits = append(exits, wrap(exit, f.exits, " "))
		}
		verdict := strings.ReplaceAll(of.verdict, ", ", ",\n")
		for i, r := range of.rows {
			expected := o.paint(strings.ReplaceAll(r.expected, ", ", ",\n"), r.state)
			cells := slices.Concat([]string{part(scenario, i, of)}, streamCells(r, groups, f.causes),
				[]string{part(strings.Join(exits, "\n"), i, of), o.paint(part(verdict, i, of), of.state), expected})
			if err := g.add(cells); err != nil {
				return "", err
			}
		}
	}
	return g.draw()
}

// part is what row i shows of a text that holds for its whole group: a line, and
// the last row all that is left.
func part(text string, i int, of group) string {
	lines := strings.Split(text, "\n")
	switch {
	case i >= len(lines):
		return ""
	case i == len(of.rows)-1:
		return strings.Join(lines[i:], "\n")
	}
	return lines[i]
}

// byScenario has a line per scenario and below it a table of its streams.
func byScenario(groups []group, causes int, o Options) (string, error) {
	var out strings.Builder
	for i, of := range groups {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(heading(of, o) + "\n")
		g := newGrid(slices.Concat(streamColumns(groups), []column{left("EXPECTED")}))
		for _, r := range of.rows {
			if err := g.add(append(streamCells(r, groups, causes), o.paint(r.expected, r.state))); err != nil {
				return "", err
			}
		}
		body, err := g.draw()
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(body) {
			out.WriteString("  " + line)
		}
	}
	return out.String(), nil
}

func heading(of group, o Options) string {
	text := of.scenario + ": " + o.paint(of.verdict, of.state)
	if len(of.exits) > 0 {
		text += "; exits " + strings.Join(of.exits, ", ")
	}
	return wrap(text, o.Width, "  ")
}

// streamColumns are those of a stream alone. Unresolved hits are rare and have a
// column only where there are some.
func streamColumns(groups []group) []column {
	columns := []column{left("STREAM"), right("RATE"), right("SENT"), right("DROPPED"), right("%"), left("CAUSES"), right("MASKED"), right("MISSED")}
	if anyUnresolved(groups) {
		columns = append(columns, right("UNRES."))
	}
	return append(columns, right("P50/P99/MAX"), right("OUTAGE"))
}

func streamCells(r row, groups []group, causes int) []string {
	cells := []string{r.stream, r.rate, r.sent, strings.Join(r.dropped, "\n"), r.share, flow(r.causes, causes), r.masked, r.missed}
	if anyUnresolved(groups) {
		cells = append(cells, r.unresolved)
	}
	return append(cells, r.latency, r.outage)
}

func anyUnresolved(groups []group) bool {
	return slices.ContainsFunc(groups, func(g group) bool {
		return slices.ContainsFunc(g.rows, func(r row) bool { return r.unresolved != "0" })
	})
}

// stacked is for narrow terminals: a line per fact.
func stacked(groups []group, o Options) string {
	var out strings.Builder
	for i, of := range groups {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(heading(of, o) + "\n")
		for _, r := range of.rows {
			first := fmt.Sprintf("%s at %s: %s of %s dropped (%s)", r.stream, r.rate, strings.Join(r.dropped, ", "), r.sent, r.share)
			if len(r.causes) > 0 {
				first += ": " + strings.Join(r.causes, ", ")
			}
			second := fmt.Sprintf("%s masked, %s missed, %s unresolved", r.masked, r.missed, r.unresolved)
			third := fmt.Sprintf("p50/p99/max %s ms, outage %s", r.latency, r.outage)
			for _, line := range []string{first, second, third} {
				out.WriteString("  " + wrap(line, o.Width-2, "    ") + "\n")
			}
			out.WriteString("  " + o.paint("expected "+r.expected, r.state) + "\n")
		}
	}
	return out.String()
}

// width is that of the longest line, without colours.
func width(text string) int {
	longest := 0
	for line := range strings.Lines(text) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(unpainted(line), "\n")))
	}
	return longest
}
