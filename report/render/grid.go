package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// A grid is a table without lines: columns two spaces apart.
type grid struct {
	table *tablewriter.Table
	out   *bytes.Buffer
}

type column struct {
	name  string
	align tw.Align
}

func left(name string) column  { return column{name, tw.AlignLeft} }
func right(name string) column { return column{name, tw.AlignRight} }

func newGrid(columns []column) *grid {
	var names []string
	var aligns []tw.Align
	for _, c := range columns {
		names, aligns = append(names, c.name), append(aligns, c.align)
	}
	g := &grid{out: &bytes.Buffer{}}
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: "", Right: "  ", Overwrite: true}},
	}
	g.table = tablewriter.NewTable(g.out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{AutoHide: tw.Off, TrimSpace: tw.On}}),
		// The width of "×" and "–" must not depend on the reader's locale.
		tablewriter.WithEastAsian(tw.Off),
	)
	g.table.Header(names)
	return g
}

func (g *grid) add(cells []string) error {
	if err := g.table.Append(cells); err != nil {
		return fmt.Errorf("row %q: %w", cells[0], err)
	}
	return nil
}

func (g *grid) draw() (string, error) {
	if err := g.table.Render(); err != nil {
		return "", err
	}
	var out strings.Builder
	for line := range strings.Lines(g.out.String()) {
		out.WriteString(trimmed(line) + "\n")
	}
	return out.String(), nil
}

// trimmed is line without the padding at its end, behind which the table sets the
// colour back once more.
func trimmed(line string) string {
	line = strings.TrimRight(line, " \n")
	for {
		before, painted := strings.CutSuffix(line, ansiEnd)
		before = strings.TrimRight(before, " ")
		if !painted || !strings.HasSuffix(before, ansiEnd) {
			return line
		}
		line = before
	}
}
