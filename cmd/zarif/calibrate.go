package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zarif/cluster/local"
	"zarif/report/history"
	"zarif/scenarios"
)

// calibrateOptions are the flags of `zarif calibrate`.
type calibrateOptions struct {
	kind    kindOptions
	trials  int
	results string
	from    []string
	out     string
}

func newCalibrate(io streams) *cobra.Command {
	var o calibrateOptions
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure the delays of a real cluster, for the local one to have",
		Long: `Runs scenarios on a kind cluster that show how long its parts take: how far the
EndpointSlices are behind the pods, the proxies behind the EndpointSlices, and so
on. It writes what it measured as a file that --local-delays of zarif run takes.

The histories are kept in --results. With --from nothing is run, and the delays
are those of the histories that are there; trials that are not complete, or
inconclusive, do not count. A delay that was seen fewer than 10 times is an error,
and then nothing is written.`,
		Example: `  zarif calibrate --out delays.json
  zarif calibrate --from zarif-results/2026-11-22T10-15-00Z --out delays.json
  zarif run --suite demo --cluster local --local-delays delays.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if len(o.from) == 0 {
				dir, err := o.measure(cmd.Context(), io)
				if err != nil {
					return err
				}
				o.from = []string{dir}
			}
			delays, err := calibrated(o.from, io.err)
			if err != nil {
				return err
			}
			return o.write(io, delays)
		},
	}
	f := cmd.Flags()
	o.kind.flags(f)
	f.BoolVar(&o.kind.keep, "keep-cluster", false, "keep the kind cluster at the end, for the next run")
	f.IntVar(&o.trials, "trials", 10, "how often to run each scenario")
	f.StringVar(&o.results, "results", "", "folder for the histories; must not exist (default zarif-results/<time>)")
	f.StringArrayVar(&o.from, "from", nil, "run nothing and take the histories of this results folder (repeatable)")
	f.StringVar(&o.out, "out", "", "file for the delays (default: standard output)")
	return cmd
}

func (o calibrateOptions) validate() error {
	if o.trials < 1 {
		return usage("--trials: %d; want 1 or more", o.trials)
	}
	if len(o.from) > 0 && o.results != "" {
		return usage("--results: nothing is run with --from; want one of the two")
	}
	return o.kind.validate()
}

// calibration is what shows every delay: a pod that is deleted alone and goes on
// serving, rollouts in which addresses are asked that are gone, and processes that
// end without being told.
var calibration = []string{
	"go-drain.pod-delete", "go-prestop.pod-delete", "go-exit.rollout", "go-shutdown.rollout", "go-exit.kill", "go-drain.kill",
}

// calibrationRate, in new connections per second, is how finely it is seen where
// they go.
const calibrationRate = 200

// measure runs the scenarios and returns the results folder.
func (o calibrateOptions) measure(ctx context.Context, io streams) (dir string, err error) {
	c, err := loadCatalog(nil)
	if err != nil {
		return "", err
	}
	if o.results == "" {
		o.results = filepath.Join("zarif-results", time.Now().UTC().Format("2006-01-02T15-04-05Z"))
	}
	s := &session{catalog: c, runOptions: runOptions{
		where: clusterOptions{want: clusterKind, kind: o.kind}, trials: o.trials, out: o.results, seed: rand.Uint64() >> 1,
	}}
	for _, name := range calibration {
		scenario, ok := c.scenarios.Scenario(name)
		if !ok {
			return "", fmt.Errorf("no scenario %s", name)
		}
		scenario.Streams = []scenarios.Stream{{
			Name: history.Fresh, Connection: history.Fresh, Rate: calibrationRate, Work: scenarios.DefaultWork,
		}}
		if err := s.plan(scenarios.Selected{Scenario: scenario}, scenarios.Overrides{}); err != nil {
			return "", err
		}
	}
	results, err := s.measure(ctx, io)
	if len(results.Trials) > 0 {
		err = errors.Join(err, keep(s.out, results))
		fmt.Fprintf(io.err, "histories: %s\n", s.out)
	}
	return s.out, err
}

// write writes the delays as a whole or not at all.
func (o calibrateOptions) write(io streams, delays local.Delays) error {
	text, err := json.MarshalIndent(delays, "", "  ")
	if err != nil {
		return fmt.Errorf("write the delays: %w", err)
	}
	text = append(text, '\n')
	if o.out == "" {
		_, err = io.out.Write(text)
		return err
	}
	part := o.out + ".part"
	if err := os.WriteFile(part, text, 0o644); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := os.Rename(part, o.out); err != nil {
		return errors.Join(fmt.Errorf("--out: %w", err), os.Remove(part))
	}
	return nil
}
