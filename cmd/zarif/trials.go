package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"zarif/cluster"
	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/report/render"
	"zarif/scenarios/trial"
)

// A job is one trial of a session.
type job struct {
	planned
	n    int    // of its scenario, from 1
	name string // as the display shows it
	dir  string // its folder
}

// jobs are all trials in their planned order.
func (s *session) jobs(info history.ClusterInfo) []job {
	var all []job
	for i, p := range s.planned {
		p.meta.Cluster, p.meta.Place = info, i+1
		p.meta.Images = references(p.workload.AllImages())
		p.meta.Built, p.meta.Cluster.Built = builtAmong(info.Built, p.meta.Images), nil
		for n := 1; n <= s.trials; n++ {
			p.meta.Trial, p.meta.Seed = n, s.trialSeed(p.meta.Scenario, n)
			all = append(all, job{
				planned: p, n: n, name: fmt.Sprintf("%s %d/%d", p.meta.Scenario, n, s.trials),
				dir: filepath.Join(s.out, "trials", p.meta.Scenario, strconv.Itoa(n)),
			})
		}
	}
	return all
}

func references(images []cluster.Image) (names []string) {
	for _, img := range images {
		names = append(names, img.Reference())
	}
	return names
}

// builtAmong are those of the images named that were built.
func builtAmong(all []history.Built, names []string) (among []history.Built) {
	for _, b := range all {
		if slices.Contains(names, b.Reference) {
			among = append(among, b)
		}
	}
	return among
}

// A site is where jobs run.
type site struct {
	cluster cluster.Cluster
	build   string // of the load agent
	show    display
	execute func(context.Context, trial.Config) error // trial.Run

	mu      sync.Mutex
	skipped map[string]bool // scenarios that the cluster cannot do
}

// runTrials runs up to parallel jobs at once, begun in their order, and returns
// what was measured and all errors that were met, in that order too. An error in
// one does not stop the others. When ctx ends none is begun any more, and those
// that run keep what they have.
func runTrials(ctx context.Context, on *site, jobs []job, parallel int) (trials []report.Trial, err error) {
	type outcome struct {
		trial    report.Trial
		measured bool
		err      error
	}
	outcomes := make([]outcome, len(jobs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(parallel, len(jobs)) {
		workers.Go(func() {
			for i := range next {
				o := &outcomes[i]
				o.trial, o.measured, o.err = on.run(ctx, jobs[i])
			}
		})
	}
	all := hand(ctx, next, len(jobs))
	workers.Wait()
	var errs []error
	for i, o := range outcomes {
		if o.measured {
			trials = append(trials, o.trial)
		}
		if o.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", jobs[i].name, o.err))
		}
	}
	if !all {
		errs = append(errs, ctx.Err())
	}
	return trials, errors.Join(errs...)
}

// hand hands the numbers below n out until ctx ends, and tells whether it was all
// of them.
func hand(ctx context.Context, next chan<- int, n int) bool {
	defer close(next)
	for i := range n {
		if ctx.Err() != nil { // select would not prefer it
			return false
		}
		select {
		case next <- i:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// run is one trial from its deployment to its line of result. Nothing is measured
// of a scenario that was skipped already, or of a trial that never came under load.
func (on *site) run(ctx context.Context, j job) (result report.Trial, measured bool, err error) {
	if on.isSkipped(j.meta.Scenario) {
		on.show.trialDone(j.name, "skipped like the trial before it")
		return report.Trial{}, false, nil
	}
	failed := on.execute(ctx, trial.Config{
		Meta: j.meta, Cluster: on.cluster, Workload: j.workload, Disruption: j.disruption,
		Dir: j.dir, AgentBuild: on.build, Progress: on.show.trial(j.name),
	})
	result, unread := analyse(j.dir)
	switch {
	case failed != nil && errors.Is(unread, fs.ErrNotExist):
		on.show.trialDone(j.name, "not measured: "+failed.Error())
		return report.Trial{}, false, failed
	case unread != nil:
		on.show.trialDone(j.name, "cannot be read: "+unread.Error())
		return report.Trial{}, false, errors.Join(failed, unread)
	case result.Skipped != "":
		on.skip(j.meta.Scenario)
	}
	on.show.trialDone(j.name, render.Line(result))
	return result, true, failed
}

func (on *site) isSkipped(scenario string) bool {
	on.mu.Lock()
	defer on.mu.Unlock()
	return on.skipped[scenario]
}

func (on *site) skip(scenario string) {
	on.mu.Lock()
	defer on.mu.Unlock()
	if on.skipped == nil {
		on.skipped = map[string]bool{}
	}
	on.skipped[scenario] = true
}

// analyse reads a trial's history back, so that what is printed is what a later
// `zarif report` prints.
func analyse(dir string) (report.Trial, error) {
	path := filepath.Join(dir, trial.HistoryFile)
	if _, err := os.Stat(path); err != nil {
		return report.Trial{}, err
	}
	t, err := explain.Analyse(history.ReadFile(path))
	if err != nil {
		return report.Trial{}, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}
