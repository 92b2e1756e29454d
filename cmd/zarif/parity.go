package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/parity"
	"zarif/report/render"
	"zarif/scenarios"
)

// parityOptions are the flags of `zarif parity`.
type parityOptions struct {
	where    clusterOptions
	suites   []string
	trials   int
	parallel int
	out      string
	output   string
}

func newParity(io streams) *cobra.Command {
	var o parityOptions
	cmd := &cobra.Command{
		Use:   "parity [A B]",
		Short: "Hold the local cluster against kind: do they show the same?",
		Long: `Runs suites on kind and on the local cluster and prints side by side what they
showed: verdicts, drop rates, causes, outages, exits, and for how long new
connections still came to pods that were taken out of service.

Given two results folders it compares those and runs nothing.

They agree where verdicts are alike, the main cause of drops is the same, and drop
rates differ by no more than a factor of three where neither is zero. Only
conclusive trials count, and a scenario without enough of them is inconclusive.

Exit codes: 0 all agrees · 1 something differs · 3 something is inconclusive, and
nothing differs · 64 usage · 70 the harness or a cluster failed · 130 interrupted.`,
		Example: `  zarif parity
  zarif parity --suite demo --trials 10 -o markdown
  zarif parity results-on-kind results-on-local`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return usage("%d results folders; want two to compare, or none to run both", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, dirs []string) error {
			o.where.note(cmd.Flags())
			if err := o.validate(); err != nil {
				return err
			}
			if len(dirs) == 2 {
				return o.compareFolders(io, dirs[0], dirs[1])
			}
			return o.run(cmd.Context(), io)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.suites, "suite", []string{"demo", "disruptions"}, "run the scenarios of this suite (repeatable)")
	f.IntVar(&o.trials, "trials", 5, "how often to run each scenario on each cluster")
	f.IntVar(&o.parallel, "parallel", 0, "how many trials to run side by side on local (default: what the cores carry)")
	f.StringVar(&o.out, "out", "", "folder for the results of both; must not exist (default zarif-results/<time>)")
	f.StringVarP(&o.output, "output", "o", "table", "what to print at the end: table or markdown")
	o.where.kind.flags(f)
	f.BoolVar(&o.where.kind.keep, "keep-cluster", false, "keep the kind cluster at the end, for the next run")
	o.where.local.flags(f)
	must(cmd.RegisterFlagCompletionFunc("suite", completeSuites))
	return cmd
}

func (o parityOptions) validate() error {
	if err := oneOfFormats(o.output, "table", "markdown"); err != nil {
		return err
	}
	if o.trials < 1 {
		return usage("--trials: %d; want 1 or more", o.trials)
	}
	if o.parallel < 0 {
		return usage("--parallel: %d; want 1 or more", o.parallel)
	}
	if err := o.where.kind.validate(); err != nil {
		return err
	}
	_, _, err := o.where.local.resolve()
	return err
}

// compareFolders compares what is there. A history that cannot be read may be one
// that would have differed, so that there is no comparison without it.
func (o parityOptions) compareFolders(io streams, a, b string) error {
	var sides [2]report.Results
	for i, dir := range []string{a, b} {
		results, err := report.Load(dir)
		if len(results.Trials)+len(results.Skipped) == 0 {
			return &exitError{exitUsage, fmt.Errorf("%w; want a results folder of zarif run", err)}
		}
		if err != nil {
			return &exitError{exitFailed, err}
		}
		sides[i] = results
	}
	return o.conclude(io, parity.Compare(sides[0], sides[1]))
}

// run runs the suites on both clusters, first on kind.
func (o parityOptions) run(ctx context.Context, io streams) error {
	if o.out == "" {
		o.out = filepath.Join("zarif-results", time.Now().UTC().Format("2006-01-02T15-04-05Z"))
	}
	sessions, err := o.sessions()
	if err != nil {
		return err
	}
	held, err := makeFolder(o.out)
	if err != nil {
		return err
	}
	defer held.release()
	var sides [2]report.Results
	var failed error // a trial that the harness failed at does not keep the others from being compared
	for i, s := range sessions {
		results, err := s.measure(ctx, io)
		if len(results.Trials)+len(results.Skipped) > 0 {
			err = errors.Join(err, keep(s.out, results))
		}
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, errors.New("interrupted; what was measured until then is kept")}
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("on %s: %w", s.where.want, err))
		}
		sides[i] = results
	}
	t := parity.Compare(sides[0], sides[1])
	f, err := os.Create(filepath.Join(o.out, "parity.md"))
	if err != nil {
		return err
	}
	if err := errors.Join(render.ParityMarkdown(f, t), f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(io.err, "results: %s (zarif parity %s %s shows this again)\n", o.out, sessions[0].out, sessions[1].out)
	if err := o.conclude(io, t); failed == nil {
		return err
	}
	return &exitError{exitFailed, failed}
}

// sessions are the same trials on kind and on local.
func (o parityOptions) sessions() (both [2]*session, err error) {
	c, err := loadCatalog(nil)
	if err != nil {
		return both, err
	}
	seed := rand.Uint64() >> 1
	for i, name := range []string{clusterKind, clusterLocal} {
		where := o.where
		where.want = name
		s := &session{catalog: c, runOptions: runOptions{where: where, trials: o.trials, out: filepath.Join(o.out, name), seed: seed}}
		if name == clusterLocal {
			s.parallel = o.parallel
		}
		planned := map[string]bool{}
		for _, suite := range o.suites {
			selected, err := c.scenarios.Select(nil, suite)
			if err != nil {
				return both, err
			}
			for _, sel := range selected {
				if planned[sel.Scenario.Name] {
					continue
				}
				planned[sel.Scenario.Name] = true
				if err := s.plan(sel, scenarios.Overrides{}); err != nil {
					return both, err
				}
			}
		}
		both[i] = s
	}
	return both, nil
}

func (o parityOptions) conclude(io streams, t parity.Table) error {
	var err error
	if o.output == "markdown" {
		err = render.ParityMarkdown(io.out, t)
	} else {
		columns, tty := terminal(io.out)
		err = render.ParityTable(io.out, t, render.Options{Width: columns, Colour: tty})
	}
	return errors.Join(err, verdictExit(t.ExitCode()))
}
