package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestUpdateMarked(t *testing.T) {
	const begin, end = "<!-- zarif x: begin -->", "<!-- zarif x: end -->"
	for _, c := range []struct{ name, page, want string }{
		{"anew", "a\n" + begin + "\nold\n" + end + "\nb\n", "a\n" + begin + "\nnew\n" + end + "\nb\n"},
		{"for the first time", "a\n" + begin + "\n" + end + "\n", "a\n" + begin + "\nnew\n" + end + "\n"},
		{"a section without marks", "a\n\n## Measured\n\nb\n", "a\n\n## Measured\n\n" + begin + "\nnew\n" + end + "\n\nb\n"},
		{"another block stays", "<!-- zarif y: begin -->\nold\n" + begin + "\n" + end + "\n", "<!-- zarif y: begin -->\nold\n" + begin + "\nnew\n" + end + "\n"},
		{"no marks, no section", "a\n", ""},
		{"no end", "a\n" + begin + "\nb\n", ""},
		{"the end first", end + "\n" + begin + "\n", ""},
		{"twice", begin + "\n" + end + "\n" + begin + "\n" + end + "\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := filepath.Join(t.TempDir(), "page.md")
			if err := os.WriteFile(page, []byte(c.page), 0o644); err != nil {
				t.Fatal(err)
			}
			err := updateMarked(page, "x", func(w io.Writer) error { _, err := fmt.Fprintln(w, "new"); return err })
			got, _ := os.ReadFile(page)
			if c.want == "" && (exitCode(err) != exitUsage || string(got) != c.page) {
				t.Errorf("error %v, the page is %q", err, got)
			}
			if c.want != "" && (err != nil || string(got) != c.want) {
				t.Errorf("error %v, the page is %q, want %q", err, got, c.want)
			}
		})
	}
}
