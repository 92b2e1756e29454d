package explain

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
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
