package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zarif/report/history"
	"zarif/report/tune"
)

// A tunePlan is what a search was asked for, kept in its results folder before
// anything is measured, as plan is that of a run. What is tried follows from it and
// from the trials that are there.
type tunePlan struct {
	Schema  string      `json:"schema"`
	Search  tune.Config `json:"search"`
	Streams []string    `json:"streams,omitempty"` // --stream
	Replace bool        `json:"replacePreStop,omitempty"`
	Plan    plan        `json:"plan"` // of the one scenario
}

const (
	tunePlanFile   = "tune.json"
	tunePlanSchema = "zarif.tune-plan/v1"
)

// begin makes the results folder, unless it is there, and writes down what was
// asked for.
func (t *tuning) begin(taken choice) (err error) {
	if t.resumed {
		return os.RemoveAll(filepath.Join(t.out, "cluster")) // what a killed local cluster left
	}
	if t.written, err = t.session.asked(taken); err != nil {
		return err
	}
	if t.folder, err = makeFolder(t.out); err != nil {
		return err
	}
	if err := t.writePlan(); err != nil {
		return errors.Join(err, t.letGo())
	}
	return nil
}

func (t *tuning) writePlan() error {
	return writeJSON(filepath.Join(t.out, tunePlanFile), tunePlan{Schema: tunePlanSchema, Search: t.config, Streams: t.wanted, Replace: t.replace, Plan: t.written})
}

// letGo lets go of the folder. Of a search that measured nothing nothing stays.
func (t *tuning) letGo() error {
	if !exists(filepath.Join(t.out, "trials")) {
		os.Remove(filepath.Join(t.out, tunePlanFile))
	}
	return t.folder.release()
}

// continuedTuning is the search of a results folder, which it holds.
func (o tuneOptions) continuedTuning() (*tuning, error) {
	return goingOn(o.resume, func(held *folder) (*tuning, error) {
		was, err := readTunePlan(o.resume)
		if err != nil {
			return nil, err
		}
		s := &session{runOptions: o.runOptions.as(was.Plan), folder: held}
		changes, stale, err := s.replan(was.Plan)
		if err != nil {
			return nil, err
		}
		if len(stale) > 0 || len(changes) > 0 && !o.allowChanged {
			return nil, &exitError{exitUsage, changedSearch(changes, len(stale) > 0)}
		}
		o.search, o.streams, o.replaceHook = was.Search, was.Streams, was.Replace
		t, err := newTuning(o, s)
		if err != nil {
			return nil, err
		}
		t.resumed, t.written = true, was.Plan
		return t, nil
	})
}

// changedSearch refuses to go on. Where zarif alone is another one the user may say
// that it does not matter; trials of another scenario say nothing of this one.
func changedSearch(changes []string, stale bool) error {
	want := "a new search"
	if !stale {
		want = "--allow-changed to go on all the same"
	}
	return fmt.Errorf("what is to be tried is not what the search began with; want it as it was, or %s:\n- %s", want, strings.Join(changes, "\n- "))
}

func readTunePlan(dir string) (p tunePlan, err error) {
	path := filepath.Join(dir, tunePlanFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return p, usage("--resume: %s holds no %s; want the results folder of zarif tune", dir, tunePlanFile)
	}
	if err != nil {
		return p, fmt.Errorf("--resume: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, usage("--resume: %s is damaged: %v", path, err)
	}
	if p.Schema != tunePlanSchema || len(p.Plan.Scenarios) != 1 {
		return p, usage("--resume: %s has the schema %q and %d scenarios; want %s with one", path, p.Schema, len(p.Plan.Scenarios), tunePlanSchema)
	}
	return p, nil
}

// replay takes in the trials that are in the folder already, as far as they are what
// the search asks for, and reports whether it had ended with them.
func (t *tuning) replay(tell func(string)) (ended bool, err error) {
	if !t.resumed || t.search == nil {
		return false, nil
	}
	for {
		c, more := t.search.Next()
		if !more {
			return true, nil
		}
		j, err := t.candidate(c, t.search.Tried(c)+1, history.ClusterInfo{})
		if err != nil {
			return false, err
		}
		found, err := analyse(j.dir)
		if err != nil || !found.Complete {
			if len(t.trials) > 0 {
				tell(fmt.Sprintf("%s are finished and kept", plural(len(t.trials), "trial")))
			}
			t.kept = len(t.trials)
			return false, nil // it is looked at again before it is done
		}
		t.trials = append(t.trials, found)
		t.search.Add(tune.OutcomeOf(found, c, t.counts))
	}
}

// sameAs refuses a cluster that is not like the one of the trials that are there.
func (t *tuning) sameAs(now history.ClusterInfo) error {
	if t.kept == 0 {
		return nil
	}
	before := session{runOptions: t.runOptions, resumed: &resumed{survey: survey{kept: t.trials[:1]}}}
	return before.sameCluster(now)
}

// makeRoom moves what there is of a trial that was cut out of the way.
func (t *tuning) makeRoom(j job, tell func(string)) error {
	if !exists(j.dir) {
		return nil
	}
	why := "it was cut, or failed"
	if _, err := analyse(j.dir); errors.Is(err, fs.ErrNotExist) {
		why = "it has no history"
	} else if err != nil {
		why = err.Error()
	}
	to, err := cutTrial{j, why}.setAside(t.out)
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("%s is done again: %s; what there is of it is in %s", j.name, why, to))
	return nil
}
