package explain

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

var folders = flag.String("folders", "", "results folders (a glob) of which to print what was found")

// TestFolders prints, for whoever works on the mechanisms, what they find in the
// folders that were asked for.
func TestFolders(t *testing.T) {
	if *folders == "" {
		t.Skip("no -folders")
	}
	paths, err := filepath.Glob(filepath.Join(*folders, "trials/*/*/history.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ scenario, stream, mechanism, detail string }
	counts, lost := map[key]int{}, map[string]int{}
	for _, path := range paths {
		trial, err := report.Analyse(history.ReadFile(path), func(tr *report.Trial, f *report.Facts) {
			c := newCase(f)
			for _, g := range c.explainAll().groups {
				n := g.dropped + g.masked
				counts[key{tr.Scenario, c.meta.Streams[g.stream].Name, g.mechanism.name, g.detail}] += n
				lost[tr.Scenario] += n
				if g.mechanism.name == Unexplained {
					t.Logf("%s: %v %s joins %v", path, g.ids[:min(len(g.ids), 6)], g.detail, g.joins)
				}
			}
		})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		_ = trial
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.scenario, b.scenario), cmp.Compare(a.stream, b.stream), cmp.Compare(a.mechanism, b.mechanism), cmp.Compare(a.detail, b.detail))
	})
	for _, k := range keys {
		fmt.Printf("%-28s %-8s %-18s %-24s %6d  %5.1f %%\n", k.scenario, k.stream, k.mechanism, k.detail, counts[k], 100*float64(counts[k])/float64(lost[k.scenario]))
	}
}

// doubts says why a loss came out as it did.
func (c *inquiry) doubts(l *loss) string {
	text := fmt.Sprintf("%s %s from %s to %s opened %v fresh %v u %d open way %v lines %v wrote %d idle %d", l.id(), l.cause, seconds(l.from), seconds(l.to), l.opened(), l.fresh, l.u, c.open(l.in.Source, l.from), l.lines, l.conn.Wrote, l.hit.Idle)
	for _, p := range c.all {
		lead := p.mayLead(l.from, l.u)
		text += fmt.Sprintf("\n      %s lead %v state %d proves %v ep %v del %d gone %d", p.name, lead, p.at(l.from, l.u), c.proves(p, l.to+l.u), p.endpoint, p.deleted, p.gone)
		for _, r := range p.runs {
			text += fmt.Sprintf(" run{%+v}", *r)
		}
	}
	return text
}

var only = flag.String("hit", "", "the hit that -folders is about")

func TestOneHit(t *testing.T) {
	if *only == "" {
		t.Skip("no -hit")
	}
	paths, _ := filepath.Glob(*folders)
	for _, path := range paths {
		_, err := report.Analyse(history.ReadFile(path), func(tr *report.Trial, f *report.Facts) {
			c := newCase(f)
			for l := range c.losses() {
				if slices.Contains(strings.Split(*only, ","), l.id()) {
					fmt.Println(c.doubts(l))
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}
