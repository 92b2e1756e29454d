package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

func newCluster(io streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Make, show and delete the kind clusters of zarif, and build their node image",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClusterUp(io), newClusterStatus(io), newClusterDown(io), newClusterImage(io))
	return cmd
}

func newClusterUp(io streams) *cobra.Command {
	var o kindOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Make a cluster that stays, for the runs to come",
		Long: `Makes a kind cluster that zarif run will use and keep. Its kubeconfig is a file
of its own, which is printed; yours is never touched.`,
		Example: `  zarif cluster up
  KUBECONFIG=$(zarif cluster up) kubectl get nodes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			o.keep = true
			p, err := upKind(cmd.Context(), o, stepLines(io))
			if err != nil {
				return err
			}
			fmt.Fprintln(io.out, p.KubeconfigPath())
			return p.Close(cmd.Context())
		},
	}
	o.flags(cmd.Flags())
	return cmd
}

func newClusterStatus(io streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the kind clusters that are there, and which are zarif's",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfFormats(output, "table", "json"); err != nil {
				return err
			}
			all, err := kind.Clusters(cmd.Context(), "")
			if err != nil {
				return err
			}
			if output == "json" {
				enc := json.NewEncoder(io.out)
				enc.SetIndent("", "  ")
				return enc.Encode(all)
			}
			w := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tSTATE\tNODES\tMADE\tIMAGE\tKUBECONFIG")
			for _, c := range all {
				made := "-"
				if !c.Created.IsZero() {
					made = c.Created.Format(time.DateTime)
				}
				fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", c.Name, c.State, c.Nodes, made, cmp.Or(c.Image, "-"), cmp.Or(c.Kubeconfig, "-"))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newClusterDown(io streams) *cobra.Command {
	var name string
	var stale bool
	var existing contextOptions
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Delete a cluster that zarif made",
		Example: `  zarif cluster down
  zarif cluster down --stale   # what runs left behind that were killed
  zarif cluster down --stale --context staging   # the same on an existing cluster, which stays`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case existing.name != "" && !stale:
				return usage("--context %s: zarif did not make it and does not delete it; want --stale for what runs left there", existing.name)
			case existing.name != "" && cmd.Flags().Changed("cluster-name"):
				return usage("--cluster-name: means nothing to --context; want one of the two")
			case existing.name != "":
				return existing.removeLeftovers(cmd.Context(), io)
			case existing.kubeconfig != "" || existing.agentNamespace != "":
				return usage("--kubeconfig and --agent-namespace: mean nothing without --context; want it, or them left out")
			}
			if stale {
				removed, err := kind.DownStale(cmd.Context(), "")
				if len(removed) > 0 {
					fmt.Fprintf(io.err, "deleted %s\n", strings.Join(removed, ", "))
				} else if err == nil {
					fmt.Fprintln(io.err, "no stale cluster is there")
				}
				return err
			}
			if err := kind.Down(cmd.Context(), "", name); err != nil {
				return err
			}
			fmt.Fprintf(io.err, "deleted %s\n", name)
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "cluster-name", "zarif", "name of the kind cluster")
	cmd.Flags().BoolVar(&stale, "stale", false, "delete every cluster whose run was killed, and no other")
	existing.lookFlags(cmd.Flags(), "with --stale: delete what killed runs left on this existing cluster, and put back what they changed, by a context of your kubeconfig")
	return cmd
}

func newClusterImage(io streams) *cobra.Command {
	c := nodeimage.Config{Progress: io.err}
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Build the node image without a container registry",
		Long: `Builds an image for kind's nodes from the Go module proxy and Debian packages
alone, where no image can be pulled. It takes about 20 minutes on two cores; what
is finished is cached, and an image that is up to date is not built again. The
image's name is printed; plain kind create cluster --image works with it too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := kind.Engine(cmd.Context())
			if err != nil {
				return err
			}
			c.Engine = engine
			tag, built, err := nodeimage.Build(cmd.Context(), c)
			if err != nil {
				return err
			}
			if !built {
				fmt.Fprintln(io.err, "up to date")
			}
			fmt.Fprintln(io.out, tag)
			return nil
		},
	}
	cmd.Flags().BoolVar(&c.Force, "force", false, "build it even when it is up to date")
	return cmd
}

// stepLines shows the steps of one command that has no display.
func stepLines(io streams) func(string) {
	return func(step string) { fmt.Fprintf(io.err, "%s  %s\n", time.Now().Format(time.TimeOnly), step) }
}
