package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"zarif/report/history"
	"zarif/report/tune"
)

// tuneOptions are the flags of `zarif tune`: what to try, and where and on what, as
// zarif run (a scenario) or zarif test (a user's own workload) takes it.
type tuneOptions struct {
	testOptions
	disruption  string
	search      tune.Config
	streams     []string // that count; empty: those with fresh connections
	replaceHook bool
}

func newTune(io streams) *cobra.Command {
	o := tuneOptions{search: tune.Defaults()}
	cmd := &cobra.Command{
		Use:   "tune SCENARIO",
		Short: "Search the smallest preStop sleep that loses nothing",
		Long: `Searches the smallest preStop sleep, in whole seconds, with which --trials trials in
a row lose nothing, a grace period that holds it, and what both cost.

It tries no sleep at all first, reads from that for how long new connections still
came to a deleted pod, and goes on from there: a sleep that loses once is refused at
once, and between the longest that was refused and the shortest that was not the
search halves. A trial that lost nothing proves little: what is printed says how
little. A sleep is taken instead of one second more that lost nothing, too, only after
--below trials.

What counts is what streams with a new connection per hit lose. A connection that is
kept alive and closed as a request is on its way is another matter, which no sleep
heals; that is said where it happens. --stream names the streams that count. A loss
that no sleep heals ends the search, with what would.

SCENARIO is the name of one, see zarif list, or of one in the files of -f. With
--target -f are manifests of yours, as zarif test takes them. With --no-deploy the
hook of what is deployed is changed for the search, which rolls it out each time, and
put back at the end, also after Ctrl-C.

Every trial is kept in --out: zarif report and zarif explain work on it. --resume DIR
goes on with a search that was cut, and shows one that has ended again.

Exit codes: 0 a sleep was found · 1 none is enough, or what is lost is nothing that a
sleep heals · 3 inconclusive or skipped · 64 usage or a bad file · 70 the harness or the
cluster failed · 130 interrupted.`,
		Example: `  zarif tune go-shutdown.rollout
  zarif tune go-shutdown.rollout --cluster local --trials 5
  zarif tune -f mine.yaml shop.rollout --stream fresh --stream posts
  zarif tune -f k8s/ --target svc/shop:80 --path /healthz
  zarif tune --no-deploy -n shop --target svc/shop:80 --context staging --i-may-disrupt
  zarif tune --resume zarif-results/2026-11-22T10-15-00Z`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			o.given(cmd.Flags())
			t, err := o.prepareTuning(cmd.Context(), cmd.Flags(), names, io)
			if err != nil {
				return err
			}
			if o.printRBAC {
				return t.printRBAC(io.out, o.account)
			}
			return t.run(cmd.Context(), io)
		},
		ValidArgsFunction: completeScenarios,
	}
	o.tuneFlags(cmd)
	return cmd
}

func (o *tuneOptions) tuneFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.manifests, "file", "f", nil, "scenario files; with --target manifests: a file, a folder, a kustomization, or - for standard input (repeatable)")
	f.IntVar(&o.search.Max, "max", o.search.Max, "the longest preStop sleep to try, in seconds")
	f.IntVar(&o.search.Trials, "trials", o.search.Trials, "how many trials in a row must lose nothing")
	f.IntVar(&o.search.Below, "below", o.search.Below, "how many trials a sleep gets to lose something, where one second more lost nothing")
	f.IntVar(&o.search.Inconclusive, "inconclusive", o.search.Inconclusive, "how many inconclusive trials of one sleep to repeat")
	f.IntVar(&o.search.Most, "most", o.search.Most, "bound of all trials together")
	f.BoolVar(&o.search.Grace, "grace", false, "verify the grace period by trials, too, instead of only deriving it")
	f.StringArrayVar(&o.streams, "stream", nil, "a stream that counts (repeatable; default: those with a new connection per hit)")
	f.BoolVar(&o.replaceHook, "replace-prestop", false, "replace a preStop hook that does something else than to sleep")
	o.targetFlags(f, "with --target: ")
	f.StringVar(&o.disruption, "disruption", "rollout", "with --target: what happens under load")
	f.StringVar(&o.out, "out", "", "folder for the results; must not exist (default zarif-results/<time>)")
	f.Float64Var(&o.rate, "rate", 0, "hits per second of every stream that does not say its own (default 100)")
	f.Uint64Var(&o.seed, "seed", 0, "of what is random in a trial (default: a random one, recorded)")
	f.StringVarP(&o.output, "output", "o", "table", "what to print at the end: table, json or markdown")
	f.StringVar(&o.resume, "resume", "", "go on with the search of this results folder where it stopped")
	f.BoolVar(&o.allowChanged, "allow-changed", false, "resume although zarif itself, or the cluster, is not as the search began")
	f.BoolVar(&o.mayScale, "i-may-scale", false, mayScaleText)
	o.where.flags(cmd)
}

