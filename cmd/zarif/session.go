package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/cmd/zarif/payload"
	"zarif/report"
	"zarif/report/history"
	"zarif/report/render"
	"zarif/scenarios"
	"zarif/scenarios/trial"
)

// A session is one `zarif run`: a cluster, trials on it, results.
type session struct {
	runOptions
	catalog catalog
	planned []planned
}

// planned is one scenario, ready to run.
type planned struct {
	meta       history.Meta
	workload   cluster.Workload
	disruption disrupt.Disruption
}

// plan adds a scenario.
func (s *session) plan(sel scenarios.Selected, overrides scenarios.Overrides) error {
	if err := sel.Scenario.Fits(overrides); err != nil {
		return err
	}
	setup, _ := s.catalog.fixtures.Named(sel.Scenario.Fixture)
	disruption, _ := disrupt.Named(sel.Scenario.Disruption)
	workload, err := setup.Workload(payload.Binary)
	if err != nil {
		return fmt.Errorf("fixture %s: %w", setup.Name, err)
	}
	s.planned = append(s.planned, planned{
		meta: history.Meta{
			Tool: tool(), Scenario: sel.Scenario.Name, Suite: sel.Suite,
			Fixture: setup.Name, Disruption: disruption.Name, Restarts: disruption.Restarts,
			Streams: sel.Resolve(overrides), DisruptionLimit: sel.Scenario.DisruptionLimit,
			Replicas: int(setup.Replicas), Grace: setup.GracePeriod, PreStop: setup.PreStopText(), LogsHits: workload.LogsHits,
		},
		workload: workload, disruption: disruption,
	})
	return nil
}

// run makes the cluster, runs every trial, and prints and keeps the results.
func (s *session) run(ctx context.Context, io streams) error {
	results, err := s.measure(ctx, io)
	if len(results.Trials)+len(results.Skipped) == 0 {
		return err
	}
	return s.conclude(ctx, io, results, err)
}

// measure is run without the printing: what was measured, which is on disk as well,
// and every error that was met. A trial that the harness failed at does not keep
// the others from running.
func (s *session) measure(ctx context.Context, io streams) (results report.Results, err error) {
	agent, err := payload.Binary(payload.Agent)
	if err != nil {
		return results, err
	}
	taken, err := s.where.choose(ctx, theEngine)
	if err != nil {
		return results, err
	}
	n, why := s.atOnce(taken.cluster)
	if err := s.makeOut(); err != nil {
		return results, err
	}
	defer os.Remove(s.out) // only goes where nothing was put in
	show := newDisplay(io.err, len(s.planned)*s.trials, n, usualTrial(taken.cluster))
	defer show.close()
	show.note(taken.String())
	if why != "" {
		show.note(why)
	}
	s.where.local.dir, s.where.local.seed = filepath.Join(s.out, "cluster"), s.seed
	on, err := s.where.open(ctx, taken, agent, show.step)
	if err != nil {
		return results, err
	}
	info := on.Info()
	info.Why = taken.why
	where := &site{cluster: on, build: payload.BuildID(agent), show: show, execute: trial.Run}
	trials, err := runTrials(ctx, where, s.jobs(info), n)
	show.step("giving the cluster back")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	return report.Collect(trials), errors.Join(err, on.Close(closing))
}

// makeOut makes the folder for the results, which must be new, so that no run
// ever adds to another.
func (s *session) makeOut() error {
	if err := os.MkdirAll(filepath.Dir(s.out), 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := os.Mkdir(s.out, 0o755); errors.Is(err, os.ErrExist) {
		return usage("--out: %s is there already; want a folder that does not exist yet", s.out)
	} else if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// trialSeed differs for every trial of a run, and is the same when the run is
// repeated with its seed.
func (s *session) trialSeed(scenario string, n int) uint64 {
	seed := s.seed
	for _, b := range []byte(scenario + "/" + strconv.Itoa(n)) {
		seed = (seed ^ uint64(b)) * 1099511628211 // FNV-1a
	}
	return seed >> 1 // JSON readers that use doubles for all numbers are common enough without the top bit too
}

// conclude keeps and prints the results.
func (s *session) conclude(ctx context.Context, io streams, results report.Results, failed error) error {
	if err := keep(s.out, results); err != nil {
		return errors.Join(failed, err)
	}
	if err := printResults(io, results, s.output); err != nil {
		return errors.Join(failed, err)
	}
	fmt.Fprintf(io.err, "results: %s (zarif report %s shows them again)\n", s.out, s.out)
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.Join(errors.New("interrupted; what was measured until then is kept"), uncancelled(failed))}
	case failed != nil:
		return &exitError{exitFailed, failed}
	}
	return verdictExit(codeOf(results, s.allowSkipped))
}

// keep writes the files of the results folder that are made from the histories.
func keep(dir string, results report.Results) error {
	for name, write := range map[string]func(*os.File) error{
		"results.json": func(f *os.File) error { return report.WriteJSON(f, results) },
		"report.md":    func(f *os.File) error { return render.Markdown(f, results) },
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
