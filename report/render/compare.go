package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"zarif/report/compare"
)

// compareColumns are those of every comparison.
var compareColumns = []column{
	left("scenario"), left("stream"), left("what"), right("A"), right("B"), right("difference"), right("chance"), left("B has"),
}

// howToReadCompare is the line under every comparison.
const howToReadCompare = "How to read it: over conclusive trials, each of which is one value; counts and shares are means, times are medians; difference = B − A with its 95 % interval over trials; " +
	"chance = of that much to either side where nothing differs; more and less: of all that are called so, one in twenty is noise in the mean; unclear: too few trials to tell."

// compareRows are the numbers of a comparison as texts; without all only drops, and
// what is not the same on both sides.
func compareRows(t compare.Table, all bool) (rows []gateRow) {
	for _, s := range t.Scenarios {
		name := fmt.Sprintf("%s (%s, %s trials)", clean(s.Name), trialsCounted(s.A), trialsCounted(s.B))
		for _, n := range s.Numbers {
			same := n.Difference != nil && *n.Difference == 0 && n.P == nil
			if same && !all && n.Metric != "drops" {
				continue
			}
			chance := "–"
			if n.P != nil {
				chance = likelihood(*n.P)
			}
			rows = append(rows, gateRow{[]string{
				name, clean(orNone(n.Stream)), clean(n.Title), quantity(n.A, n.Unit), quantity(n.B, n.Unit), change(n.Difference, n.CI95, n.Unit), chance, findingText(n),
			}, findingState(n)})
			name = ""
		}
	}
	return rows
}

// trialsCounted is how many trials of a scenario count.
func trialsCounted(t compare.Trials) string {
	if t.Conclusive == t.All {
		return strconv.Itoa(t.All)
	}
	return fmt.Sprintf("%d of %d", t.Conclusive, t.All)
}

func findingText(n compare.Number) string {
	if n.Finding == compare.Noise && n.P == nil {
		return "the same"
	}
	return string(n.Finding)
}

// findingState: more of anything that is compared is worse.
func findingState(n compare.Number) state {
	switch n.Finding {
	case compare.More:
		return bad
	case compare.Less:
		return good
	}
	return plain
}

// compareNotes say what is compared, and what speaks against it.
func compareNotes(t compare.Table) (lines []string) {
	for _, side := range []struct {
		letter string
		of     compare.Results
	}{{"A", t.A}, {"B", t.B}} {
		text := side.letter + ": " + side.of.Name
		if side.of.Tool.Version != "" {
			text += ", zarif " + side.of.Tool.Version
		}
		if c := side.of.Cluster; c.Type != "" {
			text += fmt.Sprintf(", cluster %s (%s)", c.Name, c.Type)
		}
		lines = append(lines, clean(text))
	}
	if len(t.Notes) > 0 {
		lines = append(lines, clean("B is not like A, which may be why: "+strings.Join(t.Notes, "; ")))
	}
	var reasons []string
	scenarios := map[string][]string{}
	for _, s := range t.Scenarios {
		for _, reason := range s.Reasons {
			if scenarios[reason] == nil {
				reasons = append(reasons, reason)
			}
			scenarios[reason] = append(scenarios[reason], s.Name)
		}
	}
	for _, reason := range reasons {
		lines = append(lines, clean(strings.Join(scenarios[reason], ", ")+": "+reason))
	}
	return lines
}

func compareConclusion(t compare.Table) string {
	switch {
	case len(t.Scenarios) == 0:
		return "No scenario to compare."
	case t.Changes == 0:
		return fmt.Sprintf("%s: nothing is shown to have changed beyond noise.", plural(len(t.Scenarios), "scenario"))
	}
	return fmt.Sprintf("%s: %s changed beyond noise.", plural(len(t.Scenarios), "scenario"), plural(t.Changes, "number"))
}

// CompareTable writes t for a terminal.
func CompareTable(w io.Writer, t compare.Table, all bool, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	for _, line := range compareNotes(t) {
		out.WriteString(wrap(line, o.Width, "  ") + "\n")
	}
	columns := make([]column, len(compareColumns))
	for i, c := range compareColumns {
		columns[i] = column{strings.ToUpper(c.name), c.align}
	}
	g := newGrid(columns)
	rows := compareRows(t, all)
	for _, r := range rows {
		cells := append([]string{}, r.cells...)
		last := len(cells) - 1
		cells[0], cells[last] = strings.Replace(cells[0], " (", "\n(", 1), o.paint(cells[last], r.state)
		if err := g.add(cells); err != nil {
			return fmt.Errorf("draw the comparison: %w", err)
		}
	}
	if len(rows) > 0 {
		body, err := g.draw()
		if err != nil {
			return fmt.Errorf("draw the comparison: %w", err)
		}
		if width(body) > o.Width {
			body = compareStacked(rows, o)
		}
		out.WriteString("\n" + body + "\n" + wrap(howToReadCompare, o.Width, "  ") + "\n")
	}
	out.WriteString(wrap(compareConclusion(t), o.Width, "  ") + "\n")
	return written(w, "the comparison", out.String())
}

// compareStacked has lines of its own for every number.
func compareStacked(rows []gateRow, o Options) string {
	var out strings.Builder
	for _, r := range rows {
		if r.cells[0] != "" {
			out.WriteString(wrap(r.cells[0], o.Width, "  ") + "\n")
		}
		out.WriteString("  " + wrap(fmt.Sprintf("%s, %s: %s", r.cells[1], r.cells[2], o.paint(r.cells[7], r.state)), o.Width-2, "    ") + "\n")
		out.WriteString("    " + wrap(fmt.Sprintf("A %s; B %s; difference %s; chance %s", r.cells[3], r.cells[4], r.cells[5], r.cells[6]), o.Width-4, "      ") + "\n")
	}
	return out.String()
}

// CompareMarkdown writes what CompareTable shows, and nothing that depends on where
// it was made.
func CompareMarkdown(w io.Writer, t compare.Table, all bool) error {
	var out strings.Builder
	out.WriteString("# zarif compare\n\n" + cell(compareConclusion(t)) + "\n\n")
	for _, line := range compareNotes(t) {
		out.WriteString("- " + cell(line) + "\n")
	}
	if rows := compareRows(t, all); len(rows) > 0 {
		out.WriteString("\n" + markdownGrid(compareColumns, gateTexts(rows)) + "\n" + howToReadCompare + "\n")
	}
	return written(w, "the comparison", out.String())
}

// CompareJSON writes t as data.
func CompareJSON(w io.Writer, t compare.Table) error {
	return encoded(w, "the comparison", t)
}
