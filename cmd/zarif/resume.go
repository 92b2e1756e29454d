package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"zarif/cluster/disrupt"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/scenarios"
)

// resumeFlags are those that mean something beside --resume: all else is as the
// run began.
var resumeFlags = []string{"resume", "allow-changed", "allow-skipped", "keep-cluster", "output", "parallel"}

// resumable checks that nothing was asked for beside --resume that what goes on has
// decided: what names it, means the flags that may be given.
func resumable(f *pflag.FlagSet, means, names []string, what string) error {
	var idle []string
	f.Visit(func(flag *pflag.Flag) {
		if !slices.Contains(means, flag.Name) {
			idle = append(idle, "--"+flag.Name)
		}
	})
	if idle = append(idle, names...); len(idle) > 0 {
		return usage("%s: means nothing beside --resume, which goes on as the %s began; want it left out", strings.Join(idle, ", "), what)
	}
	return nil
}

// continued is the session of a results folder, which it holds, as far as it is not
// done. The error names everything that is not as it was when the run began, unless
// o.allowChanged.
func (o runOptions) continued() (*session, error) {
	if err := oneOfFormats(o.output, "table", "json", "markdown"); err != nil {
		return nil, err
	}
	return goingOn(o.resume, func(held *folder) (*session, error) {
		was, err := readPlan(o.resume)
		if err != nil {
			return nil, err
		}
		s, stale, err := o.plannedAgain(held, was)
		if err != nil {
			return nil, err
		}
		s.resumed = &resumed{plan: was, survey: surveyOf(s.jobs(history.ClusterInfo{}), stale)}
		return s, nil
	})
}

// plannedAgain is the session of a plan with what there is now, and the scenarios that
// changed since.
func (o runOptions) plannedAgain(held *folder, was plan) (s *session, stale map[string]bool, err error) {
	s = &session{runOptions: o.as(was), folder: held}
	s.changes, stale, err = s.replan(was)
	if err == nil && len(s.changes) > 0 && !o.allowChanged {
		err = &exitError{exitUsage, changedError(s.changes)}
	}
	return s, stale, err
}

// as are the options that the run began with, and those of now that may differ.
func (o runOptions) as(was plan) runOptions {
	o.out, o.trials, o.rate, o.seed = o.resume, was.Trials, was.Rate, was.Seed
	o.allowSkipped = o.allowSkipped || was.AllowSkipped
	if o.parallel == 0 {
		o.parallel = was.Parallel
	}
	o.where.want, o.mayScale = was.Cluster.Type, was.MayScale
	if of := was.Cluster.Context; of != nil {
		o.where.context = contextOptions{name: of.Name, kubeconfig: of.Kubeconfig, may: true, agentImage: of.AgentImage, agentNamespace: of.AgentNamespace}
	}
	o.where.kind = kindOptions{name: was.Cluster.Name, nodes: was.Cluster.Nodes, image: was.Cluster.Image, keep: was.Cluster.Keep || o.where.kind.keep}
	o.where.local.set, o.where.local.delays = was.Cluster.Delays, was.Cluster.DelaysFile
	return o
}

// resumed is what is known of the run that is gone on with.
type resumed struct {
	plan   plan
	survey survey
}

func changedError(changes []string) error {
	return fmt.Errorf("what is to be run is not what the run began with; want it as it was, or --allow-changed "+
		"to go on all the same (finished trials of scenarios that changed are set aside and run again):\n- %s", strings.Join(changes, "\n- "))
}

// replan plans what was planned, with what there is now, and tells what is not as
// it was; stale are the scenarios among that.
func (s *session) replan(was plan) (changes []string, stale map[string]bool, err error) {
	if changes, err = buildChanged(was); err != nil {
		return nil, nil, err
	}
	sources, edited := current(was.Files)
	c, err := loadSources(sources)
	if err != nil {
		return nil, nil, err
	}
	s.catalog, s.sources, stale = c, sources, map[string]bool{}
	s.brings = &bringing{text: was.Stdin}
	for _, before := range was.Scenarios {
		name := before.Meta.Scenario
		sel, ok := c.planned(name, before.Meta.Suite)
		if !ok {
			return nil, nil, usage("scenario %s is there no more%s; want it back to go on, or a new run without it", name, edited)
		}
		if err := s.plan(sel, scenarios.Overrides{Rate: was.Rate}); err != nil {
			return nil, nil, err
		}
		now, err := s.planned[len(s.planned)-1].resolved()
		if err != nil {
			return nil, nil, err
		}
		fields, err := before.differs(now)
		if err != nil {
			return nil, nil, err
		}
		if len(fields) > 0 {
			stale[name] = true
			changes = append(changes, fmt.Sprintf("scenario %s: %s%s", name, strings.Join(fields, ", "), edited))
		}
	}
	return changes, stale, nil
}

