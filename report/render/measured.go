package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"zarif/report"
	"zarif/report/measured"
)

// MeasuredMarkdown writes the rows of one stack's set-ups as a table, and what they
// were measured on.
func MeasuredMarkdown(w io.Writer, rows []measured.Row, on []string) error {
	var out strings.Builder
	out.WriteString("| set-up | disruption | trials | new connections while draining | in flight | idle connections | exit code | time to exit | fresh | reused | slow |\n")
	out.WriteString("| --- | --- | ---: | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		cells := append([]string{r.Setup, r.Disruption, trialsText(r)}, metText(r.New), inFlightText(r.InFlight), idleText(r.Idle), codesText(r.ExitCodes), timeText(r))
		for _, stream := range []string{"fresh", "reused", "slow"} {
			cells = append(cells, lossText(r.Streams, stream))
		}
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	fmt.Fprintf(&out, "\nOf conclusive trials, at least %d where nothing else is said. New connections: those that came to a pod between its signal and its exit; "+
		"accepted and cut is a reset or a close without an answer. In flight: requests being served at the signal. Idle connections: kept-alive ones "+
		"that were idle at the signal. Time to exit is from the deletion. *unknown*: the trials do not tell; –: not measured.\n", measured.Enough)
	for _, line := range on {
		fmt.Fprintf(&out, "\nMeasured on %s.\n", cell(line))
	}
	return written(w, "what was measured", out.String())
}

// MeasuredJSON writes rows as data.
func MeasuredJSON(w io.Writer, rows []measured.Row) error {
	return encoded(w, "what was measured", rows)
}

func trialsText(r measured.Row) string {
	text := strconv.Itoa(r.Conclusive)
	if r.Conclusive < measured.Enough {
		text += " (too few)"
	}
	if r.Left > 0 {
		text += fmt.Sprintf(", %d inconclusive", r.Left)
	}
	return text
}

// counted is what there is of some counts, and other where there is nothing.
func counted(other string, parts ...any) string {
	var out []string
	for i := 0; i+1 < len(parts); i += 2 {
		if n := parts[i+1].(int); n > 0 {
			out = append(out, fmt.Sprintf("%s %d", parts[i], n))
		}
	}
	if len(out) == 0 {
		return other
	}
	return strings.Join(out, ", ")
}

func metText(m report.Met) string {
	return counted("unknown", "served", m.Served, "refused", m.Refused, "accepted and cut", m.Reset, "no answer", m.Hung, "error status", m.Errors, "other", m.Other)
}

func inFlightText(f *report.InFlight) string {
	if f == nil {
		return "unknown"
	}
	return counted("unknown", "kept", f.Kept, "cut", f.Cut, "unknown", f.Unknown)
}

func idleText(i report.Idle) string {
	return counted("unknown", "told to close", i.Told, "closed", i.Closed, "closed under a request", i.Cut, "unknown", i.Other)
}

func codesText(codes map[int]int) string {
	var out []string
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		text := strconv.Itoa(code)
		if code < 0 {
			text = "unknown"
		}
		out = append(out, fmt.Sprintf("%s ×%d", text, codes[code]))
	}
	if len(out) == 0 {
		return "unknown"
	}
	return strings.Join(out, ", ")
}

func timeText(r measured.Row) string {
	switch {
	case r.ExitLeast == nil || r.ExitMost == nil:
		return "unknown"
	case *r.ExitMost-*r.ExitLeast < 0.1:
		return fmt.Sprintf("%.1f s", *r.ExitMost)
	}
	return fmt.Sprintf("%.1f–%.1f s", *r.ExitLeast, *r.ExitMost)
}

func lossText(streams map[string]measured.Losses, name string) string {
	l, ok := streams[name]
	if !ok {
		return "–"
	}
	text := fmt.Sprintf("%s of %s", count(l.Dropped), count(l.Sent))
	var causes []any
	for _, cause := range slices.Sorted(maps.Keys(l.Causes)) {
		causes = append(causes, cause, l.Causes[cause])
	}
	if list := counted("", causes...); list != "" {
		text += " (" + list + ")"
	}
	return text
}
