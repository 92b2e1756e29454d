// Package html owns the page that shows a results folder in a browser: one file
// with everything in it, which asks nothing of a network. It draws no conclusions:
// what it says is in report.Results, and what it draws in the histories.
package html

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// Write writes the page of the results folder dir to w. r is what its histories
// mean, as report.Load tells it; a trial whose history cannot be read here has no
// timeline, and the page says why. The same folder and results make the same page,
// byte for byte.
func Write(ctx context.Context, w io.Writer, dir string, r report.Results) error {
	lines := make([]timeline, len(r.Trials))
	for i := range r.Trials {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write the page of %s: %w", dir, err)
		}
		t := &r.Trials[i]
		path := filepath.Join(dir, "trials", t.Scenario, strconv.Itoa(t.Trial), "history.jsonl.zst")
		lines[i] = timelineOf(t, history.ReadFile(path))
		// The page goes elsewhere, where the folder's place on this machine says nothing.
		lines[i].fault = strings.ReplaceAll(lines[i].fault, filepath.Clean(dir)+string(filepath.Separator), "")
	}
	out := bufio.NewWriter(w)
	if err := pageOf(r, lines).write(out); err != nil {
		return fmt.Errorf("write the page of %s: %w", dir, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the page of %s: %w", dir, err)
	}
	return nil
}
