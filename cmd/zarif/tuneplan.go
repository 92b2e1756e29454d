package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"zarif/report"
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
	p, err := t.session.asked(taken)
	if err != nil {
		return err
	}
	if t.folder, err = makeFolder(t.out); err != nil {
		return err
	}
	search := t.config
	search.Own = tune.Candidate{}
	err = writeWhole(filepath.Join(t.out, tunePlanFile), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(tunePlan{Schema: tunePlanSchema, Search: search, Streams: t.asked, Replace: t.replace, Plan: p})
	})
	if err != nil {
		return errors.Join(err, t.letGo())
	}
	return nil
}

// letGo lets go of the folder. Of a search that measured nothing nothing stays.
func (t *tuning) letGo() error {
	if !exists(filepath.Join(t.out, "trials")) {
		os.Remove(filepath.Join(t.out, tunePlanFile))
	}
	return t.folder.release()
}

// continuedTuning is the search of a results folder, which it holds.
func (o tuneOptions) continuedTuning(f *pflag.FlagSet, names []string) (_ *tuning, err error) {
	var idle []string
	f.Visit(func(flag *pflag.Flag) {
		if !slices.Contains(tuneResumeFlags, flag.Name) {
			idle = append(idle, "--"+flag.Name)
		}
	})
	if idle = append(idle, names...); len(idle) > 0 {
		return nil, usage("%s: means nothing beside --resume, which goes on as the search began; want it left out", strings.Join(idle, ", "))
	}
	held, err := holdFolder(o.resume)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, held.held.Close())
		}
	}()
	was, err := readTunePlan(o.resume)
	if err != nil {
		return nil, err
	}
	s := &session{runOptions: o.runOptions.as(was.Plan), folder: held}
	changes, _, err := s.replan(was.Plan)
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		return nil, &exitError{exitUsage, fmt.Errorf("what is to be tried is not what the search began with; want it as it was, or a new search:\n- %s", strings.Join(changes, "\n- "))}
	}
	o.search, o.streams, o.replaceHook = was.Search, was.Streams, was.Replace
	t, err := newTuning(o, s)
	if err != nil {
		return nil, err
	}
	t.resumed = true
	return t, nil
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

// kept is the trial of a job that is in the folder already; nil: it is to be done.
// What there is of one that was cut is moved out of the way.
func (t *tuning) kept(j job, tell func(string)) (*report.Trial, error) {
	if !t.resumed || !exists(j.dir) {
		return nil, nil
	}
	found, err := analyse(j.dir)
	why := "it was cut, or failed"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "it has no history"
	case err != nil:
		why = err.Error()
	case found.Complete:
		return &found, nil
	}
	to, err := cutTrial{j, why}.setAside(t.out)
	if err != nil {
		return nil, err
	}
	tell(fmt.Sprintf("%s is done again: %s; what there is of it is in %s", j.name, why, to))
	return nil, nil
}
