package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"zarif/cluster/doctor"
	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

func newDoctor(io streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is there, what is missing, and the command that cures it",
		Long: `Looks at this machine and changes nothing on it. Exits with 70 when something
is missing that zarif run cannot do without.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfFormats(output, "table", "json"); err != nil {
				return err
			}
			checks := doctor.Run(cmd.Context(), doctorConfig())
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

// doctorConfig says what there is to look at.
func doctorConfig() doctor.Config {
	c := doctor.Config{
		Engine: func(ctx context.Context) (doctor.Engine, error) {
			e, err := kind.Describe(ctx)
			return doctor.Engine{Name: e.Name, Version: e.Version, Cgroup: e.Cgroup, Runtime: e.Runtime, Root: e.Root}, err
		},
		ImagePresent: kind.HasImage,
		Stale:        func(ctx context.Context) ([]string, error) { return kind.Stale(ctx, "") },
		OfflineImage: nodeimage.Tag(),
		DefaultImage: kind.DefaultImage,
	}
	if dir, err := os.UserCacheDir(); err == nil {
		c.CacheDir = dir
	}
	return c
}
