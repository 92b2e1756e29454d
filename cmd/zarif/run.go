package main

import (
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zarif/scenarios"
)

// runOptions are the flags of `zarif run`.
type runOptions struct {
	suite   string
	files   []string
	cluster string
	kind    kindOptions
	trials  int
	out     string
	rate    float64
	seed    uint64
	output  string
}

func newRun(io streams) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]...",
		Short: "Deploy, load, disrupt, count",
		Long: `Runs scenarios one after the other and prints what was dropped in each.

A SCENARIO is a name or a pattern of names; every fixture × disruption is a
scenario named <fixture>.<disruption>. With --suite they choose within the suite.

The cluster is made for the run and deleted at its end; --keep-cluster keeps it,
and the next run uses it again. Everything that was measured is kept in --out,
also when the run is interrupted.`,
		Example: `  zarif run --suite demo
  zarif run go-exit.rollout go-drain.rollout --trials 5
  zarif run 'go-*.rollout' --keep-cluster
  zarif run -f my-scenarios.yaml --out results`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if !cmd.Flags().Changed("seed") {
				o.seed = rand.Uint64() >> 1
			}
			s, err := o.prepare(patterns)
			if err != nil {
				return err
			}
			return s.run(cmd.Context(), io)
		},
		ValidArgsFunction: completeScenarios,
	}
	f := cmd.Flags()
	f.StringVar(&o.suite, "suite", "", "run the scenarios of this suite, and hold results against what it expects")
	f.StringArrayVarP(&o.files, "file", "f", nil, "read scenarios and suites from this file too; - is standard input (repeatable)")
	f.StringVar(&o.cluster, "cluster", "kind", "where to run: kind")
	o.kind.flags(f)
	f.BoolVar(&o.kind.keep, "keep-cluster", false, "keep the cluster at the end, for the next run")
	f.IntVar(&o.trials, "trials", 1, "how often to run each scenario")
	f.StringVar(&o.out, "out", "", "folder for the results; must not exist (default zarif-results/<time>)")
	f.Float64Var(&o.rate, "rate", 0, "hits per second of every stream that does not say its own (default 100)")
	f.Uint64Var(&o.seed, "seed", 0, "of what is random in a trial (default: a random one, recorded)")
	f.StringVarP(&o.output, "output", "o", "table", "what to print at the end: table, json or markdown")
	must(cmd.RegisterFlagCompletionFunc("suite", completeSuites))
	must(cmd.RegisterFlagCompletionFunc("cluster", cobra.FixedCompletions([]string{"kind"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// prepare checks everything that can be checked before anything is made.
func (o runOptions) prepare(patterns []string) (*session, error) {
	if err := oneOfFormats(o.output, "table", "json", "markdown"); err != nil {
		return nil, err
	}
	if o.cluster != "kind" {
		return nil, usage("--cluster: %q; want kind", o.cluster)
	}
	if o.trials < 1 {
		return nil, usage("--trials: %d; want 1 or more", o.trials)
	}
	if err := o.kind.validate(); err != nil {
		return nil, err
	}
	overrides := scenarios.Overrides{Rate: o.rate}
	if err := overrides.Validate(); err != nil {
		return nil, err
	}
	c, err := loadCatalog(o.files)
	if err != nil {
		return nil, err
	}
	selected, err := c.scenarios.Select(patterns, o.suite)
	if err != nil {
		return nil, err
	}
	if o.out == "" {
		o.out = filepath.Join("zarif-results", time.Now().UTC().Format("2006-01-02T15-04-05Z"))
	}
	s := &session{runOptions: o, catalog: c}
	for _, sel := range selected {
		if err := s.plan(sel, overrides); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := loadCatalog(nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, s := range c.scenarios.Scenarios() {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func completeSuites(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := loadCatalog(nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, s := range c.scenarios.Suites() {
		names = append(names, s.Name+"\t"+s.Doc)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// must is for faults in how commands are put together, which any call shows.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
