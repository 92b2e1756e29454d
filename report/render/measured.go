package render

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"zarif/report"
	"zarif/report/measured"
)

// MeasuredMarkdown writes what is said of one stack's set-ups as two tables, what
// they do when they are asked to end and what their clients lose, and what they
// were measured on.
func MeasuredMarkdown(w io.Writer, p measured.Page) error {
	var out strings.Builder
	if len(p.Rows) > 0 {
		measuredTables(&out, p.Rows)
		out.WriteString("\n" + measuredLegend() + "\n")
	}
	if len(p.Without) > 0 {
		fmt.Fprintf(&out, "\nNot measured: %s.\n", cell(strings.Join(p.Without, ", ")))
	}
	for _, line := range p.On {
		fmt.Fprintf(&out, "\nMeasured on %s.\n", cell(line))
	}
	return written(w, "what was measured", strings.TrimPrefix(out.String(), "\n"))
}

func measuredTables(out *strings.Builder, rows []measured.Row) {
	var ends, losses [][]string
	for _, r := range rows {
		end := []string{r.Setup, r.Disruption, trialsText(r), "–", "–", "–", "–", "–"}
		if r.Conclusive > 0 {
			end = append(end[:3], metText(r.New), inFlightText(r.InFlight), idleText(r.Idle), codesText(r.ExitCodes), timeText(r))
		}
		ends = append(ends, end)
		losses = append(losses, []string{r.Setup, r.Disruption, lossText(r.Streams, "fresh"), lossText(r.Streams, "reused"), lossText(r.Streams, "slow")})
	}
	out.WriteString("When it is asked to end:\n\n")
	pageTable(out, []string{"set-up", "disruption", "trials", "new connections", "requests in flight", "idle connections", "exit code", "deletion to exit"}, ends)
	out.WriteString("\nRequests lost:\n\n")
	pageTable(out, []string{"set-up", "disruption", "fresh", "reused", "slow"}, losses)
}

func pageTable(out *strings.Builder, head []string, rows [][]string) {
	out.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat(" --- |", len(head)) + "\n")
	for _, row := range rows {
		for _, text := range row {
			out.WriteString("| " + cell(text) + " ")
		}
		out.WriteString("|\n")
	}
}

// measuredLegend explains the tables.
func measuredLegend() string {
	return fmt.Sprintf("Of conclusive trials, %d or more of each set-up and stream where nothing else is said; counts are sums over them. "+
		"*New connections* came to a pod between its signal and its exit; accepted and cut is a reset or a close without an answer. "+
		"*Requests in flight* were being served at the signal; cut ones got no complete answer. *Idle connections* were kept alive and idle at the signal. "+
		"*Exit code*: how many pods ended with it. *Deletion to exit* has the preStop hook in it, and spans all pods. "+
		"*fresh*: a connection for each request, *reused*: kept-alive ones, *slow*: requests that take 2 s on a connection each. "+
		"unknown: the trials do not tell; none seen: no such connection or request is known; –: no conclusive trial has it.", measured.Enough)
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
			out = append(out, fmt.Sprintf("%s %s", parts[i], count(n)))
		}
	}
	if len(out) == 0 {
		return other
	}
	return strings.Join(out, ", ")
}

func metText(m report.Met) string {
	return counted("none seen", "served", m.Served, "refused", m.Refused, "accepted and cut", m.Reset, "no answer", m.Hung, "error status", m.Errors, "other", m.Other)
}

func inFlightText(f *report.InFlight) string {
	if f == nil {
		return "unknown"
	}
	return counted("none seen", "kept", f.Kept, "cut", f.Cut, "unknown", f.Unknown)
}

func idleText(i report.Idle) string {
	return counted("none seen", "told to close", i.Told, "closed", i.Closed, "closed under a request", i.Cut, "unknown", i.Other)
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
	text := fmt.Sprintf("%s of %s at %s/s", count(l.Dropped), count(l.Sent), ratesText(l))
	var causes []any
	for _, cause := range slices.SortedFunc(maps.Keys(l.Causes), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.Causes[b], l.Causes[a]), strings.Compare(a, b))
	}) {
		causes = append(causes, cause, l.Causes[cause])
	}
	if list := counted("", causes...); list != "" {
		text += " (" + list + ")"
	}
	if l.Trials < measured.Enough {
		text += fmt.Sprintf("; %s: too few", plural(l.Trials, "trial"))
	}
	return text
}

func ratesText(l measured.Losses) string {
	least, most := strconv.FormatFloat(l.RateLeast, 'f', -1, 64), strconv.FormatFloat(l.RateMost, 'f', -1, 64)
	if least == most {
		return least
	}
	return least + "–" + most
}
