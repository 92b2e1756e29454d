package main

import (
	"fmt"
	goio "io"

	"github.com/spf13/cobra"

	"zarif/report/claims"
	"zarif/report/measured"
	"zarif/report/render"
	"zarif/scenarios"
)

// claimsSuite is the suite of all scenarios that settle claims.
const claimsSuite = "claims"

func newClaims(io streams) *cobra.Command {
	var output, update string
	cmd := &cobra.Command{
		Use:   "claims DIR...",
		Short: "Answer what is said about graceful shutdown from results",
		Long: fmt.Sprintf(`Reads the histories in results folders and holds what articles and people say
about graceful shutdown against them: true, false, or half, that is true under a
condition, which is named; with the figures that decided beside it.

A fact is taken from %d conclusive trials of a scenario or more, all of the folders
together; a claim for which one is lacking is not measured. Trials of a real
cluster count before those of the local one. zarif run --suite claims measures all
that is needed.`, claims.Needed),
		Example: `  zarif run --suite claims --trials 3 --out results
  zarif claims results
  zarif claims results more-results --update docs/claims.md`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, dirs []string) error {
			if err := oneOfFormats(output, "table", "markdown", "json"); err != nil {
				return err
			}
			answers, on, err := answersFrom(io, dirs)
			if err != nil {
				return err
			}
			if update != "" {
				return updateMarked(update, claimsSuite, func(w goio.Writer) error { return render.ClaimsMarkdown(w, answers, on) })
			}
			switch output {
			case "json":
				return render.ClaimsJSON(io.out, answers)
			case "markdown":
				return render.ClaimsMarkdown(io.out, answers, on)
			}
			columns, _ := terminal(io.out)
			return render.ClaimsTable(io.out, answers, render.Options{Width: columns})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, markdown or json")
	cmd.Flags().StringVar(&update, "update", "", "write the answers into this page, between its marks, and print nothing")
	return cmd
}

// answersFrom are the answers, and what they were measured on.
func answersFrom(io streams, dirs []string) (answers []claims.Answer, on []string, err error) {
	all, err := claims.Load()
	if err != nil {
		return nil, nil, err
	}
	c, err := loadCatalog(nil)
	if err != nil {
		return nil, nil, err
	}
	trials, err := trialsOf(io, dirs)
	if err != nil {
		return nil, nil, err
	}
	var known []string
	for _, s := range c.scenarios.Scenarios() {
		if s.Edge == "" {
			known = append(known, s.Fixture+"."+s.Disruption)
		}
	}
	return claims.Evaluate(all, trials, known, 0), measured.Where(trials), nil
}

// withClaims is the catalogue with the suite of what claims need.
func withClaims(c *scenarios.Catalog) (*scenarios.Catalog, error) {
	all, err := claims.Load()
	if err != nil {
		return nil, err
	}
	if _, taken := c.Suite(claimsSuite); taken {
		return nil, usage("suite %s: the name is taken by zarif's own; want another one", claimsSuite)
	}
	var needs []scenarios.Need
	for _, n := range claims.Needs(all) {
		needs = append(needs, scenarios.Need(n))
	}
	s, _ := c.Settle(claimsSuite, "Every scenario that settles what is said about graceful shutdown.", needs)
	return c.With(s), nil
}
