package main

import (
	"errors"
	"fmt"
	"time"

	"zarif/report"
)

// trialsOf are those of several results folders, each once, also where it is in two
// of them, and those of a run that goes on as far as it is. What cannot be read may be
// what would have decided, so that there is no answer without it; a history that tells
// nothing yet is only named.
func trialsOf(io streams, dirs []string) (trials []report.Trial, err error) {
	type key struct {
		scenario string
		seed     uint64
		began    time.Time
	}
	at := map[key]int{}
	for _, dir := range dirs {
		results, err := report.Load(dir)
		nothing, bad := untold(err)
		if len(results.Trials)+len(results.Skipped)+len(nothing) == 0 {
			return nil, &exitError{exitUsage, fmt.Errorf("%w; want results folders of zarif run", err)}
		}
		if bad != nil {
			return nil, &exitError{exitFailed, errors.Join(fmt.Errorf("read %s", dir), bad)}
		}
		for _, err := range nothing {
			fmt.Fprintf(io.err, "left out: %v\n", err)
		}
		for _, t := range results.Trials {
			k := key{t.Scenario, t.Seed, t.Started.UTC()}
			i, known := at[k]
			switch {
			case !known:
				at[k] = len(trials)
				trials = append(trials, t)
			case t.Complete && !trials[i].Complete: // the other was copied while it ran
				trials[i] = t
			}
		}
	}
	return trials, nil
}

// untold parts the errors of histories that tell nothing yet from all others.
func untold(err error) (nothing []error, bad error) {
	all, joined := err.(interface{ Unwrap() []error })
	if !joined {
		return nil, err
	}
	for _, one := range all.Unwrap() {
		if errors.Is(one, report.ErrNothing) {
			nothing = append(nothing, one)
			continue
		}
		bad = errors.Join(bad, one)
	}
	return nothing, bad
}
