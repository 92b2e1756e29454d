package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"zarif/report/explain"
	"zarif/report/render"
	"zarif/report/tune"
)

// conclude keeps and prints what was found.
func (t *tuning) conclude(ctx context.Context, io streams, failed error) error {
	found := t.search.Result(t.story(ctx.Err() != nil))
	if err := t.keep(found); err != nil {
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
func (t *tuning) story(cut bool) tune.Story {
	p := t.planned[0]
	of := tune.Story{
		Scenario: p.meta.Scenario, Disruption: p.meta.Disruption, Replicas: p.meta.Replicas, Streams: t.counts,
		Stateful: p.workload.Target.Kind == "StatefulSet", Cut: cut,
	}
	if len(t.trials) > 0 {
		of.Cluster, of.Modelled = t.trials[0].Meta.Cluster.Type, t.trials[0].Meta.Cluster.Modelled
	}
	return of
}

// keep writes the files of the folder that are made from the histories.
func (t *tuning) keep(found tune.Result) error {
	if err := keep(t.out, explain.Collect(t.trials)); err != nil {
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
