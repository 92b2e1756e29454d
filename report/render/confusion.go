package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"zarif/report/explain"
)

const howToReadConfusion = "How to read: a row is what was provoked in a stream, a column what was found, in lost hits. [n] is what was provoked, " +
	"n alone what was said to come beside it, n! what nobody said, n? where nobody said anything."

// Confusion writes c for a terminal. Where o.Width is too small for a table, every
// row gets lines of its own.
func Confusion(w io.Writer, c explain.Confusion, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out strings.Builder
	if len(c.Rows) > 0 {
		body, err := confusionGrid(c, o)
		if err != nil {
			return fmt.Errorf("draw the matrix: %w", err)
		}
		if width(body) > o.Width {
			body = confusionStacked(c, o)
		}
		out.WriteString(body + "\n" + wrap(howToReadConfusion, o.Width, "  ") + "\n")
	}
	text, state := confusionConclusion(c)
	out.WriteString(o.paint(wrap(text, o.Width, "  "), state) + "\n")
	return written(w, "the matrix", out.String())
}

// ConfusionMarkdown writes what Confusion shows, and nothing that depends on where
// it was made.
func ConfusionMarkdown(w io.Writer, c explain.Confusion) error {
	var out strings.Builder
	text, _ := confusionConclusion(c)
	out.WriteString(cell(text) + "\n")
	if len(c.Rows) > 0 {
		line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
		head, rule := []string{"provoked", "scenario", "stream", "trials"}, []string{"---", "---", "---", "---:"}
		for _, m := range c.Mechanisms {
			head, rule = append(head, m), append(rule, "---:")
		}
		out.WriteByte('\n')
		line(head)
		line(rule)
		for _, r := range c.Rows {
			cells := []string{cell(provoked(r)), cell(r.Scenario), cell(r.Stream), trialsShown(r)}
			for _, m := range c.Mechanisms {
				text := cell(foundCell(r, m))
				if m == r.Provokes {
					text = "**" + text + "**"
				}
				cells = append(cells, text)
			}
			line(cells)
		}
		out.WriteString("\n" + cell(howToReadConfusion) + "\n")
	}
	return written(w, "the matrix", out.String())
}

// ConfusionJSON writes c as data.
func ConfusionJSON(w io.Writer, c explain.Confusion) error {
	return encoded(w, "the matrix", c)
}

func confusionGrid(c explain.Confusion, o Options) (string, error) {
	columns := []column{left("PROVOKED"), left("SCENARIO"), left("STREAM"), right("TRIALS")}
	for _, m := range c.Mechanisms {
		columns = append(columns, right(strings.Replace(strings.ToUpper(m), "-", "-\n", 1)))
	}
	g := newGrid(columns)
	for _, r := range c.Rows {
		cells := []string{o.paint(provoked(r), confusionState(r)), clean(r.Scenario), clean(r.Stream), trialsShown(r)}
		for _, m := range c.Mechanisms {
			cells = append(cells, foundCell(r, m))
		}
		if err := g.add(cells); err != nil {
			return "", err
		}
	}
	return g.draw()
}

// confusionStacked has a line for each row, and below it what was found.
func confusionStacked(c explain.Confusion, o Options) string {
	var out strings.Builder
	for _, r := range c.Rows {
		out.WriteString(wrap(fmt.Sprintf("%s, %s: %s, trials %s", clean(r.Scenario), clean(r.Stream), o.paint(provoked(r), confusionState(r)), trialsShown(r)), o.Width, "  ") + "\n")
		var found []string
		for _, m := range c.Mechanisms {
			if text := foundCell(r, m); text != "" {
				found = append(found, m+" "+text)
			}
		}
		out.WriteString("  " + wrap("found: "+strings.Join(found, ", "), o.Width-2, "    ") + "\n")
	}
	return out.String()
}

func provoked(r explain.ConfusionRow) string {
	if r.Provokes == "" {
		return "–"
	}
	return clean(r.Provokes)
}

// trialsShown is how many trials there were, and how many of them show nothing.
func trialsShown(r explain.ConfusionRow) string {
	text := strconv.Itoa(r.Trials)
	if r.Missing > 0 {
		text += fmt.Sprintf(", %d without", r.Missing)
	}
	if r.Open > 0 {
		text += fmt.Sprintf(", %d inconclusive", r.Open)
	}
	return text
}

// foundCell marks what was provoked and what nobody said.
func foundCell(r explain.ConfusionRow, mechanism string) string {
	n := count(r.Found[mechanism])
	switch {
	case mechanism == r.Provokes:
		return "[" + n + "]"
	case r.Found[mechanism] == 0:
		return ""
	case r.Provokes == "":
		return n + "?"
	case slices.Contains(r.Besides, mechanism):
		return n
	}
	return n + "!"
}

func confusionState(r explain.ConfusionRow) state {
	switch {
	case r.Provokes == "":
		return plain
	case r.Outside > 0 || r.Missing > 0:
		return bad
	case r.Open > 0:
		return open
	}
	return good
}

func confusionConclusion(c explain.Confusion) (string, state) {
	if len(c.Rows) == 0 {
		return "No hit was lost, and none was provoked to be.", plain
	}
	missing := 0
	for _, r := range c.Rows {
		missing += r.Missing
	}
	text := fmt.Sprintf("%s lost: %s by what was provoked, %s by what was said to come beside it, %s by anything else",
		plural(c.Lost, "hit"), count(c.Provoked), count(c.Beside), count(c.Outside))
	if c.Unsaid > 0 {
		text += fmt.Sprintf(", %s where nobody said what", count(c.Unsaid))
	}
	s := good
	if missing > 0 {
		text += fmt.Sprintf("; what was provoked lost none in %s", plural(missing, "trial"))
		s = bad
	}
	if c.Outside > 0 {
		s = bad
	}
	return text + ".", s
}
