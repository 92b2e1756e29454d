package picture

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"zarif/report"
	"zarif/report/history"
)

// A Picture is one of those of a results folder.
type Picture struct {
	Name  string // of its file
	Write func(io.Writer) error
}

// MatrixName is the file name of the matrix.
const MatrixName = "matrix.svg"

// TimelineName is the file name of a trial's timeline.
func TimelineName(t *report.Trial) string {
	return fmt.Sprintf("%s.%d.svg", t.Scenario, t.Trial)
}

// All are the pictures of the results folder dir, which r tells of: the matrix, then
// a timeline per trial in the order of the results. A history is read when its
// picture is written, and not once ctx is done.
func All(ctx context.Context, dir string, r report.Results) []Picture {
	all := []Picture{{MatrixName, func(w io.Writer) error { return Matrix(w, r) }}}
	for i := range r.Trials {
		t := &r.Trials[i]
		all = append(all, Picture{TimelineName(t), func(w io.Writer) error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("draw %s, trial %d: %w", t.Scenario, t.Trial, err)
			}
			return Timeline(w, t, history.ReadFile(filepath.Join(dir, "trials", t.Scenario, strconv.Itoa(t.Trial), "history.jsonl.zst")))
		}})
	}
	return all
}
