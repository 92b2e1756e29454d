package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"zarif/cluster/doctor"
	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

func newDoctor(io streams) *cobra.Command {
	var output string
	where := clusterOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is there, what is missing, and the command that cures it",
		Long: `Looks at this machine and changes nothing on it. Says which cluster zarif run
takes, and exits with 70 when something is missing that it cannot do without on
that cluster; --cluster kind looks whether kind would do. --context NAME looks on an
existing cluster for what runs left there that were killed.`,
		Example: `  zarif doctor
  zarif doctor --cluster kind && zarif run --suite demo --cluster kind
  zarif doctor --context staging`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfFormats(output, "table", "json"); err != nil {
				return err
			}
			if err := where.known(); err != nil {
				return err
			}
			if where.context.name == "" && (where.context.kubeconfig != "" || where.context.agentNamespace != "") {
				return usage("--kubeconfig and --agent-namespace: mean nothing without --context; want it, or them left out")
			}
			if where.context.name != "" {
				if _, err := where.context.look(); err != nil {
					return err
				}
			}
			taken, err := where.choose(cmd.Context(), theEngine)
			if err != nil {
				return err
			}
			checks := doctor.Run(cmd.Context(), doctorConfig(taken, where.context))
			if output == "json" {
				enc := json.NewEncoder(io.out)
				enc.SetIndent("", "  ")
				if err := enc.Encode(checks); err != nil {
					return err
				}
			} else {
				printChecks(io, checks)
			}
			for _, c := range checks {
				if c.Required && !c.OK {
					return &exitError{exitFailed, fmt.Errorf("%s: %s", c.Name, c.Missing)}
				}
			}
			return nil
		},
	}
	where.clusterFlag(cmd)
	where.context.lookFlags(cmd.Flags(), "look on this existing cluster, too: the name of a context of your kubeconfig")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func printChecks(io streams, checks []doctor.Check) {
	for _, c := range checks {
		switch {
		case c.OK:
			fmt.Fprintf(io.out, "ok       %s: %s\n", c.Name, c.Found)
			continue
		case c.Required:
			fmt.Fprintf(io.out, "MISSING  %s: %s\n", c.Name, c.Missing)
		default:
			fmt.Fprintf(io.out, "note     %s: %s\n", c.Name, c.Missing)
		}
		if c.Cure != "" {
			fmt.Fprintf(io.out, "         cure: %s\n", c.Cure)
		}
	}
}

// stacksMissing are all stacks, and those of which an image is not built yet.
func stacksMissing(ctx context.Context) (all, missing []string, err error) {
	images, err := listImages(ctx)
	for _, i := range images {
		all = append(all, i.Stack)
		if !i.There {
			missing = append(missing, i.Stack)
		}
	}
	return slices.Compact(all), slices.Compact(missing), err
}

// doctorConfig says what there is to look at.
func doctorConfig(taken choice, existing contextOptions) doctor.Config {
	c := doctor.Config{
		Cluster: taken.cluster, Why: taken.why,
		Engine: func(ctx context.Context) (doctor.Engine, error) {
			e, err := kind.Describe(ctx)
			return doctor.Engine{Name: e.Name, Version: e.Version, Cgroup: e.Cgroup, Runtime: e.Runtime, Root: e.Root}, err
		},
		Isolation:    isolation,
		ImagePresent: kind.HasImage,
		Stale:        func(ctx context.Context) ([]string, error) { return kind.Stale(ctx, "") },
		Stacks:       stacksMissing,
		OfflineImage: nodeimage.Tag(),
		DefaultImage: kind.DefaultImage,
	}
	if existing.name != "" {
		c.Context, c.Leftovers = existing.name, existing.leftovers
	}
	if dir, err := os.UserCacheDir(); err == nil {
		c.CacheDir = dir
	}
	return c
}
