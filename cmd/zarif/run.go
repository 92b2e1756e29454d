package main

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"zarif/cluster/manifest"
	"zarif/scenarios"
)

// runOptions are the flags of `zarif run`.
type runOptions struct {
	suite        string
	files        []string
	where        clusterOptions
	trials       int
	parallel     int // 0: derived
	out          string
	rate         float64
	seed         uint64
	output       string
	allowSkipped bool
	resume       string // results folder of the run to go on with; empty: a new run
	allowChanged bool   // of a resumed run
	mayScale     bool   // also where an autoscaler or GitOps decides about replicas
}

func newRun(io streams) *cobra.Command {
	var o runOptions
	var rbac rbacOptions
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]...",
		Short: "Deploy, load, disrupt, count",
		Long: `Runs scenarios and prints what was dropped in each.

A SCENARIO is a name or a pattern of names; every fixture × disruption is a
scenario named <fixture>.<disruption>. With --suite they choose within the suite.

Where: --cluster kind makes a kind cluster in containers and deletes it at the
end; --keep-cluster keeps it, and the next run uses it again. --cluster local
needs nothing: pods are processes of this machine, signals, sockets and load are
real, and what Kubernetes does around them is modelled, which every report says.
auto takes kind where a container engine answers and a node image is there, and
local otherwise; nothing is pulled or built to find out, and the choice is told.

Side by side: on kind one trial runs at a time. On local as many run at once as
the cores carry: the trials with the highest rates are counted for as long as
their streams together send no more than 500 hits per second and core.
--parallel says another number.

A scenario that the cluster cannot do is skipped and listed with the reason. It
was not seen to be as expected, so that the exit code is 3, also when all were
skipped: nothing failed, and nothing was shown. --allow-skipped lets the others
decide. Everything that was measured is kept in --out, also when the run is
interrupted.

--resume DIR goes on with a run that was cut, by Ctrl-C, a kill or a restart of the
machine: as it was asked for, with its seed, on a cluster like its own. Finished
trials are kept; one that was cut or failed is done again, and what there is of it
is moved to DIR/set-aside. Where a scenario, the cluster or zarif itself is not what
it was, that is named and nothing is run, unless --allow-changed: then finished
trials of scenarios that changed are set aside as well. A finished run is shown
again, and exits as it did.

Exit codes: 0 every scenario as expected (without a suite: pass) · 1 not as
expected, a surprising pass included · 3 inconclusive or skipped · 64 usage or a
bad file · 70 the harness or the cluster failed · 130 interrupted.`,
		Example: `  zarif run --suite demo
  zarif run --suite demo --cluster local --trials 5
  zarif run go-exit.rollout go-drain.rollout --trials 5
  zarif run 'go-*.rollout' --cluster kind --keep-cluster
  zarif run go-exit.rollout --cluster local --local-delay program=2s
  zarif run -f my-scenarios.yaml --out results
  zarif run --resume results`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			o.given(cmd.Flags())
			if cmd.Flags().Changed("parallel") && o.parallel < 1 {
				return usage("--parallel: %d; want 1 or more", o.parallel)
			}
			prepare := func() (*session, error) { return o.prepare(patterns, io) }
			if cmd.Flags().Changed("resume") {
				if err := resumable(cmd.Flags(), resumeFlags, patterns, "run"); err != nil {
					return err
				}
				prepare = o.continued
			} else if o.allowChanged {
				return usage("--allow-changed: means nothing without --resume; want it left out")
			}
			if rbac.print {
				return rbac.of(o, patterns, io)
			}
			s, err := prepare()
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
	o.where.flags(cmd)
	f.IntVar(&o.trials, "trials", 1, "how often to run each scenario")
	f.IntVar(&o.parallel, "parallel", 0, "how many trials to run side by side (default: 1 on kind, on local what the cores carry)")
	f.StringVar(&o.out, "out", "", "folder for the results; must not exist (default zarif-results/<time>)")
	f.Float64Var(&o.rate, "rate", 0, "hits per second of every stream that does not say its own (default 100, less where the fixture carries less)")
	f.Uint64Var(&o.seed, "seed", 0, "of what is random in a trial (default: a random one, recorded)")
	f.StringVarP(&o.output, "output", "o", "table", "what to print at the end: table, json or markdown")
	f.BoolVar(&o.allowSkipped, "allow-skipped", false, "exit with 0 although a scenario was skipped, if the others are as expected")
	f.StringVar(&o.resume, "resume", "", "go on with the run of this results folder where it stopped")
	f.BoolVar(&o.allowChanged, "allow-changed", false, "resume although scenarios, the cluster or zarif itself are not as the run began")
	f.BoolVar(&o.mayScale, "i-may-scale", false, mayScaleText)
	rbac.flags(f)
	must(cmd.RegisterFlagCompletionFunc("suite", completeSuites))
	return cmd
}

// given takes over what the user gave, and makes up what is random otherwise.
func (o *runOptions) given(f *pflag.FlagSet) {
	o.where.note(f)
	if !f.Changed("seed") {
		o.seed = rand.Uint64() >> 1
	}
}

// prepare checks everything that can be checked before anything is made.
func (o runOptions) prepare(patterns []string, io streams) (*session, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	sources, err := scenarios.ReadSources(io.in, o.files...)
	if err != nil {
		return nil, err
	}
	given := io.in
	if slices.Contains(o.files, manifest.Stdin) {
		given = nil // it was read
	}
	return o.checked(sources, patterns, &bringing{stdin: given})
}

// validate checks the flags alone.
func (o runOptions) validate() error {
	if err := oneOfFormats(o.output, "table", "json", "markdown"); err != nil {
		return err
	}
	if o.trials < 1 {
		return usage("--trials: %d; want 1 or more", o.trials)
	}
	if err := o.where.validate(); err != nil {
		return err
	}
	return scenarios.Overrides{Rate: o.rate}.Validate()
}

// checked is prepare of files that were read, and of the manifests that they name.
func (o runOptions) checked(sources []scenarios.Source, patterns []string, brings *bringing) (*session, error) {
	overrides := scenarios.Overrides{Rate: o.rate}
	c, err := loadSources(sources)
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
	s := &session{runOptions: o, catalog: c, sources: sources, brings: brings}
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
