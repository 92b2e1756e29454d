package render

import (
	"fmt"
	"io"
	"strings"

	"zarif/report"
)

// Markdown writes what Table shows as report.md: the same order, nothing that
// depends on where it was made or when it is made again.
func Markdown(w io.Writer, r report.Results) error {
	return writeMarkdown(w, "# zarif report\n\n"+markdown(r, "## %s"))
}

// MarkdownBlock is Markdown without headings, to stand in a page of someone's own.
func MarkdownBlock(w io.Writer, r report.Results) error {
	return writeMarkdown(w, markdown(r, "**%s**"))
}

func writeMarkdown(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// markdown is the report below its title; heading is the form of a section's.
func markdown(r report.Results, heading string) string {
	groups := groupsOf(r)
	var out strings.Builder
	text, _ := conclusion(r)
	fmt.Fprintf(&out, "%s\n", text)
	if facts := about(r); facts != "" {
		fmt.Fprintf(&out, "\n%s\n", cell(facts))
	}
	if text := modelled(r); text != "" {
		fmt.Fprintf(&out, "\n%s\n", cell(text))
	}
	if len(groups) > 0 {
		out.WriteString("\n" + markdownTable(groups))
	}
	for _, part := range []struct {
		name  string
		lines []string
	}{{"At the edge", edges(r)}, {"Why", why(r)}, {lostHeading, lost(r)}, {"Skipped", skipped(r)}, {unseenHeading, unseen(r)}, {staysHeading, stays(r)}} {
		if len(part.lines) > 0 {
			fmt.Fprintf(&out, "\n"+heading+"\n\n", part.name)
		}
		for _, line := range part.lines {
			fmt.Fprintf(&out, "- %s\n", cell(line))
		}
	}
	if len(groups) > 0 {
		fmt.Fprintf(&out, "\n%s\n", howToRead)
	}
	if text := howToReadEdges(edges(r)); text != "" {
		fmt.Fprintf(&out, "\n%s\n", text)
	}
	return out.String()
}

func markdownTable(groups []group) string {
	var out strings.Builder
	line := func(cells ...string) {
		for _, c := range cells {
			out.WriteString("| " + c + " ")
		}
		out.WriteString("|\n")
	}
	line("scenario", "stream", "rate", "sent", "dropped", "%", "causes", "masked", "missed", "unresolved", "p50/p99/max ms", "outage", "exits", "verdict", "expected")
	line("---", "---", "---:", "---:", "---:", "---:", "---", "---:", "---:", "---:", "---:", "---:", "---", "---", "---")
	for _, g := range groups {
		for i, r := range g.rows {
			scenario, exits, verdict := "", "", ""
			if i == 0 {
				scenario, exits, verdict = cell(g.scenario), cell(strings.Join(g.exits, ", ")), g.verdict
			}
			line(scenario, cell(r.stream), r.rate, r.sent, cell(strings.Join(r.dropped, ", ")), cell(r.share), cell(strings.Join(r.causes, ", ")),
				r.masked, r.missed, r.unresolved, r.latency, r.outage, exits, verdict, cell(r.expected))
		}
	}
	return out.String()
}

// about says when and on what the trials ran.
func about(r report.Results) string {
	var facts []string
	if !r.Started.IsZero() {
		facts = append(facts, "started "+r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if r.Tool.Version != "" {
		facts = append(facts, "zarif "+r.Tool.Version)
	}
	if r.Cluster.Type != "" {
		facts = append(facts, fmt.Sprintf("cluster %s (%s)", r.Cluster.Name, r.Cluster.Type))
	}
	if r.Cluster.Kubernetes != "" {
		facts = append(facts, "Kubernetes "+r.Cluster.Kubernetes)
	}
	if r.Cluster.ProxyMode != "" {
		facts = append(facts, "kube-proxy in mode "+r.Cluster.ProxyMode)
	}
	return clean(strings.Join(facts, " · "))
}

// cell is text that Markdown shows as it is.
func cell(text string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "`", "\\`").Replace(text)
}
