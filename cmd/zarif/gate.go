package main

import (
	"context"
	"errors"
	"fmt"
	goio "io"
	"os"

	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/gate"
	"zarif/report/render"
)

// gateOptions are the flags of `zarif gate`.
type gateOptions struct {
	dir       string // results folder, or a results.json
	baseline  string
	budget    string
	scenarios []string
	maxTrials int
	junit     string
	github    bool
	output    string
	all       bool
	more      moreTrials
}

func newGate(io streams) *cobra.Command {
	var o gateOptions
	cmd := &cobra.Command{
		Use:   "gate RESULTS",
		Short: "May it pass? Hold results against a baseline and budgets",
		Long: `Judges the results of a run, a folder or a results.json, for a pipeline: they must
not be worse than a baseline, results of an earlier run, and keep to budgets, a
file of limits. With neither they are held to the budgets of their own scenarios.

The unit is the trial, and only conclusive trials count. What is called worse is
more than chance, all scenarios, streams, metrics and looks together: where nothing
changed, at most one gate in twenty fails. Too few trials to tell are never ok, they
are inconclusive, and it is said how many would do; 20 of the baseline and 5 that are
judged are enough for most suites. docs/gate.md says how it is reckoned.

--max-trials N runs further trials of what is not clear yet, up to N of a scenario
and as zarif run --resume would, until it is clear. RESULTS is then the folder of a
run of this zarif.

Exit codes: 0 ok · 1 worse than the baseline or over a budget · 3 inconclusive ·
64 usage or a bad file · 70 the harness or the cluster failed · 130 interrupted.`,
		Example: `  zarif gate results --baseline baseline.json
  zarif gate results --budget budget.yaml --junit gate.xml
  zarif gate results --baseline baseline.json --max-trials 20 --github
  zarif gate results --baseline baseline.json -o json | jq -r .outcome`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			if err := o.validate(cmd.Flags().Changed); err != nil {
				return err
			}
			return o.run(cmd.Context(), io)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.baseline, "baseline", "", "results folder, or results.json, of the run to be no worse than")
	f.StringVar(&o.budget, "budget", "", "file of budgets")
	f.StringArrayVar(&o.scenarios, "scenario", nil, "judge only scenarios with this name or pattern (repeatable)")
	f.IntVar(&o.maxTrials, "max-trials", 0, "run up to this many trials of a scenario where fewer leave it open")
	f.StringVar(&o.junit, "junit", "", "write the checks into this file as JUnit XML, too")
	f.BoolVar(&o.github, "github", false, "write a summary and annotations for GitHub Actions, too")
	f.StringVarP(&o.output, "output", "o", "table", "what to print: table, markdown, or json, which is one line")
	f.BoolVar(&o.all, "all", false, "show every check, also those that are ok")
	f.BoolVar(&o.more.allowChanged, "allow-changed", false, "with --max-trials: although scenarios, the cluster or zarif itself are not as the run began")
	f.BoolVar(&o.more.keepCluster, "keep-cluster", false, "with --max-trials: keep the kind cluster at the end")
	return cmd
}

func (o gateOptions) validate(given func(flag string) bool) error {
	if err := oneOfFormats(o.output, "table", "markdown", "json"); err != nil {
		return err
	}
	if given("max-trials") && o.maxTrials < 1 {
		return usage("--max-trials: %d; want 1 or more", o.maxTrials)
	}
	for _, flag := range []string{"allow-changed", "keep-cluster"} {
		if given(flag) && o.maxTrials == 0 {
			return usage("--%s: means nothing without --max-trials; want it left out", flag)
		}
	}
	if o.github && os.Getenv(githubSummary) == "" {
		return usage("--github: %s is not set; want it only in a step of GitHub Actions", githubSummary)
	}
	return nil
}

func (o gateOptions) run(ctx context.Context, io streams) error {
	c, results, err := o.load()
	if err != nil {
		return err
	}
	judged, failed := o.judge(ctx, io, c, results)
	var bad *exitError
	if judged.Schema == "" || errors.As(failed, &bad) && bad.code == exitUsage {
		return failed
	}
	if err := errors.Join(o.show(io, judged), o.tell(io, judged)); err != nil {
		return errors.Join(failed, err)
	}
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.Join(errors.New("interrupted; above is what was judged before, and what was measured since is kept"), uncancelled(failed))}
	case failed != nil:
		return &exitError{exitFailed, failed}
	}
	return verdictExit(judged.Exit)
}

// load reads all that is to be judged, and what it is held to.
func (o gateOptions) load() (c gate.Config, results report.Results, err error) {
	c = gate.Config{Scenarios: o.scenarios, MaxTrials: o.maxTrials}
	if err := c.Validate(); err != nil {
		return c, results, usage("--scenario: %v", err)
	}
	if o.budget != "" {
		text, err := os.ReadFile(o.budget)
		if err != nil {
			return c, results, usage("--budget: %v; want a file of budgets", err)
		}
		if c.Budget, err = gate.Decode(o.budget, text); err != nil {
			return c, results, &exitError{exitUsage, err}
		}
	}
	if o.baseline != "" {
		was, err := resultsAt(o.baseline)
		if err != nil {
			return c, results, err
		}
		c.Baseline = &was
	}
	if o.maxTrials > 0 {
		if at, err := os.Stat(o.dir); err != nil || !at.IsDir() {
			return c, results, usage("--max-trials: %s is no folder; want the results folder of the run to go on with", o.dir)
		}
		if _, err := readPlan(o.dir); err != nil {
			return c, results, fmt.Errorf("--max-trials goes on with a run as zarif run --resume does: %w", err)
		}
	}
	results, err = resultsAt(o.dir)
	return c, results, err
}

// judge judges, with more trials where they were asked for. Without a judgement the
// report is empty.
func (o gateOptions) judge(ctx context.Context, io streams, c gate.Config, results report.Results) (judged gate.Report, err error) {
	if o.maxTrials == 0 {
		judged, err = gate.Judge(c, results)
	} else {
		more := o.more
		more.dir, more.io = o.dir, io
		judged, err = gate.Run(ctx, c, results, more)
	}
	if judged.Schema == "" {
		return judged, &exitError{exitUsage, err}
	}
	return judged, err
}

func (o gateOptions) show(io streams, judged gate.Report) error {
	switch o.output {
	case "json":
		return judged.WriteJSON(io.out)
	case "markdown":
		return render.GateMarkdown(io.out, judged, o.all)
	}
	columns, tty := terminal(io.out)
	return render.GateTable(io.out, judged, o.all, render.Options{Width: columns, Colour: tty})
}

// githubSummary is the variable that names the file of a step's summary.
const githubSummary = "GITHUB_STEP_SUMMARY"

// tell writes what CI systems read beside the exit code.
func (o gateOptions) tell(io streams, judged gate.Report) error {
	if o.junit != "" {
		if err := writeWhole(o.junit, func(w goio.Writer) error { return render.GateJUnit(w, judged) }); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	if !o.github {
		return nil
	}
	f, err := os.OpenFile(os.Getenv(githubSummary), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("--github: %w", err)
	}
	if err := errors.Join(render.GateMarkdown(f, judged, o.all), f.Close()); err != nil {
		return fmt.Errorf("--github: %w", err)
	}
	// The runner reads commands on standard output, and on standard error as well,
	// where they do not stand in the way of data.
	if o.output == "json" {
		return render.GateAnnotations(io.err, judged)
	}
	return render.GateAnnotations(io.out, judged)
}
