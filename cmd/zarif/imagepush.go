package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"zarif/cluster/image"
	"zarif/cmd/zarif/payload"
)

func newImagePush(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "push REF",
		Short: "Push the load agent's image to a registry, for --agent-image",
		Long: `Makes the image of the load agent, without a container engine, and pushes it to a
registry that the nodes of an existing cluster can pull from. What is pushed is
printed by its digest, which --agent-image takes. Who you are to the registry is
what docker login keeps, in $DOCKER_CONFIG or ~/.docker.

The agent is of this very build of zarif, and for nodes of this machine's
architecture: another build refuses to work with it.`,
		Example: `  zarif image push registry.example/team/zarif-agent:latest
  zarif test … --agent-image $(zarif image push registry.example/team/zarif-agent)`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			binary, err := payload.Binary(payload.Agent)
			if err != nil {
				return err
			}
			if err := image.ValidReference(args[0]); err != nil {
				return usage("%v; want a repository such as registry.example/team/zarif-agent", err)
			}
			pushed, err := image.Push(cmd.Context(), agentImage(binary), args[0], runtime.GOARCH)
			if err != nil {
				return err
			}
			fmt.Fprintln(io.out, pushed)
			return nil
		},
	}
}
