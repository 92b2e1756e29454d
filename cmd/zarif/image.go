package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"zarif/cluster"
)

func newImage(io streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Show and build the images of stacks",
		Long: `The images of stacks (real servers in containers) are built by the container
engine that kind uses, from the folders that zarif brings along. zarif run builds
what it needs; what is up to date is never built again.

They are built upon debian:bookworm-slim where the engine has it or can pull it,
else upon a minimal Debian bookworm that zarif makes by debootstrap (root needed);
either with the certificates that this machine trusts. An image's reference says
what it is made of, not upon which of the two: list shows that.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newImageList(io), newImageBuild(io), newImagePush(io))
	return cmd
}

// A listedImage is one line of `zarif image list`.
type listedImage struct {
	Stack     string     `json:"stack" yaml:"stack"`
	Reference string     `json:"reference" yaml:"reference"`
	There     bool       `json:"there" yaml:"there"`
	Size      int64      `json:"size,omitempty" yaml:"size,omitempty"` // bytes, shared layers included
	Base      string     `json:"base,omitempty" yaml:"base,omitempty"`
	Built     *time.Time `json:"built,omitempty" yaml:"built,omitempty"`
}

func newImageList(io streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the images of stacks: which are there, how big, upon which base, since when",
		Example: `  zarif image list
  zarif image list -o json | jq -r '.[] | select(.there | not).stack'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfFormats(output, "table", "json", "yaml"); err != nil {
				return err
			}
			all, err := listImages(cmd.Context())
			if err != nil {
				return err
			}
			switch output {
			case "json":
				enc := json.NewEncoder(io.out)
				enc.SetIndent("", "  ")
				return enc.Encode(all)
			case "yaml":
				enc := yaml.NewEncoder(io.out)
				enc.SetIndent(2)
				return enc.Encode(all)
			}
			return imageTable(io, all)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or yaml")
	return cmd
}

// listImages asks the engine for the images of all stacks.
func listImages(ctx context.Context) ([]listedImage, error) {
	stacks, err := selectStacks(nil)
	if err != nil {
		return nil, err
	}
	builder, err := newBuilder(ctx, func(string) {})
	if err != nil {
		return nil, err
	}
	statuses, err := builder.Status(ctx, imagesOf(stacks)...)
	if err != nil {
		return nil, err
	}
	all := make([]listedImage, len(stacks))
	for i, s := range statuses {
		all[i] = listedImage{Stack: stacks[i].stack, Reference: s.Reference, There: s.There, Size: s.Size, Base: s.Base}
		if s.There {
			all[i].Built = &s.Built
		}
	}
	return all, nil
}

func imageTable(io streams, all []listedImage) error {
	w := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STACK\tREFERENCE\tTHERE\tSIZE\tBASE\tBUILT")
	for _, i := range all {
		there, size, base, when := "no", "-", "-", "-"
		if i.There {
			there, size, base = "yes", fmt.Sprintf("%d MB", i.Size/1_000_000), i.Base
			when = i.Built.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Stack, i.Reference, there, size, base, when)
	}
	return w.Flush()
}

func newImageBuild(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "build [STACK]...",
		Short: "Build the images of stacks that are not there; all by default",
		Long: `Builds the images of the named stacks, or of all, and prints their references.
What is up to date is not built again. Progress is on standard error.`,
		Example: `  zarif image build
  zarif image build uvicorn gunicorn`,
		RunE: func(cmd *cobra.Command, names []string) error {
			stacks, err := selectStacks(names)
			if err != nil {
				return err
			}
			builder, err := newBuilder(cmd.Context(), stepLines(io))
			if err != nil {
				return err
			}
			n, err := builder.Ensure(cmd.Context(), imagesOf(stacks)...)
			if err != nil {
				return err
			}
			fmt.Fprintf(io.err, "%d built, %d up to date\n", n, len(stacks)-n)
			for _, s := range stacks {
				fmt.Fprintln(io.out, s.image.Reference())
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			stacks, err := selectStacks(nil)
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return stackNames(stacks), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// selectStacks are the images of the named stacks; none means all.
func selectStacks(names []string) ([]stackImage, error) {
	c, err := loadCatalog(nil)
	if err != nil {
		return nil, err
	}
	all, err := c.stackImages()
	if err != nil {
		return nil, err
	}
	known := stackNames(all)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, usage("%q is no stack; want one of %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(all, func(s stackImage) bool { return len(names) > 0 && !slices.Contains(names, s.stack) }), nil
}

func stackNames(stacks []stackImage) (names []string) {
	for _, s := range stacks {
		names = append(names, s.stack)
	}
	return slices.Compact(names)
}

func imagesOf(stacks []stackImage) (images []cluster.Image) {
	for _, s := range stacks {
		images = append(images, s.image)
	}
	return images
}
