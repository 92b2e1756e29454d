package main

import (
	"context"
	"fmt"
	goio "io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/explain"
	"zarif/report/render"
)

// reportOptions are the flags of `zarif report`.
type reportOptions struct {
	output       string
	out          string // file or folder to write to; empty: standard output
	update       string // page, or page#block, whose block is written anew; empty: none
	allowSkipped bool
}

func newReport(io streams) *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Show the results of a run again, from its folder alone",
		Long: `Reads the histories in a results folder, counts everything anew and shows it.
Works on the folder of a run that was interrupted or killed, too: what was
measured counts, and what is missing makes the verdict inconclusive.

Formats:
` + formatsDoc() + `

--update PAGE writes the report as Markdown into a page of yours, between a line
<!-- zarif:begin --> and a line <!-- zarif:end -->, and touches nothing else of it.
PAGE#NAME is the block between <!-- zarif:begin NAME --> and <!-- zarif:end NAME -->,
for pages with several.

Exits like the run did: 0 as expected, 1 not as expected, 3 inconclusive or skipped.`,
		Example: `  zarif report zarif-results/2026-11-22T10-15-00Z
  zarif report zarif-results/2026-11-22T10-15-00Z -o markdown > rollout.md
  zarif report zarif-results/2026-11-22T10-15-00Z -o json | jq '.trials[].reasons'
  zarif report zarif-results/2026-11-22T10-15-00Z -o html --out report.html
  zarif report zarif-results/2026-11-22T10-15-00Z -o svg --out pictures
  zarif report zarif-results/2026-11-22T10-15-00Z -o junit --out junit.xml
  zarif report zarif-results/2026-11-22T10-15-00Z --update README.md`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.update != "" && !cmd.Flags().Changed("output") {
				o.output = "markdown"
			}
			f, err := o.validate()
			if err != nil {
				return err
			}
			results, failed := explain.Load(args[0])
			if len(results.Trials)+len(results.Skipped) == 0 {
				return &exitError{exitUsage, fmt.Errorf("%w; want a results folder of zarif run", failed)}
			}
			if err := o.show(cmd.Context(), io, f, source{dir: args[0], results: results}, failed); err != nil {
				return err
			}
			if failed != nil {
				return &exitError{exitFailed, failed}
			}
			return verdictExit(codeOf(results, o.allowSkipped))
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "table", strings.Join(formatNames(), ", "))
	cmd.Flags().StringVar(&o.out, "out", "", "write to this file, or for several files to this folder, instead of standard output")
	cmd.Flags().StringVar(&o.update, "update", "", "write the report into this page, between its marks, and print nothing")
	cmd.Flags().BoolVar(&o.allowSkipped, "allow-skipped", false, "exit with 0 although a scenario was skipped, if the others are as expected")
	return cmd
}

// validate is the format that is asked for.
func (o reportOptions) validate() (format, error) {
	f, err := formatNamed(o.output)
	switch {
	case err != nil:
		return f, err
	case o.update != "" && o.out != "":
		return f, usage("--out: means nothing beside --update, which writes into a page; want one of them")
	case o.update != "" && f.name != "markdown":
		return f, usage("--output: %s is not for a page; want markdown, or nothing, beside --update", f.name)
	case f.files != nil && o.out == "":
		return f, usage("--out: %s is several files; want the folder to write them to", f.name)
	}
	stat, err := os.Stat(o.out)
	switch {
	case err != nil: // there is nothing yet, or nothing that can be looked at: writing will tell
	case f.files != nil && !stat.IsDir():
		return f, usage("--out: %s is a file, and %s is several; want a folder", o.out, f.name)
	case f.write != nil && stat.IsDir():
		return f, usage("--out: %s is a folder; want the name of a file", o.out)
	}
	return f, nil
}

// show writes the report to where it is wanted. A page that people keep gets no
// report that lacks something.
func (o reportOptions) show(ctx context.Context, io streams, f format, from source, failed error) error {
	switch {
	case o.update != "" && failed != nil:
		return &exitError{exitFailed, fmt.Errorf("%s stays as it is: %w", o.update, failed)}
	case o.update != "":
		page, block, _ := strings.Cut(o.update, "#")
		return updateMarked(page, block, func(w goio.Writer) error { return render.MarkdownBlock(w, from.results) })
	case o.out != "":
		return f.to(ctx, o.out, from)
	}
	return f.write(ctx, io.out, from)
}

// printResults shows what a run has measured.
func printResults(io streams, results report.Results, output string) error {
	f, err := formatNamed(output)
	if err != nil {
		return err
	}
	return f.write(context.Background(), io.out, source{results: results})
}