// tuneResumeFlags mean something beside --resume.
var tuneResumeFlags = []string{"resume", "allow-changed", "output", "keep-cluster"}

// prepareTuning checks everything that can be checked before anything is made.
func (o tuneOptions) prepareTuning(ctx context.Context, f *pflag.FlagSet, names []string, io streams) (*tuning, error) {
	if err := oneOfFormats(o.output, "table", "json", "markdown"); err != nil {
		return nil, err
	}
	if f.Changed("resume") {
		if err := resumable(f, tuneResumeFlags, names, "search"); err != nil {
			return nil, err
		}
		return o.continuedTuning()
	}
	if o.allowChanged {
		return nil, usage("--allow-changed: means nothing without --resume; want it left out")
	}
	if err := o.tuneValidate(f, names); err != nil {
		return nil, err
	}
	o.trials = 1
	s, err := o.tuned(ctx, names, io)
	if err != nil {
		return nil, err
	}
	if len(s.planned) != 1 {
		var found []string
		for _, p := range s.planned {
			found = append(found, p.meta.Scenario)
		}
		return nil, usage("%d scenarios: %s; want one", len(s.planned), strings.Join(found, ", "))
	}
	if o.out == "" {
		s.out = filepath.Join("zarif-results", time.Now().UTC().Format("2006-01-02T15-04-05Z"))
	}
	return newTuning(o, s)
}

// tuneValidate checks what flags say alone and of one another.
func (o *tuneOptions) tuneValidate(f *pflag.FlagSet, names []string) error {
	known := o.search
	known.Own.Grace, known.MaxGrace = 1, 1 // not known yet
	if err := known.Validate(); err != nil {
		return usage("%v", err)
	}
	if o.workload.Target != "" {
		if len(names) > 0 {
			return usage("%s: a scenario means nothing beside --target; want one of the two", names[0])
		}
		if o.where.context.name == "" && !f.Changed("cluster") {
			o.where.want = clusterKind
		}
		if o.where.want == clusterLocal {
			return usage("--cluster local: it runs no containers, and so nothing of yours; want kind, or --context")
		}
		return nil
	}
	for _, name := range targetOnly {
		if f.Changed(name) {
			return usage("--%s: means nothing without --target; want a target, or a scenario that says it", name)
		}
	}
	return nil
}

// tuned is the session of the one scenario.
func (o tuneOptions) tuned(ctx context.Context, names []string, io streams) (*session, error) {
	if o.workload.Target != "" {
		o.disruptions = []string{o.disruption}
		return o.testOptions.prepare(ctx, io)
	}
	run := o.runOptions
	run.files = o.manifests
	return run.prepare(names, io)
}

// counting are the streams that count, by name.
func (o tuneOptions) counting(all []history.Stream) (names []string, err error) {
	var known []string
	for _, s := range all {
		known = append(known, s.Name)
		if len(o.streams) == 0 && s.Connection == history.Fresh || slices.Contains(o.streams, s.Name) {
			names = append(names, s.Name)
		}
	}
	for _, name := range o.streams {
		if !slices.Contains(known, name) {
			return nil, usage("--stream %s: the scenario has none of that name; want one of %s", name, strings.Join(known, ", "))
		}
	}
	if len(names) == 0 {
		return nil, usage("the scenario has no stream with a new connection per hit (%s); want --stream with those that count", strings.Join(known, ", "))
	}
	return names, nil
}
