package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/cluster/stopping"
	"zarif/report"
	"zarif/report/history"
	"zarif/report/tune"
)

// unhooked are disruptions in which no preStop hook runs to its end, or nothing is
// taken away.
var unhooked = map[string]string{
	"none":             "nothing is taken away",
	"kill":             "a process that is killed has no preStop hook",
	"pod-force-delete": "a deletion without grace cuts the preStop hook short",
}

// replaceable reports why the hook of a workload cannot be replaced by a sleep.
func replaceable(meta history.Meta, mayReplace bool) (own int, err error) {
	if meta.PreStop == "" {
		return 0, nil
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(meta.PreStop, "sleep ")); err == nil && strings.HasPrefix(meta.PreStop, "sleep ") {
		return n, nil
	}
	if !mayReplace {
		return 0, usage("scenario %s: its preStop hook does something else than to sleep (%s), and a sleep would stand in its place; want --replace-prestop if the search may do without it", meta.Scenario, meta.PreStop)
	}
	return 0, nil
}

// candidate is the trial n of a candidate. Other streams than those that count may
// lose as much as they like, so that the verdict is about these.
func (t *tuning) candidate(c tune.Candidate, n int, info history.ClusterInfo) (job, error) {
	p := t.planned[0]
	p.meta.Scenario = candidateName(p.meta.Scenario, c, t.config.Own)
	p.meta.Cluster = info
	p.meta.Images = references(p.workload.AllImages())
	p.meta.Built, p.meta.Cluster.Built = builtAmong(info.Built, p.meta.Images), nil
	p.meta.PreStop, p.meta.Grace = "", time.Duration(c.Grace)*time.Second
	if c.PreStop > 0 {
		p.meta.PreStop = fmt.Sprintf("sleep %d", c.PreStop)
	}
	// By sleep, then by grace period, which is shorter than this.
	p.meta.Place = 1 + c.PreStop*(24*3600) + c.Grace
	p.meta.Trial, p.meta.Seed = n, t.trialSeed(p.meta.Scenario, n)
	p.meta.Streams = slices.Clone(p.meta.Streams)
	for i := range p.meta.Streams {
		s := &p.meta.Streams[i]
		s.Expected, s.Budget = report.ExpectAny, 0
		if !slices.Contains(t.counts, s.Name) {
			s.Budget = math.MaxInt32
		}
	}
	if !p.workload.Taken() {
		var err error
		if p.workload, err = stopOf(c).Workload(p.workload); err != nil {
			return job{}, fmt.Errorf("make %s: %w", p.meta.Scenario, err)
		}
	}
	p.workload.Grace = p.meta.Grace
	return job{
		planned: p, n: n, name: fmt.Sprintf("%s %d", p.meta.Scenario, n),
		dir: filepath.Join(t.out, "trials", p.meta.Scenario, strconv.Itoa(n)),
	}, nil
}

// candidateName is what a candidate's trials are called: the scenario, and what is
// not as it is there.
func candidateName(scenario string, c, own tune.Candidate) string {
	name := fmt.Sprintf("%s.prestop-%d", scenario, c.PreStop)
	if c.Grace != own.Grace {
		name += fmt.Sprintf(".grace-%d", c.Grace)
	}
	return name
}

func stopOf(c tune.Candidate) stopping.Stop {
	return stopping.Stop{PreStop: int64(c.PreStop), Grace: int64(c.Grace)}
}
