package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"zarif/report"
	"zarif/report/history"
)

// moreTrials measures more trials for a gate, by going on with the run of a results
// folder as `zarif run --resume` does: its scenarios, its seed, a cluster like its own.
type moreTrials struct {
	dir          string
	allowChanged bool
	keepCluster  bool
	io           streams
}

// More is gate.Sampler's. The folder's plan says n trials from then on.
func (m moreTrials) More(ctx context.Context, names []string, n int) (report.Results, error) {
	s, err := m.session(names, n)
	if err != nil {
		return report.Results{}, err
	}
	results, err := s.measure(ctx, m.io)
	if len(results.Trials) > 0 {
		err = errors.Join(err, keep(m.dir, results))
	}
	if err != nil {
		return results, err
	}
	return resultsAt(m.dir)
}

// session is the run with n trials of each of the named scenarios; of the others it
// measures none.
func (m moreTrials) session(names []string, n int) (*session, error) {
	o := runOptions{resume: m.dir, allowChanged: m.allowChanged, output: "table"}
	o.where.kind.keep = m.keepCluster
	return goingOn(m.dir, func(held *folder) (*session, error) {
		was, err := readPlan(m.dir)
		if err != nil {
			return nil, err
		}
		was.Trials = max(was.Trials, n)
		s, stale, err := o.plannedAgain(held, was)
		if err != nil {
			return nil, err
		}
		jobs := s.jobs(history.ClusterInfo{})
		sv := surveyOf(jobs, stale)
		sv.only(jobs, names, n)
		if len(sv.left) == 0 {
			return nil, fmt.Errorf("%s has %d trials of all of that already", m.dir, n)
		}
		s.resumed = &resumed{plan: was, survey: sv}
		return s, was.write(m.dir)
	})
}

// only leaves nothing to run but trials up to number n of the named scenarios.
func (s *survey) only(jobs []job, names []string, n int) {
	for _, j := range jobs {
		if j.n > n || !slices.Contains(names, j.meta.Scenario) {
			delete(s.left, j.name)
		}
	}
	s.cut = slices.DeleteFunc(s.cut, func(c cutTrial) bool { return !s.left[c.name] })
	s.done = len(jobs) - len(s.left)
}
