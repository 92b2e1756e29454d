package render

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"zarif/report"
)

// lost says for every scenario why its hits were lost, a line per mechanism, and
// what would have saved them; the mechanism with most hits first.
func lost(r report.Results) (lines []string) {
	for _, s := range r.Scenarios {
		for _, m := range mechanismsOf(r, s.Scenario) {
			lines = append(lines, clean(fmt.Sprintf("%s: %s on %s: %s (%s)", s.Scenario, plural(m.hits, "hit"), list(m.streams), m.what, m.name)))
		}
		for _, a := range s.Advice {
			lines = append(lines, clean(fmt.Sprintf("%s, advice: %s", s.Scenario, a.Text)))
		}
		for _, rem := range remarksOf(r, s.Scenario) {
			lines = append(lines, clean(fmt.Sprintf("%s, %s: %s; advice: %s", s.Scenario, plural(rem.pods, "pod"), rem.summary, rem.advice)))
		}
	}
	return lines
}

const lostHeading = "Why requests were lost"

// lostBy is what a mechanism did to a scenario over all of its trials.
type lostBy struct {
	name, what string
	hits       int
	streams    []string
}

func mechanismsOf(r report.Results, scenario string) []*lostBy {
	var all []*lostBy
	for _, t := range r.Trials {
		if t.Scenario != scenario {
			continue
		}
		for _, f := range t.Findings {
			i := slices.IndexFunc(all, func(m *lostBy) bool { return m.name == f.Mechanism })
			if i < 0 {
				i = len(all)
				all = append(all, &lostBy{name: f.Mechanism, what: f.What})
			}
			all[i].hits += f.Hits
			if !slices.Contains(all[i].streams, f.Stream) {
				all[i].streams = append(all[i].streams, f.Stream)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *lostBy) int { return cmp.Or(cmp.Compare(b.hits, a.hits), strings.Compare(a.name, b.name)) })
	return all
}

// remarked is a kind of remark over all of a scenario's trials.
type remarked struct {
	kind, summary, advice string
	pods                  int
}

func remarksOf(r report.Results, scenario string) []*remarked {
	var all []*remarked
	for _, t := range r.Trials {
		if t.Scenario != scenario {
			continue
		}
		for _, rem := range t.Remarks {
			i := slices.IndexFunc(all, func(m *remarked) bool { return m.kind == rem.Kind })
			if i < 0 {
				i = len(all)
				all = append(all, &remarked{kind: rem.Kind, summary: rem.Summary, advice: rem.Advice})
			}
			all[i].pods += len(rem.Pods)
		}
	}
	return all
}

// list is a, b and c.
func list(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
}

// Findings writes every finding of every trial with its evidence, its first hits
// and its advice, and then the scenarios' advice.
func Findings(w io.Writer, r report.Results, o Options) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	var out bytes.Buffer
	line := func(indent, format string, args ...any) {
		out.WriteString(indent + wrap(clean(fmt.Sprintf(format, args...)), o.Width-len(indent), indent+"  ") + "\n")
	}
	for _, t := range r.Trials {
		if len(t.Findings)+len(t.Remarks) == 0 {
			continue
		}
		line("", "%s, trial %d:", t.Scenario, t.Trial)
		for _, f := range t.Findings {
			line("  ", "%s %s", f.ID, f.Summary)
			if f.Phase != "" {
				line("    ", "pods were %s", f.Phase)
			}
			for _, text := range f.Evidence {
				line("    ", "- %s", text)
			}
			line("    ", "known by %s; hits %s", joins(f.Joins), firstIDs(f.HitIDs, f.Hits))
			for _, text := range f.Missing {
				line("    ", "missing: %s", text)
			}
		}
		for _, rem := range t.Remarks {
			line("  ", "%s %s: %s", rem.ID, rem.Kind, rem.Summary)
			for _, text := range rem.Evidence {
				line("    ", "- %s", text)
			}
		}
		out.WriteByte('\n')
	}
	lines := lost(r)
	if len(lines) == 0 {
		line("", "No hit was lost, and no pod ended badly.")
	} else {
		line("", "%s, and what would have saved them:", lostHeading)
	}
	for _, text := range lines {
		out.WriteString("- " + wrap(text, o.Width-2, "  ") + "\n")
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

func joins(by map[string]int) string {
	var names, out []string
	for name := range by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(by[b]-by[a], strings.Compare(a, b)) })
	for _, name := range names {
		out = append(out, fmt.Sprintf("%s %s", name, count(by[name])))
	}
	return strings.Join(out, ", ")
}

// firstIDs are the first ids of all.
func firstIDs(ids []string, all int) string {
	const shown = 8
	text := strings.Join(ids[:min(len(ids), shown)], ", ")
	if all > shown {
		text += fmt.Sprintf(" … (%s)", count(all))
	}
	return text
}