func buildChanged(was plan) (changes []string, err error) {
	build, err := programID()
	if err != nil || build == was.Build {
		return nil, err
	}
	name := func(t history.Tool) string {
		text := t.Version + " (commit " + orUnknown(t.Commit)
		if t.Dirty {
			text += ", with local changes"
		}
		return text + ")"
	}
	return []string{fmt.Sprintf("zarif itself: this is %s, another build than %s", name(tool()), name(was.Tool))}, nil
}

// current are the user's files as they are now, and as they were where they cannot
// be read any more; edited names in a clause those that differ.
func current(was []scenarios.Source) (now []scenarios.Source, edited string) {
	var names []string
	for _, source := range was {
		if text, err := os.ReadFile(source.Name); err == nil && source.Name != "stdin" && string(text) != source.Text {
			source.Text = string(text)
			names = append(names, source.Name)
		}
		now = append(now, source)
	}
	if len(names) > 0 {
		edited = " (" + strings.Join(names, ", ") + " was edited)"
	}
	return now, edited
}

// planned finds a scenario with what its suite expects of it.
func (c catalog) planned(name, suite string) (sel scenarios.Selected, ok bool) {
	scenario, ok := c.scenarios.Scenario(name)
	sel = scenarios.Selected{Scenario: scenario, Suite: suite}
	if !ok || suite == "" {
		return sel, ok
	}
	of, _ := c.scenarios.Suite(suite)
	i := slices.IndexFunc(of.Entries, func(e scenarios.Entry) bool { return e.Scenario == name })
	if i < 0 {
		return sel, false
	}
	sel.Expect, sel.Provokes, sel.Besides = of.Entries[i].Expect, of.Entries[i].Provokes, of.Entries[i].Besides
	_, known := c.fixtures.Named(scenario.Fixture)
	_, disrupts := disrupt.Named(scenario.Disruption)
	return sel, known && disrupts
}

// sameCluster refuses, unless it is allowed, a cluster that is not like the one
// that finished trials ran on.
func (s *session) sameCluster(now history.ClusterInfo) error {
	if s.resumed == nil || s.allowChanged || len(s.resumed.survey.kept) == 0 {
		return nil
	}
	was := s.resumed.survey.kept[0].Meta.Cluster
	var changes []string
	for _, f := range []struct{ name, was, now string }{
		{"Kubernetes", was.Kubernetes, now.Kubernetes},
		{"nodes", fmt.Sprint(len(was.Nodes)), fmt.Sprint(len(now.Nodes))},
		{"node image", was.Image, now.Image},
		{"proxy mode", was.ProxyMode, now.ProxyMode},
		{"CNI", was.CNI, now.CNI},
		{"delays", was.Delays, now.Delays},
	} {
		if f.was != f.now {
			changes = append(changes, fmt.Sprintf("cluster, %s: %s, finished trials had %s", f.name, orUnknown(f.now), orUnknown(f.was)))
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return &exitError{exitUsage, changedError(changes)}
}

// goOn makes room for the trials that are done again and tells what is kept.
func (s *session) goOn(show display) error {
	for _, change := range s.changes {
		show.note("not as it was: " + change)
	}
	sv := &s.resumed.survey
	show.note(fmt.Sprintf("%d of %d trials are finished and kept", len(sv.kept), len(sv.kept)+len(sv.left)))
	for _, cut := range sv.cut {
		to, err := cut.setAside(s.out)
		if err != nil {
			return err
		}
		show.note(fmt.Sprintf("%s is done again: %s; what there is of it is in %s", cut.name, cut.why, to))
	}
	return nil
}

// finished ends a run of which nothing is left to do, as it ended.
func (s *session) finished(ctx context.Context, io streams) error {
	fmt.Fprintf(io.err, "%s is finished: all of its %s are there, nothing is left to run\n", s.out, plural(s.resumed.survey.done, "trial"))
	return s.conclude(ctx, io, explain.Collect(s.resumed.survey.kept), nil)
}
