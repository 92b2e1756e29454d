package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"zarif/report"
)

// A survey says what a results folder holds of the trials of a plan.
type survey struct {
	kept []report.Trial // finished, those that were skipped included
	left map[string]bool
	cut  []cutTrial
	// skipped are scenarios that the cluster could not do: their other trials are not
	// run either.
	skipped map[string]bool
	done    int // trials that are not to be run
}

// A cutTrial has a folder, and is to be done again.
type cutTrial struct {
	job
	why string
}

// surveyOf reads every history that is there. A trial is finished when it ended as
// planned and its history is complete, whatever its verdict. stale are scenarios of
// which no trial is kept.
func surveyOf(jobs []job, stale map[string]bool) survey {
	s := survey{left: map[string]bool{}, skipped: map[string]bool{}}
	for _, j := range jobs {
		t, err := analyse(j.dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !exists(j.dir):
			s.left[j.name] = true
		case errors.Is(err, fs.ErrNotExist):
			s.again(j, "it has no history")
		case err != nil:
			s.again(j, err.Error())
		case stale[j.meta.Scenario]:
			s.again(j, "the scenario is another one now")
		case !t.Complete:
			s.again(j, "it was cut, or failed")
		default:
			s.kept = append(s.kept, t)
			if t.Skipped != "" {
				s.skipped[j.meta.Scenario] = true
			}
		}
	}
	for _, j := range jobs {
		if s.skipped[j.meta.Scenario] {
			delete(s.left, j.name)
		}
	}
	s.done = len(jobs) - len(s.left)
	return s
}

func (s *survey) again(j job, why string) {
	s.left[j.name] = true
	s.cut = append(s.cut, cutTrial{j, why})
}

// rest are the jobs to run.
func (s survey) rest(jobs []job) (rest []job) {
	for _, j := range jobs {
		if s.left[j.name] {
			rest = append(rest, j)
		}
	}
	return rest
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// setAside moves what there is of a cut trial out of the way, to
// set-aside/<scenario>/<trial>.<n>: nothing that was measured is deleted, and
// nothing of it counts.
func (c cutTrial) setAside(out string) (to string, err error) {
	dir := filepath.Join(out, "set-aside", c.meta.Scenario)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("set a cut trial aside: %w", err)
	}
	for n := 1; ; n++ {
		to = filepath.Join(dir, strconv.Itoa(c.n)+"."+strconv.Itoa(n))
		if exists(to) {
			continue
		}
		if err := os.Rename(c.dir, to); err != nil {
			return "", fmt.Errorf("set a cut trial aside: %w", err)
		}
		return to, nil
	}
}
