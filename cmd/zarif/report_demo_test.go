package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"zarif/report/explain"
	"zarif/report/render"
)

// demo is the report of the demo suite that is kept with the docs.
const demo = "../../docs/demo"

const makeAnew = "make demo-report makes it anew"

// What is kept of the demo suite is what its histories say: making it again changes
// nothing.
func TestDemoReport(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(demo, "results")
	results, err := explain.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	from := source{dir: dir, results: results}
	if results.ExitCode() != exitAsExpected || len(results.Scenarios) != 5 {
		t.Errorf("%d scenarios, exit code %d", len(results.Scenarios), results.ExitCode())
	}

	page, err := os.ReadFile(filepath.Join(demo, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(again, page, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (reportOptions{update: again}).show(t.Context(), streams{}, format{}, from, nil); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(again); err != nil || !bytes.Equal(now, page) {
		t.Errorf("docs/demo/README.md is not what its results say, error %v: %s", err, makeAnew)
	}

	var text bytes.Buffer
	if err := render.JSON(&text, results); err != nil {
		t.Fatal(err)
	}
	keptAs(t, filepath.Join(dir, "results.json"), text.Bytes())

	pictures, err := writePictures(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, p := range pictures {
		var text bytes.Buffer
		if err := p.write(&text); err != nil {
			t.Fatal(err)
		}
		keptAs(t, filepath.Join(demo, p.name), text.Bytes())
		drawn[p.name] = true
	}
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`).FindAllSubmatch(page, -1) {
		shown[string(m[1])] = true
	}
	kept, err := filepath.Glob(filepath.Join(demo, "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		if name := filepath.Base(path); !drawn[name] || !shown[name] {
			t.Errorf("docs/demo/%s is drawn: %t, shown on the page: %t", name, drawn[name], shown[name])
		}
	}
}

func keptAs(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what its results say, error %v: %s", path, err, makeAnew)
	}
}

// What is kept is small, and all of it is on record: no thinned history.
func TestDemoResults(t *testing.T) {
	t.Parallel()
	size := int64(0)
	err := filepath.WalkDir(demo, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	if err != nil || size > 3<<20 {
		t.Errorf("docs/demo has %d bytes, error %v; want 3 MiB at most", size, err)
	}
	results, err := explain.Load(filepath.Join(demo, "results"))
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range results.Trials {
		if !trial.Complete {
			t.Errorf("%s, trial %d: its history has lost something", trial.Scenario, trial.Trial)
		}
	}
}

// Every format can be written, to its place and nowhere else.
func TestReportFormats(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(demo, "results")
	results, err := explain.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "report")
			if err := f.to(context.Background(), out, source{dir: dir, results: results}); err != nil {
				t.Fatal(err)
			}
			stat, err := os.Stat(out)
			if err != nil || stat.IsDir() != (f.files != nil) || stat.Size() == 0 {
				t.Errorf("%v, error %v", stat, err)
			}
			left, err := filepath.Glob(filepath.Join(filepath.Dir(out), ".*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, error %v", left, err)
			}
		})
	}
}
