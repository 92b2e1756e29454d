package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zarif/report"
)

func TestKeepLeavesEveryReport(t *testing.T) {
	dir := t.TempDir()
	if err := keep(dir, report.Collect(nil)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"results.json": report.Schema, "report.md": "# zarif report", "report.html": "<title>zarif report"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v; want %q in it", name, err, want)
		}
	}
}
