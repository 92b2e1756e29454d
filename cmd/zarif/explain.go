package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
	"zarif/report/render"
	"zarif/scenarios/trial"
)

// explainOptions are the flags of `zarif explain`.
type explainOptions struct {
	scenario string
	trial    int
	hit, pod string
	matrix   bool
	output   string
}

func newExplain(io streams) *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain DIR",
		Short: "Say why each request was lost, and what would have saved it",
		Long: `Reads the histories in a results folder and says for every dropped and every
masked hit which pod lost it, in which phase of its life, by which mechanism and on
what evidence; and what would have stopped it, with a figure where the trials
carry one.

--matrix sets what the suite of the trials provokes (provokes and besides of its
entries, as in the suite mechanisms) against what was found: every lost hit is in one
row and one column.

--hit tells the story of one hit in order of time, and --pod that of one pod: what
the client, the pods' logs, the API server and the edge say. Where the folder holds
several trials, --scenario and --trial say which.`,
		Example: `  zarif explain zarif-results/2026-11-22T10-15-00Z
  zarif explain zarif-results/2026-11-22T10-15-00Z --scenario go-exit.rollout --trial 1 --hit 0-2186
  zarif explain zarif-results/2026-11-22T10-15-00Z --scenario go-exit.rollout --trial 1 --pod go-exit-764697cfd5-c6qms`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if o.hit != "" || o.pod != "" {
				return o.story(io, args[0])
			}
			if o.matrix {
				return o.confusion(io, args[0])
			}
			return o.findings(io, args[0])
		},
	}
	cmd.Flags().StringVar(&o.scenario, "scenario", "", "only this scenario")
	cmd.Flags().IntVar(&o.trial, "trial", 0, "only this trial of it, from 1")
	cmd.Flags().StringVar(&o.hit, "hit", "", "tell the story of this hit; its id is <stream>-<number>, as findings name it")
	cmd.Flags().StringVar(&o.pod, "pod", "", "tell the story of this pod")
	cmd.Flags().BoolVar(&o.matrix, "matrix", false, "set what was provoked against what was found, in lost hits")
	cmd.Flags().StringVarP(&o.output, "output", "o", "table", "table or json, with --matrix markdown as well")
	return cmd
}

func (o explainOptions) validate() error {
	formats := []string{"table", "json"}
	if o.matrix {
		formats = append(formats, "markdown")
	}
	if err := oneOfFormats(o.output, formats...); err != nil {
		return err
	}
	if o.matrix && (o.hit != "" || o.pod != "") {
		return usage("--matrix: it is of all lost hits; want no --hit and no --pod beside it")
	}
	if o.hit != "" && o.pod != "" {
		return usage("--pod: the story is either a hit's or a pod's; want one of --hit and --pod")
	}
	if o.hit != "" {
		if _, _, err := history.ParseHitID(o.hit); err != nil {
			return usage("--hit: %v", err)
		}
	}
	if o.trial < 0 {
		return usage("--trial: %d is no trial; want 1 or more", o.trial)
	}
	return nil
}

// trials are those that are asked for, explained; failed is what could not be read.
func (o explainOptions) trials(dir string) (kept []report.Trial, failed, err error) {
	results, failed := explain.Load(dir)
	if len(results.Trials)+len(results.Skipped) == 0 {
		return nil, nil, &exitError{exitUsage, fmt.Errorf("%w; want a results folder of zarif run", failed)}
	}
	for _, t := range results.Trials {
		if (o.scenario == "" || t.Scenario == o.scenario) && (o.trial == 0 || t.Trial == o.trial) {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return nil, nil, usage("%s holds no such trial; want one of %s", dir, strings.Join(trialNames(dir), ", "))
	}
	return kept, failed, nil
}

// confusion prints what was provoked against what was found.
func (o explainOptions) confusion(io streams, dir string) error {
	kept, failed, err := o.trials(dir)
	if err != nil {
		return err
	}
	c := explain.Confuse(kept)
	switch o.output {
	case "json":
		err = render.ConfusionJSON(io.out, c)
	case "markdown":
		err = render.ConfusionMarkdown(io.out, c)
	default:
		columns, tty := terminal(io.out)
		err = render.Confusion(io.out, c, render.Options{Width: columns, Colour: tty})
	}
	if failed != nil {
		return &exitError{exitFailed, errors.Join(failed, err)}
	}
	return err
}

// findings prints those of all trials that are asked for.
func (o explainOptions) findings(io streams, dir string) error {
	kept, failed, err := o.trials(dir)
	if err != nil {
		return err
	}
	results := explain.Collect(kept)
	if o.output == "json" {
		err = render.JSON(io.out, results)
	} else {
		columns, tty := terminal(io.out)
		err = render.Findings(io.out, results, render.Options{Width: columns, Colour: tty})
	}
	if failed != nil {
		return &exitError{exitFailed, errors.Join(failed, err)}
	}
	return err
}

// story prints that of a hit or a pod.
func (o explainOptions) story(io streams, dir string) error {
	path, err := o.history(dir)
	if err != nil {
		return err
	}
	var s explain.Story
	if o.hit != "" {
		s, err = explain.HitStory(history.ReadFile(path), o.hit)
	} else {
		s, err = explain.PodStory(history.ReadFile(path), o.pod)
	}
	switch {
	case errors.Is(err, explain.ErrUnknown):
		return usage("%s: %v", path, err)
	case err != nil:
		return &exitError{exitFailed, fmt.Errorf("%s: %w", path, err)}
	case o.output == "json":
		return json.NewEncoder(io.out).Encode(s)
	}
	columns, tty := terminal(io.out)
	return render.Story(io.out, s, render.Options{Width: columns, Colour: tty})
}

// history is the file of the one trial that is asked for.
func (o explainOptions) history(dir string) (string, error) {
	names := trialNames(dir)
	if len(names) == 0 {
		return "", usage("%s holds no history; want a results folder of zarif run", dir)
	}
	matching := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		scenario, n := filepath.Split(name)
		return o.scenario != "" && filepath.Clean(scenario) != o.scenario || o.trial != 0 && n != strconv.Itoa(o.trial)
	})
	switch len(matching) {
	case 0:
		return "", usage("%s holds no such trial; want one of %s", dir, strings.Join(names, ", "))
	case 1:
		return filepath.Join(dir, "trials", matching[0], trial.HistoryFile), nil
	}
	return "", usage("%s holds several such trials (%s); want --scenario and --trial", dir, strings.Join(matching, ", "))
}

// trialNames are the trials of a results folder as scenario/number.
func trialNames(dir string) (names []string) {
	scenarios, _ := os.ReadDir(filepath.Join(dir, "trials"))
	for _, s := range scenarios {
		trials, _ := os.ReadDir(filepath.Join(dir, "trials", s.Name()))
		for _, t := range trials {
			if _, err := os.Stat(filepath.Join(dir, "trials", s.Name(), t.Name(), trial.HistoryFile)); err == nil {
				names = append(names, filepath.Join(s.Name(), t.Name()))
			}
		}
	}
	return names
}
