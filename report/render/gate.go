package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"zarif/report/gate"
)

// GateTable writes r for a terminal: the drops of every stream, and every check that
// is not ok, with all every check; then why. Where o.Width is too small for a table,
// every check gets lines of its own.
func GateTable(w io.Writer, r gate.Report, all bool, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	for _, note := range r.Notes {
		out.WriteString(wrap(clean(note), o.Width, "  ") + "\n")
	}
	if rows := gateRows(r, all); len(rows) > 0 {
		body, err := gateGrid(rows, o)
		if err != nil {
			return fmt.Errorf("draw the gate's table: %w", err)
		}
		if width(body) > o.Width {
			body = gateStacked(rows, o)
		}
		out.WriteString(body + "\n")
	}
	for i, reason := range gateWhy(r) {
		if i == 0 {
			out.WriteString("Why:\n")
		}
		out.WriteString("- " + wrap(reason, o.Width-2, "  ") + "\n")
	}
	out.WriteString(wrap(howToReadGate, o.Width, "  ") + "\n")
	text, state := gateConclusion(r)
	out.WriteString(o.paint(wrap(text, o.Width, "  "), state) + "\n")
	return written(w, "the gate", out.String())
}

func gateGrid(rows []gateRow, o Options) (string, error) {
	columns := make([]column, len(gateColumns))
	for i, c := range gateColumns {
		columns[i] = column{strings.ToUpper(c.name), c.align}
	}
	g := newGrid(columns)
	for _, r := range rows {
		cells := append([]string{}, r.cells...)
		last := len(cells) - 1
		cells[last] = o.paint(cells[last], r.state)
		if err := g.add(cells); err != nil {
			return "", err
		}
	}
	return g.draw()
}

// gateStacked has a line for each check, and below it its numbers.
func gateStacked(rows []gateRow, o Options) string {
	var out strings.Builder
	scenario := ""
	for _, r := range rows {
		last := len(r.cells) - 1
		if r.cells[0] != "" {
			scenario = r.cells[0]
		}
		out.WriteString(wrap(fmt.Sprintf("%s, %s, %s: %s", scenario, r.cells[1], r.cells[2], o.paint(r.cells[last], r.state)), o.Width, "  ") + "\n")
		var facts []string
		for i := 3; i < last; i++ {
			if r.cells[i] != "–" {
				facts = append(facts, gateColumns[i].name+" "+r.cells[i])
			}
		}
		out.WriteString("  " + wrap(strings.Join(facts, "; "), o.Width-2, "    ") + "\n")
	}
	return out.String()
}

// GateMarkdown writes what GateTable shows, and nothing that depends on where it
// was made.
func GateMarkdown(w io.Writer, r gate.Report, all bool) error {
	var out strings.Builder
	text, _ := gateConclusion(r)
	out.WriteString("# zarif gate\n\n" + cell(text) + "\n")
	for i, note := range r.Notes {
		if i == 0 {
			out.WriteString("\n")
		}
		out.WriteString("- " + cell(clean(note)) + "\n")
	}
	if rows := gateRows(r, all); len(rows) > 0 {
		out.WriteString("\n" + markdownGrid(gateColumns, gateTexts(rows)))
	}
	for i, reason := range gateWhy(r) {
		if i == 0 {
			out.WriteString("\n## Why\n\n")
		}
		out.WriteString("- " + cell(reason) + "\n")
	}
	out.WriteString("\n" + howToReadGate + "\n")
	return written(w, "the gate", out.String())
}

func gateTexts(rows []gateRow) (texts [][]string) {
	for _, r := range rows {
		texts = append(texts, r.cells)
	}
	return texts
}

// markdownGrid is a table of rows of texts.
func markdownGrid(columns []column, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	var names, rule []string
	for _, c := range columns {
		names, rule = append(names, c.name), append(rule, map[bool]string{true: "---:", false: "---"}[c == right(c.name)])
	}
	line(names)
	line(rule)
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, text := range r {
			cells[i] = cell(text)
		}
		line(cells)
	}
	return out.String()
}
