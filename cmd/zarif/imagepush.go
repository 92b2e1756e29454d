package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"zarif/cluster/image"
)

func newImagePush(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "push REF",
		Short: "Push the load agent's image to a registry, for --agent-image",
		Long: `Makes the image of the load agent, without a container engine, and pushes it to a
registry that the nodes of an existing cluster can pull from. What is pushed is
printed by its digest, which --agent-image takes. Who you are to the registry is
what docker login keeps, in $DOCKER_CONFIG or ~/.docker.

The agent is of this very build of zarif: another build refuses to work with it.
It is for nodes of amd64 and arm64, each of which pulls what is its own.`,
		Example: `  zarif image push registry.example/team/zarif-agent:latest
  zarif test … --agent-image $(zarif image push registry.example/team/zarif-agent)`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			platforms, lacks, err := agents()
			if err != nil {
				return err
			}
			if err := image.ValidReference(args[0]); err != nil {
				return usage("%v; want a repository such as registry.example/team/zarif-agent", err)
			}
			pushed, err := image.Push(cmd.Context(), platforms, args[0])
			if err != nil {
				return err
			}
			if len(lacks) > 0 {
				fmt.Fprintf(io.err, "nodes of %s cannot run it: this zarif was built without the agent for them; make release builds one that has it\n", strings.Join(lacks, " and "))
			}
			fmt.Fprintln(io.out, pushed)
			return nil
		},
	}
}
