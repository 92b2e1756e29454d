package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/cmd/zarif/payload"
	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/report/html"
	"zarif/report/render"
	"zarif/scenarios"
)

// A session is one `zarif run`: a cluster, trials on it, results.
type session struct {
	runOptions
	catalog catalog
	sources []scenarios.Source // the user's files
	planned []planned
	brings  *bringing       // the users' workloads; nil: there are none
	told    map[string]bool // workloads of which the user was told what is not as written

	folder  *folder  // nil: not made yet
	resumed *resumed // nil: a new run
	changes []string // what is not as it was when the run began, and may be
}

// planned is one scenario, ready to run.
type planned struct {
	meta       history.Meta
	workload   cluster.Workload
	disruption disrupt.Disruption
	there      *thereAlready // a user's workload that is not looked at yet; nil: it is known
	stopping   bool          // how its pods end changes from trial to trial
}

// plan adds a scenario.
func (s *session) plan(sel scenarios.Selected, overrides scenarios.Overrides) error {
	if err := sel.Scenario.Fits(overrides); err != nil {
		return err
	}
	if sel.Scenario.Workload != nil {
		return s.planBrought(sel, overrides)
	}
	setup, _ := s.catalog.fixtures.Named(sel.Scenario.Fixture)
	disruption, _ := disrupt.Named(sel.Scenario.Disruption)
	workload, err := setup.Workload(payload.Binary)
	if err != nil {
		return fmt.Errorf("fixture %s: %w", setup.Name, err)
	}
	if sel.Scenario.Edge != "" {
		proxy, _ := s.catalog.edges.Named(sel.Scenario.Edge)
		if sel.Scenario.Disrupts == history.DisruptsEdge {
			return s.planEdge(sel, overrides, proxy, workload)
		}
		if workload.Edge, err = s.catalog.edges.Edge(proxy, workload); err != nil {
			return err
		}
	}
	s.planned = append(s.planned, planned{
		meta: history.Meta{
			Tool: tool(), Scenario: sel.Scenario.Name, Suite: sel.Suite,
			Fixture: setup.Name, Disruption: disruption.Name, Edge: sel.Scenario.Edge, Restarts: disruption.Restarts,
			Streams: sel.Resolve(overrides), DisruptionLimit: sel.Scenario.DisruptionLimit,
			Replicas: int(setup.Replicas), Grace: setup.GracePeriod, PreStop: setup.PreStopText(), LogsHits: workload.LogsHits,
		},
		workload: workload, disruption: disruption,
	})
	return nil
}

// run makes the cluster, runs every trial, and prints and keeps the results.
func (s *session) run(ctx context.Context, io streams) error {
	if s.resumed != nil && len(s.resumed.survey.left) == 0 {
		return s.finished(ctx, io)
	}
	results, err := s.measure(ctx, io)
	if len(results.Trials)+len(results.Skipped) == 0 {
		return s.nothing(ctx, err)
	}
	return s.conclude(ctx, io, results, err)
}

// nothing ends a run that measured nothing.
func (s *session) nothing(ctx context.Context, failed error) error {
	switch {
	case ctx.Err() == nil:
		return failed
	case s.resumed != nil:
		failed = errors.Join(fmt.Errorf("interrupted; zarif run --resume %s goes on", s.out), uncancelled(failed))
	default:
		failed = errors.Join(errors.New("interrupted before anything was measured"), uncancelled(failed))
	}
	return &exitError{exitInterrupted, failed}
}

// measure is run without the printing: what was measured, which is on disk as well,
// and every error that was met. A trial that the harness failed at does not keep
// the others from running.
func (s *session) measure(ctx context.Context, io streams) (results report.Results, err error) {
	at, err := s.choose(ctx)
	if err != nil {
		return results, err
	}
	n, why := s.atOnce(at.cluster)
	if err := s.begin(at.choice); err != nil {
		return results, err
	}
	defer s.folder.release()
	show := newDisplay(io.err, s.pace(n, usualTrial(at.cluster)))
	defer show.close()
	show.note(at.String())
	if why != "" {
		show.note(why)
	}
	var trials []report.Trial
	err = s.visit(ctx, at, show, func(where *site, info history.ClusterInfo) (err error) {
		trials, err = s.trialsOn(ctx, where, info, n)
		return err
	})
	return explain.Collect(trials), err
}

// begin makes the results folder, unless it is there, and writes down what was
// asked for.
func (s *session) begin(taken choice) (err error) {
	p, err := s.asked(taken)
	if err != nil {
		return err
	}
	if s.resumed != nil {
		// What a killed local cluster left; its processes ended with it.
		if err := os.RemoveAll(filepath.Join(s.out, "cluster")); err != nil || len(s.changes) == 0 {
			return err
		}
		return p.write(s.out)
	}
	if s.folder, err = makeFolder(s.out); err != nil {
		return err
	}
	if err := p.write(s.out); err != nil {
		return errors.Join(err, s.folder.release())
	}
	return nil
}

// pace is that of all trials of the plan, finished ones counted as done.
func (s *session) pace(parallel int, usual time.Duration) *pace {
	p := newPace(len(s.planned)*s.trials, parallel, usual)
	if s.resumed != nil {
		p.done = s.resumed.survey.done
	}
	return p
}

// trialsOn runs what is to be run and returns all trials of the plan that there are.
func (s *session) trialsOn(ctx context.Context, where *site, info history.ClusterInfo, parallel int) ([]report.Trial, error) {
	jobs := s.jobs(info)
	if s.resumed == nil {
		return runTrials(ctx, where, jobs, parallel)
	}
	if err := s.sameCluster(info); err != nil {
		return nil, err
	}
	if err := s.goOn(where.show); err != nil {
		return nil, err
	}
	trials, err := runTrials(ctx, where, s.resumed.survey.rest(jobs), parallel)
	return append(s.resumed.survey.kept, trials...), err
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
		return &exitError{exitInterrupted, errors.Join(fmt.Errorf("interrupted; what was measured until then is kept, and zarif run --resume %s goes on", s.out), uncancelled(failed))}
	case failed != nil:
		return &exitError{exitFailed, failed}
	}
	return verdictExit(codeOf(results, s.allowSkipped))
}

// keep writes the files of the results folder that are made from the histories, also
// those of a run that was interrupted.
func keep(dir string, results report.Results) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // each history is read once more
	defer cancel()
	for name, write := range map[string]func(io.Writer) error{
		"results.json": func(w io.Writer) error { return report.WriteJSON(w, results) },
		"report.md":    func(w io.Writer) error { return render.Markdown(w, results) },
		"report.html":  func(w io.Writer) error { return html.Write(ctx, w, dir, results) },
	} {
		if err := writeWhole(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}
