package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"zarif/cluster"
	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

// What --cluster takes.
const (
	clusterAuto  = "auto"
	clusterKind  = "kind"
	clusterLocal = "local"
)

var clusterNames = []string{clusterAuto, clusterKind, clusterLocal}

// clusterOptions are the flags that say where to run.
type clusterOptions struct {
	want  string // one of clusterNames
	kind  kindOptions
	local localOptions
	// context names an existing cluster, and goes before want.
	context contextOptions
	given   []string // flags on the command line, by name
}

// Flags that mean something on one cluster only.
var (
	kindFlags  = []string{"nodes", "node-image", "cluster-name", "keep-cluster"}
	localFlags = []string{"local-delay", "local-delays"}
)

func (o *clusterOptions) flags(cmd *cobra.Command) {
	o.clusterFlag(cmd)
	f := cmd.Flags()
	o.kind.flags(f)
	f.BoolVar(&o.kind.keep, "keep-cluster", false, "keep the kind cluster at the end, for the next run")
	o.local.flags(f)
	o.context.flags(f)
}

// clusterFlag is the choice alone.
func (o *clusterOptions) clusterFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.want, "cluster", clusterAuto,
		"where to run: auto, kind or local; auto takes kind where a container engine answers and has a node image, otherwise local")
	must(cmd.RegisterFlagCompletionFunc("cluster", cobra.FixedCompletions(clusterNames, cobra.ShellCompDirectiveNoFileComp)))
}

// note keeps which flags the user gave.
func (o *clusterOptions) note(f *pflag.FlagSet) {
	f.Visit(func(flag *pflag.Flag) { o.given = append(o.given, flag.Name) })
}

// known checks the choice alone.
func (o clusterOptions) known() error {
	if !slices.Contains(clusterNames, o.want) {
		return usage("--cluster: %q; want auto, kind or local", o.want)
	}
	return nil
}

func (o clusterOptions) validate() error {
	if err := o.known(); err != nil {
		return err
	}
	if err := o.validateContext(); err != nil || o.context.name != "" {
		return err
	}
	if o.want != clusterAuto {
		if idle := o.idle(o.want); len(idle) > 0 {
			return usage("%s: means nothing to --cluster %s; want it left out, or another cluster", strings.Join(idle, ", "), o.want)
		}
	}
	if err := o.kind.validate(); err != nil {
		return err
	}
	_, _, err := o.local.resolve()
	return err
}

// validateContext checks the flags of an existing cluster.
func (o clusterOptions) validateContext() error {
	if o.context.name == "" {
		if idle := o.among(contextFlags); len(idle) > 0 {
			return usage("%s: means nothing without --context; want it left out, or --context with the name of one", strings.Join(idle, ", "))
		}
		return nil
	}
	if idle := o.among(append(slices.Concat(kindFlags, localFlags), "cluster")); len(idle) > 0 {
		return usage("%s: means nothing to --context, which is a cluster that is there; want it left out", strings.Join(idle, ", "))
	}
	return o.context.validate()
}

// among are those of some flags that were given.
func (o clusterOptions) among(flags []string) (given []string) {
	for _, name := range flags {
		if slices.Contains(o.given, name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

// idle are the flags that were given and that mean nothing to a cluster.
func (o clusterOptions) idle(cluster string) []string {
	others := localFlags
	if cluster == clusterLocal {
		others = kindFlags
	}
	return o.among(others)
}

// A choice is the cluster that is taken.
type choice struct {
	cluster string   // clusterKind, clusterLocal or clusterContext
	why     string   // for a sentence: "no container engine is installed"
	idle    []string // flags that were given and mean nothing to it
}

func (c choice) String() string {
	text := fmt.Sprintf("cluster %s: %s", c.cluster, c.why)
	if len(c.idle) > 0 {
		text += "; without effect on it: " + strings.Join(c.idle, ", ")
	}
	return text
}

// An engineView is how the choice looks at the container engine. Neither function
// pulls, builds or starts anything.
type engineView struct {
	answers func(context.Context) (engine string, err error)
	has     func(ctx context.Context, image string) (bool, error)
}

var theEngine = engineView{answers: kind.Engine, has: kind.HasImage}

// choose decides between the clusters. Its only error is that of a context that ended.
func (o clusterOptions) choose(ctx context.Context, view engineView) (choice, error) {
	if o.context.name != "" {
		return choice{cluster: clusterContext, why: "asked for with --context " + o.context.name}, ctx.Err()
	}
	c := choice{cluster: o.want, why: "asked for with --cluster " + o.want}
	if o.want == clusterAuto {
		c.cluster, c.why = o.auto(ctx, view)
		c.idle = o.idle(c.cluster)
	}
	return c, ctx.Err()
}

// auto takes kind where nothing but time is missing for it.
func (o clusterOptions) auto(ctx context.Context, view engineView) (cluster, why string) {
	engine, err := view.answers(ctx)
	if err != nil {
		return clusterLocal, bare(err)
	}
	images, missing := []string{nodeimage.Tag(), kind.DefaultImage}, "no node image"
	if o.kind.image != "" {
		images, missing = []string{o.kind.image}, "no image "+o.kind.image
	}
	for _, image := range images {
		has, err := view.has(ctx, image)
		if err != nil {
			return clusterLocal, bare(err)
		}
		if has {
			return clusterKind, fmt.Sprintf("%s answers and has the node image %s", engine, shortImage(image))
		}
	}
	return clusterLocal, fmt.Sprintf("%s answers, and has %s; --cluster kind would try to pull one", engine, missing)
}

// bare is an error without its cure and on one line: a machine without an engine
// is not ill.
func bare(err error) string {
	var fault *kind.Fault
	if errors.As(err, &fault) {
		err = errors.New(fault.What)
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// shortImage is an image without its digest.
func shortImage(ref string) string {
	short, _, _ := strings.Cut(ref, "@")
	return short
}

// open makes or takes the cluster that was chosen. After an error nothing of it is
// left that was not there before.
func (o clusterOptions) open(ctx context.Context, c choice, agent []byte, step func(string)) (cluster.Cluster, error) {
	if c.cluster == clusterContext {
		return openContext(ctx, o.context, agent, step)
	}
	if c.cluster == clusterLocal {
		return openLocal(ctx, o.local, step)
	}
	return openKind(ctx, o.kind, agent, step)
}
