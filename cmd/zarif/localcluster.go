package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"zarif/cluster"
	"zarif/cluster/local"
	"zarif/cluster/local/supervisor"
	"zarif/cmd/zarif/payload"
	"zarif/report/history"
)

// localOptions are the flags that say which local cluster, and what a run adds.
type localOptions struct {
	set    []string // NAME=DURATION
	delays string   // file that zarif calibrate wrote

	dir  string // scratch, inside the results folder; made and removed by the cluster
	seed uint64
}

func (o *localOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.set, "local-delay", nil, "set a delay of the local cluster, NAME=DURATION such as program=2s (repeatable); NAME is "+strings.Join(delayNames(), ", "))
	f.StringVar(&o.delays, "local-delays", "", "delays of the local cluster from this file of zarif calibrate (default: those that come with zarif)")
}

// resolve returns the delays that the flags ask for, and where they come from in
// words that fit behind "with delays".
func (o localOptions) resolve() (local.Delays, string, error) {
	d, err := o.read()
	if err != nil {
		return local.Delays{}, "", err
	}
	from := fmt.Sprintf("measured on Kubernetes %s (%s)", orUnknown(d.Kubernetes), orUnknown(d.Measured))
	named := d.Named()
	for _, set := range o.set {
		name, text, _ := strings.Cut(set, "=")
		of, known := named[name]
		if !known {
			return local.Delays{}, "", usage("--local-delay %s: %q is no delay; want NAME=DURATION with one of %s", set, name, strings.Join(delayNames(), ", "))
		}
		value, err := time.ParseDuration(text)
		if err != nil || value < 0 {
			return local.Delays{}, "", usage("--local-delay %s: %q is no duration; want 0 or more with a unit, such as %s=250ms", set, text, name)
		}
		*of = local.Constant(value)
		from += fmt.Sprintf("; %s set to %s", name, value)
	}
	return d, from, nil
}

func (o localOptions) read() (local.Delays, error) {
	if o.delays == "" {
		return local.MeasuredDelays()
	}
	f, err := os.Open(o.delays)
	if err != nil {
		return local.Delays{}, usage("--local-delays: %v; want a file that zarif calibrate wrote", err)
	}
	defer f.Close()
	d, err := local.ReadDelays(f)
	if err != nil {
		return local.Delays{}, usage("--local-delays: %s: %v; want a file that zarif calibrate wrote", o.delays, err)
	}
	return d, nil
}

// delayNames are what --local-delay knows.
func delayNames() []string {
	return slices.Sorted(maps.Keys(new(local.Delays).Named()))
}

// openLocal makes the embedded cluster. After an error nothing of it is left.
func openLocal(ctx context.Context, o localOptions, step func(string)) (cluster.Cluster, error) {
	delays, from, err := o.resolve()
	if err != nil {
		return nil, err
	}
	binary, err := payload.Binary(payload.Supervisor)
	if err != nil {
		return nil, err
	}
	step("starting the local cluster")
	c, err := local.New(ctx, local.Config{Dir: o.dir, Supervisor: binary, Delays: delays, Seed: o.seed})
	if err != nil {
		return nil, err
	}
	if err := c.Isolation(); errors.Is(err, errors.ErrUnsupported) {
		step("pods have no PID namespaces of their own, and scenarios that need them are skipped: " + err.Error())
	} else if err != nil {
		return nil, errors.Join(fmt.Errorf("the local cluster cannot start a process from %s: %w", o.dir, err), c.Close(ctx))
	}
	return localCluster{Cluster: c, delays: from}, nil
}

// localCluster says where its delays come from.
type localCluster struct {
	cluster.Cluster
	delays string
}

// Deploy takes what zarif brings along: a user's images are for a container runtime.
func (c localCluster) Deploy(ctx context.Context, w cluster.Workload) (cluster.Deployed, error) {
	if w.Users != nil {
		return nil, fmt.Errorf("the local cluster runs no containers, and so no workload but zarif's fixtures; --cluster kind does: %w", errors.ErrUnsupported)
	}
	return c.Cluster.Deploy(ctx, w)
}

func (c localCluster) Info() history.ClusterInfo {
	info := c.Cluster.Info()
	info.Delays = c.delays
	return info
}

// isolation tries whether pods of the local cluster have PID namespaces of their
// own. Without the error's cure, which it returns apart.
func isolation(ctx context.Context) (cure string, err error) {
	const rebuild = "make build, and TMPDIR in a place whose programs may be run"
	binary, err := payload.Binary(payload.Supervisor)
	if err != nil {
		return rebuild, err
	}
	dir, err := os.MkdirTemp("", "zarif-doctor-")
	if err != nil {
		return rebuild, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, payload.Supervisor)
	if err := os.WriteFile(program, binary, 0o755); err != nil {
		return rebuild, err
	}
	err = supervisor.Isolation(ctx, program)
	var refused *supervisor.IsolationError
	if errors.As(err, &refused) {
		return strings.TrimPrefix(err.Error(), refused.Error()+": "), refused
	}
	return rebuild, err
}
