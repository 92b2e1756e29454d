package main

import (
	"github.com/spf13/cobra"

	"zarif/report"
	"zarif/report/compare"
	"zarif/report/render"
)

func newCompare(io streams) *cobra.Command {
	var output string
	var all bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "What changed between two runs, and is it more than noise?",
		Long: `Puts the results of two runs, folders or results.json, side by side: for every
scenario and stream the dropped hits of a trial, their rate and causes, the longest
outage, p99 in the disruption, and how long the disruption and the pods took; with
the difference, its interval over trials, and whether it is more than noise.

It shows and does not judge, so that it exits with 0 whatever changed. zarif gate
decides whether a run may pass, and has stricter tests for that.`,
		Example: `  zarif compare before after
  zarif compare main.json zarif-results/2026-11-22T10-15-00Z -o markdown`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOfFormats(output, "table", "markdown", "json"); err != nil {
				return err
			}
			var sides [2]report.Results
			for i, path := range args {
				results, err := resultsAt(path)
				if err != nil {
					return err
				}
				sides[i] = results
			}
			t := compare.Compare(args[0], args[1], sides[0], sides[1])
			switch output {
			case "json":
				return render.CompareJSON(io.out, t)
			case "markdown":
				return render.CompareMarkdown(io.out, t, all)
			}
			columns, tty := terminal(io.out)
			return render.CompareTable(io.out, t, all, render.Options{Width: columns, Colour: tty})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "what to print: table, markdown or json")
	cmd.Flags().BoolVar(&all, "all", false, "show every number, also what is the same on both sides")
	return cmd
}
