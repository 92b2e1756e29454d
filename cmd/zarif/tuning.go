package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zarif/cluster"
	"zarif/report"
	"zarif/report/history"
	"zarif/report/tune"
)

// A tuning is one `zarif tune`: a session of one scenario whose trials are those
// that a search asks for.
type tuning struct {
	*session
	config  tune.Config // without what the workload has, until that is known
	wanted  []string    // --stream
	counts  []string    // streams
	replace bool        // --replace-prestop
	resumed bool        // the folder is there, and may hold trials
	written plan        // what the session was asked for

	search *tune.Search // nil: what the workload has is not known yet
	trials []report.Trial
	kept   int // of the trials, that were in the folder already
}

// newTuning is the search of a session of one scenario.
func newTuning(o tuneOptions, s *session) (*tuning, error) {
	t := &tuning{session: s, config: o.search, wanted: o.streams, replace: o.replaceHook}
	p := &s.planned[0]
	p.stopping = true
	if why, none := unhooked[p.meta.Disruption]; none {
		return nil, usage("scenario %s: %s under %s; want a disruption that deletes pods, such as rollout", p.meta.Scenario, why, p.meta.Disruption)
	}
	var err error
	if t.counts, err = o.counting(p.meta.Streams); err != nil {
		return nil, err
	}
	switch {
	case p.there == nil:
		err = t.known()
	case t.config.Own.Grace > 0: // it was known before
		t.search, err = tune.New(t.config)
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
	ended, err := t.replay(func(line string) { fmt.Fprintln(io.err, line) })
	switch {
	case err != nil:
		return errors.Join(err, t.letGo())
	case ended:
		fmt.Fprintf(io.err, "%s is finished: all of its %s are there, nothing is left to run\n", t.out, plural(len(t.trials), "trial"))
		return errors.Join(t.conclude(ctx, io, nil), t.letGo())
	}
	err = t.measure(ctx, io)
	switch {
	case len(t.trials) > 0:
		return t.conclude(ctx, io, err)
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.Join(errors.New("interrupted before anything was measured"), uncancelled(err))}
	}
	return err
}

// measure is the search: the error is what the harness met.
func (t *tuning) measure(ctx context.Context, io streams) (err error) {
	at, err := t.choose(ctx)
	if err != nil {
		return err
	}
	if err := t.begin(at.choice); err != nil {
		return err
	}
	defer t.letGo()
	show := newDisplay(io.err, newPace(t.config.Trials, 1, usualTrial(at.cluster)))
	defer show.close()
	show.note(at.String())
	return t.visit(ctx, at, show, func(where *site, info history.ClusterInfo) error {
		there, err := t.ready(ctx, where.cluster, show)
		if err != nil {
			return err
		}
		return t.trialsOn(ctx, where, there, info)
	})
}

// ready asks the cluster for what is not known without it, and begins the search.
func (t *tuning) ready(ctx context.Context, on cluster.Cluster, show display) (*hookThere, error) {
	if err := t.sameAs(on.Info()); err != nil {
		return nil, err
	}
	there, err := t.lookAt(on, show)
	if err != nil || t.search != nil {
		return there, err
	}
	if err := t.known(); err != nil {
		return nil, err
	}
	return there, t.writePlan()
}

// trialsOn runs what the search asks for, one trial after the other: which is next
// depends on the one before.
func (t *tuning) trialsOn(ctx context.Context, where *site, there *hookThere, info history.ClusterInfo) (err error) {
	defer func() { err = errors.Join(err, there.putBack(ctx)) }()
	for {
		c, more := t.search.Next()
		if !more || ctx.Err() != nil {
			return ctx.Err()
		}
		j, err := t.candidate(c, t.search.Tried(c)+1, info)
		if err != nil {
			return err
		}
		if err := t.makeRoom(j, where.show.note); err != nil {
			return err
		}
		result, err := t.trialOn(ctx, where, there, c, j)
		if result != nil {
			t.trials = append(t.trials, *result)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		t.search.Add(tune.OutcomeOf(*result, c, t.counts))
	}
}

// trialOn is one trial. It may have been measured in part although there is an error.
func (t *tuning) trialOn(ctx context.Context, where *site, there *hookThere, c tune.Candidate, j job) (*report.Trial, error) {
	if err := there.set(ctx, c); err != nil {
		return nil, err
	}
	if show, can := where.show.(expecting); can {
		show.expect(len(t.trials) - t.kept + t.search.Left())
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
