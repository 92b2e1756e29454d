package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"zarif/report/parity"
)

// ParityTable writes t for a terminal: two rows per stream, and why something does
// not agree. Where o.Width is too small for that, every stream gets lines of its own.
func ParityTable(w io.Writer, t parity.Table, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	for _, side := range paritySides(t) {
		out.WriteString(wrap(side, o.Width, "  ") + "\n")
	}
	rows := parityRows(t)
	if len(rows) > 0 {
		body, err := parityGrid(rows, o)
		if err != nil {
			return fmt.Errorf("draw the parity table: %w", err)
		}
		if width(body) > o.Width {
			body = parityStacked(rows, o)
		}
		out.WriteString("\n" + body + "\n")
	}
	for i, reason := range parityWhy(t) {
		if i == 0 {
			out.WriteString("Why:\n")
		}
		out.WriteString("- " + wrap(reason, o.Width-2, "  ") + "\n")
	}
	if len(rows) > 0 {
		out.WriteString(wrap(howToReadParity, o.Width, "  ") + "\n")
	}
	text, state := parityConclusion(t)
	out.WriteString(o.paint(wrap(text, o.Width, "  "), state) + "\n")
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the parity table: %w", err)
	}
	return nil
}

func parityGrid(rows []parityRow, o Options) (string, error) {
	columns := make([]column, len(parityColumns))
	for i, c := range parityColumns {
		columns[i] = column{strings.Replace(strings.ToUpper(c.name), "LAST NEW ", "LAST NEW\n", 1), c.align}
	}
	g := newGrid(columns)
	for _, r := range rows {
		cells := append([]string{}, r.cells...)
		last := len(cells) - 1
		cells[0] = strings.Replace(cells[0], ".", "\n.", 1)
		cells[last] = o.paint(cells[last], r.state)
		if err := g.add(cells); err != nil {
			return "", err
		}
	}
	return g.draw()
}

// parityStacked has a line for each stream, and below it one for each cluster.
func parityStacked(rows []parityRow, o Options) string {
	var out strings.Builder
	scenario := ""
	for i, r := range rows {
		last := len(r.cells) - 1
		if r.cells[0] != "" {
			scenario = r.cells[0]
		}
		if i%2 == 0 {
			out.WriteString(wrap(scenario+", "+r.cells[1]+": "+o.paint(r.cells[last], r.state), o.Width, "  ") + "\n")
		}
		var facts []string
		for j := 3; j < last; j++ {
			if text := strings.ReplaceAll(r.cells[j], "\n", " "); text != "" && text != "–" {
				facts = append(facts, parityColumns[j].name+" "+text)
			}
		}
		if len(facts) == 0 {
			facts = []string{"nothing"}
		}
		out.WriteString("  " + wrap(r.cells[2]+": "+strings.Join(facts, "; "), o.Width-2, "    ") + "\n")
	}
	return out.String()
}

// ParityMarkdown writes what ParityTable shows, and nothing that depends on where
// it was made.
func ParityMarkdown(w io.Writer, t parity.Table) error {
	var out strings.Builder
	text, _ := parityConclusion(t)
	out.WriteString("# Parity\n\n" + cell(text) + "\n\n")
	for _, side := range paritySides(t) {
		out.WriteString("- " + cell(side) + "\n")
	}
	rows := parityRows(t)
	if len(rows) > 0 {
		out.WriteString("\n" + parityMarkdownTable(rows))
	}
	for i, reason := range parityWhy(t) {
		if i == 0 {
			out.WriteString("\n## Why\n\n")
		}
		out.WriteString("- " + cell(reason) + "\n")
	}
	if len(rows) > 0 {
		out.WriteString("\n" + howToReadParity + "\n")
	}
	return written(w, "the parity report", out.String())
}

func parityMarkdownTable(rows []parityRow) string {
	var out strings.Builder
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	var names, rule []string
	for _, c := range parityColumns {
		names, rule = append(names, c.name), append(rule, map[bool]string{true: "---:", false: "---"}[c == right(c.name)])
	}
	line(names)
	line(rule)
	for _, r := range rows {
		cells := make([]string, len(r.cells))
		for i, text := range r.cells {
			cells[i] = cell(strings.ReplaceAll(text, "\n", " "))
		}
		line(cells)
	}
	return out.String()
}
