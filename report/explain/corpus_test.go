package explain

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"zarif/report"
	"zarif/report/history"
)

var update = flag.Bool("update", false, "write what the corpus' histories show anew")

// corpus are the recorded histories: of real clusters, trimmed (see trim_test.go).
func corpus(t testing.TB) []string {
	paths, err := filepath.Glob("testdata/corpus/*.jsonl.zst")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d histories in the corpus, want 20 or more: %v", len(paths), err)
	}
	return paths
}

// TestCorpus holds the findings of recorded histories.
func TestCorpus(t *testing.T) {
	kinds := map[string]int{}
	for _, path := range corpus(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl.zst")
		t.Run(name, func(t *testing.T) {
			trial := examined(t, history.ReadFile(path))
			for _, f := range trial.Findings {
				kinds[f.Mechanism] += f.Hits
			}
			got := told(trial)
			golden := strings.TrimSuffix(path, ".jsonl.zst") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
	for _, mechanism := range []string{LateEndpoint, GoneAddress, StaleEntry, InFlightCut, IdleRace, NeverServed} {
		if kinds[mechanism] == 0 {
			t.Errorf("no history of the corpus shows %s", mechanism)
		}
	}
}

// told is what a golden file holds.
func told(trial report.Trial) []byte {
	var out bytes.Buffer
	for _, f := range trial.Findings {
		fmt.Fprintf(&out, "%s %s: %d dropped, %d masked, %s\n", f.Stream, f.Mechanism, f.Dropped, f.Masked, byCount(f.Joins))
		fmt.Fprintf(&out, "  hits %s\n  phase %s\n", strings.Join(f.HitIDs, " "), f.Phase)
		for _, lines := range [][]string{f.Evidence, f.Missing} {
			for _, line := range lines {
				fmt.Fprintf(&out, "  %s\n", line)
			}
		}
	}
	for _, r := range trial.Remarks {
		fmt.Fprintf(&out, "%s: %s\n  %s\n", r.Kind, r.Summary, strings.Join(r.Evidence, "\n  "))
	}
	return out.Bytes()
}

// TestOrderOfRecordsDoesNotMatter: a history's order is not promised.
func TestOrderOfRecordsDoesNotMatter(t *testing.T) {
	for _, path := range corpus(t)[:4] {
		var records []history.Record
		for r, err := range history.ReadFile(path) {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
		want := told(examined(t, each(records)))
		slices.Reverse(records)
		if got := told(examined(t, each(records))); !bytes.Equal(got, want) {
			t.Errorf("%s, from the last record to the first:\n%s\nwant:\n%s", path, got, want)
		}
	}
}

// TestNothingIsHiddenByWhatIsMissing: without one kind of record after the other
// nothing panics and the sums hold; and without the pods' logs no finding claims
// to know what only they tell.
func TestNothingIsHiddenByWhatIsMissing(t *testing.T) {
	without := map[string]func(history.Record) bool{
		"connections":  func(r history.Record) bool { return r.Conn != nil },
		"server lines": func(r history.Record) bool { return r.Served != nil },
		"API":          func(r history.Record) bool { return r.Event != nil && r.Event.Source == history.SourceAPI },
		"pods": func(r history.Record) bool {
			return r.Event != nil && r.Event.Source == history.SourcePods || r.Served != nil
		},
		"clocks": func(r history.Record) bool { return r.Clock != nil },
		"events": func(r history.Record) bool { return r.Event != nil },
		"edge":   func(r history.Record) bool { return r.Proxied != nil },
	}
	for _, path := range corpus(t) {
		var records []history.Record
		for r, err := range history.ReadFile(path) {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
		for what, drop := range without {
			trial := examined(t, each(slices.DeleteFunc(slices.Clone(records), drop)))
			for _, f := range trial.Findings {
				if what == "pods" && f.Joins[byLog] > 0 && f.Mechanism != Gateway { // the edge has one, too
					t.Errorf("%s without %s: %s is known by a log: %v", path, what, f.Mechanism, f.Joins)
				}
				if what == "events" && f.Mechanism != Unexplained && f.Mechanism != IdleRace && f.Mechanism != Truncated && f.Mechanism != Application && f.Mechanism != Gateway {
					t.Errorf("%s without %s: %s is found: %v", path, what, f.Mechanism, f.Evidence)
				}
			}
		}
	}
}

func each(records []history.Record) func(func(history.Record, error) bool) {
	return func(yield func(history.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// writeHistory writes records as a compressed history.
func writeHistory(path string, records []history.Record) error {
	var out bytes.Buffer
	zip, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return err
	}
	for i := range records {
		line, err := history.AppendRecord(nil, &records[i])
		if err != nil {
			return err
		}
		if _, err := zip.Write(line); err != nil {
			return err
		}
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
