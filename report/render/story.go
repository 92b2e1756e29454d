package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"zarif/report/explain"
)

// Story writes what happened to one hit or pod, a line per thing, and what follows
// from it.
func Story(w io.Writer, s explain.Story, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	out.WriteString(clean(s.Title) + "\n\n")
	for _, e := range s.Entries {
		head := fmt.Sprintf("%11.6f s %-9s %-8s", float64(e.T)/1e6, within(e.Precision.Duration().Milliseconds()), e.Source)
		text := head + " " + strings.Join(strings.Fields(clean(e.Text)), " ")
		out.WriteString(strings.TrimRight(cut(text, o.Width), " ") + "\n")
	}
	out.WriteString("\n")
	for _, text := range s.Conclusion {
		out.WriteString("- " + wrap(clean(text), o.Width-2, "  ") + "\n")
	}
	out.WriteString(wrap(fmt.Sprintf("Times are since the trial began, the earliest moment with how much later it can have been; those of different sources may be %s apart.",
		s.Uncertain), o.Width, "  ") + "\n")
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the story: %w", err)
	}
	return nil
}

// within says how much later a thing can have been; empty: its time is exact.
func within(ms int64) string {
	switch {
	case ms == 0:
		return ""
	case ms < 1000:
		return fmt.Sprintf("+%d ms", ms)
	}
	return fmt.Sprintf("+%.1f s", float64(ms)/1000)
}

// cut is text in at most width columns.
func cut(text string, width int) string {
	if r := []rune(text); len(r) > width && width > 1 {
		return string(r[:width-1]) + "…"
	}
	return text
}
