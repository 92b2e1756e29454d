package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/render"
)

func newReport(io streams) *cobra.Command {
	var output string
	var allowSkipped bool
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Show the results of a run again, from its folder alone",
		Long: `Reads the histories in a results folder, counts everything anew and prints it.
Works on the folder of a run that was interrupted or killed, too: what was
measured counts, and what is missing makes the verdict inconclusive.

Exits like the run did: 0 as expected, 1 not as expected, 3 inconclusive or skipped.`,
		Example: `  zarif report zarif-results/2026-11-22T10-15-00Z
  zarif report zarif-results/2026-11-22T10-15-00Z -o markdown > rollout.md
  zarif report zarif-results/2026-11-22T10-15-00Z -o json | jq '.trials[].reasons'`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOfFormats(output, "table", "json", "markdown"); err != nil {
				return err
			}
			results, failed := report.Load(args[0])
			if len(results.Trials)+len(results.Skipped) == 0 {
				return &exitError{exitUsage, fmt.Errorf("%w; want a results folder of zarif run", failed)}
			}
			if err := printResults(io, results, output); err != nil {
				return err
			}
			if failed != nil {
				return &exitError{exitFailed, failed}
			}
			return verdictExit(codeOf(results, allowSkipped))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or markdown")
	cmd.Flags().BoolVar(&allowSkipped, "allow-skipped", false, "exit with 0 although a scenario was skipped, if the others are as expected")
	return cmd
}

func printResults(io streams, results report.Results, output string) error {
	switch output {
	case "json":
		return report.WriteJSON(io.out, results)
	case "markdown":
		return render.Markdown(io.out, results)
	}
	columns, tty := terminal(io.out)
	return render.Table(io.out, results, render.Options{Width: columns, Colour: tty})
}
