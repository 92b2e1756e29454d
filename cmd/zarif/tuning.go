package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"zarif/cmd/zarif/payload"
	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/report/render"
	"zarif/report/tune"
	"zarif/scenarios/trial"
)

// A tuning is one `zarif tune`: a session of one scenario whose trials are those
// that a search asks for.
type tuning struct {
	*session
	config  tune.Config // without what the workload has, until that is known
	asked   []string    // --stream
	counts  []string    // streams
	replace bool        // --replace-prestop
	resumed bool        // the folder is there, and may hold trials

	search *tune.Search
	failed error // what the harness met, beside the trials
}

// newTuning is the search of a session of one scenario.
func newTuning(o tuneOptions, s *session) (*tuning, error) {
	t := &tuning{session: s, config: o.search, asked: o.streams, replace: o.replaceHook}
	p := s.planned[0]
	if why, none := unhooked[p.meta.Disruption]; none {
		return nil, usage("scenario %s: %s under %s; want a disruption that deletes pods, such as rollout", p.meta.Scenario, why, p.meta.Disruption)
	}
	var err error
	if t.counts, err = o.counting(p.meta.Streams); err != nil {
		return nil, err
	}
	if p.there == nil {
		err = t.known()
	}
	return t, err
}

// known begins the search, once it is known what the workload has.
func (t *tuning) known() (err error) {
	meta := t.planned[0].meta
	t.config.Own.Grace = max(1, int(meta.Grace/time.Second))
	if t.config.Own.PreStop, err = replaceable(meta, t.replace); err != nil {
		return err
	}
	t.config.MaxGrace = max(t.config.MaxGrace, t.config.Own.Grace)
	t.search, err = tune.New(t.config)
	return err
}

// run searches, keeps and prints.
func (t *tuning) run(ctx context.Context, io streams) error {
	trials, err := t.measure(ctx, io)
	if len(trials) == 0 {
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, errors.Join(errors.New("interrupted before anything was measured"), uncancelled(err))}
		}
		return err
	}
	return t.conclude(ctx, io, trials, err)
}

// measure is the search: every trial that was measured, and what the harness met.
func (t *tuning) measure(ctx context.Context, io streams) (trials []report.Trial, err error) {
	agent, err := payload.Binary(payload.Agent)
	if err != nil {
		return nil, err
	}
	taken, err := t.where.choose(ctx, theEngine)
	if err != nil {
		return nil, err
	}
	if err := t.begin(taken); err != nil {
		return nil, err
	}
	defer t.letGo()
	show := newDisplay(io.err, newPace(t.config.Trials, 1, usualTrial(taken.cluster)))
	defer show.close()
	show.note(taken.String())
	t.where.local.dir, t.where.local.seed = filepath.Join(t.out, "cluster"), t.seed
	t.where.kind.images = t.images()
	on, err := t.where.open(ctx, taken, agent, show.step)
	if err != nil {
		return nil, err
	}
	info := on.Info()
	info.Why = taken.why
	var there *hookThere
	if err = t.arrive(ctx, on, show.note); err == nil {
		there, err = t.lookAt(ctx, on, show)
	}
	if err == nil && t.search == nil {
		err = t.known()
	}
	if err == nil {
		trials, err = t.trialsOf(ctx, &site{cluster: on, build: payload.BuildID(agent), show: show, execute: trial.Run}, there, info)
	}
	show.step("giving the cluster back")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	return trials, errors.Join(err, on.Close(closing))
}

// trialsOf runs what the search asks for, one trial after the other: which is next
// depends on the one before.
func (t *tuning) trialsOf(ctx context.Context, where *site, there *hookThere, info history.ClusterInfo) (trials []report.Trial, err error) {
	defer func() { err = errors.Join(err, there.putBack(ctx)) }()
	for {
		c, more := t.search.Next()
		if !more || ctx.Err() != nil {
			return trials, ctx.Err()
		}
		j, err := t.candidate(c, t.search.Tried(c)+1, info)
		if err != nil {
			return trials, err
		}
		result, err := t.trialOf(ctx, where, there, c, j, len(trials))
		if result != nil {
			trials = append(trials, *result)
		}
		if err != nil {
			return trials, fmt.Errorf("%s: %w", j.name, err)
		}
		t.search.Add(tune.OutcomeOf(*result, c, t.counts))
	}
}

// trialOf is one trial: one that is in the folder, or a new one. It may have been
// measured in part although there is an error.
func (t *tuning) trialOf(ctx context.Context, where *site, there *hookThere, c tune.Candidate, j job, done int) (*report.Trial, error) {
	if kept, err := t.kept(j, where.show.note); kept != nil || err != nil {
		return kept, err
	}
	if err := there.set(ctx, c); err != nil {
		return nil, err
	}
	if show, can := where.show.(expecting); can {
		show.expect(done + t.search.Left())
	}
	result, measured, err := where.run(ctx, j)
	if err == nil && !measured {
		err = errors.New("it was not measured")
	}
	if !measured {
		return nil, err
	}
	return &result, err
}

// conclude keeps and prints what was found.
func (t *tuning) conclude(ctx context.Context, io streams, trials []report.Trial, failed error) error {
	found := t.search.Result(t.story(trials, ctx.Err() != nil))
	if err := t.keep(found, trials); err != nil {
		return errors.Join(failed, err)
	}
	if err := t.print(io, found); err != nil {
		return errors.Join(failed, err)
	}
	fmt.Fprintf(io.err, "results: %s (zarif tune --resume %s shows this again, zarif report and zarif explain its trials)\n", t.out, t.out)
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.Join(fmt.Errorf("interrupted; what was measured until then is kept, and zarif tune --resume %s goes on", t.out), uncancelled(failed))}
	case failed != nil:
		return &exitError{exitFailed, failed}
	}
	return verdictExit(tuneExit(found.State))
}

func tuneExit(state tune.State) int {
	switch state {
	case tune.Found:
		return exitAsExpected
	case tune.None, tune.Unhealable:
		return exitNotAsExpected
	}
	return exitInconclusive
}

// story is what a search does not know of itself.
func (t *tuning) story(trials []report.Trial, cut bool) tune.Story {
	p := t.planned[0]
	of := tune.Story{
		Scenario: p.meta.Scenario, Disruption: p.meta.Disruption, Replicas: p.meta.Replicas, Streams: t.counts,
		Stateful: p.workload.Target.Kind == "StatefulSet", Cut: cut,
	}
	if len(trials) > 0 {
		of.Cluster, of.Modelled = trials[0].Meta.Cluster.Type, trials[0].Meta.Cluster.Modelled
	}
	return of
}

// keep writes the files of the folder that are made from the histories.
func (t *tuning) keep(found tune.Result, trials []report.Trial) error {
	if err := keep(t.out, explain.Collect(trials)); err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(t.out, "tune.md"), func(w io.Writer) error { return render.TuneMarkdown(w, found) }); err != nil {
		return err
	}
	return writeWhole(filepath.Join(t.out, "found.json"), func(w io.Writer) error { return render.TuneJSON(w, found) })
}

func (t *tuning) print(io streams, found tune.Result) error {
	switch t.output {
	case "json":
		return render.TuneJSON(io.out, found)
	case "markdown":
		return render.TuneMarkdown(io.out, found)
	}
	columns, tty := terminal(io.out)
	return render.TuneTable(io.out, found, render.Options{Width: columns, Colour: tty})
}
