package main

import (
	"errors"
	"fmt"
	goio "io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zarif/fixtures"
	"zarif/report"
	"zarif/report/measured"
	"zarif/report/render"
)

func newStacks(io streams) *cobra.Command {
	var output, update string
	cmd := &cobra.Command{
		Use:   "stacks DIR...",
		Short: "Say of every set-up of every stack what was measured",
		Long: fmt.Sprintf(`Reads the histories in results folders and puts together, for every set-up of a
stack: what new connections met while it drained, whether requests in flight were
kept, what became of idle connections, exit code, time to exit, and drops by stream.

A row rests on conclusive trials alone and says where there were fewer than %d.
--update FIXTURES writes each stack's rows into the page FIXTURES/<stack>/README.md,
between its marks, and leaves stacks of which nothing was measured as they are.`, measured.Enough),
		Example: `  zarif run --suite stacks --trials 3 --out results
  zarif stacks results
  zarif stacks results --update fixtures`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, dirs []string) error {
			if err := oneOfFormats(output, "markdown", "json"); err != nil {
				return err
			}
			stacks, err := stackSetups()
			if err != nil {
				return err
			}
			trials, err := trialsOf(io, dirs)
			if err != nil {
				return err
			}
			if update != "" {
				return updateStacks(io, update, stacks, trials)
			}
			return printStacks(io, output, stacks, trials)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "markdown", "markdown or json")
	cmd.Flags().StringVar(&update, "update", "", "write the rows into the pages of the stacks in this folder, and print nothing")
	return cmd
}

// A stack is a folder of set-ups by its name.
type stack struct {
	name   string
	setups []string
}

// twinOf is the set-up that one with a preStop sleep in front is the twin of, or itself.
func twinOf(setup string) string { return strings.TrimSuffix(setup, fixtures.TwinSuffix) }

// stackSetups are the set-ups of each stack, each followed by its twin.
func stackSetups() (stacks []stack, err error) {
	c, err := loadCatalog(nil)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for _, s := range c.fixtures.All() {
		if !s.IsStack() {
			continue
		}
		i, known := place[s.App]
		if !known {
			i = len(stacks)
			place[s.App] = i
			stacks = append(stacks, stack{name: s.App})
		}
		stacks[i].setups = append(stacks[i].setups, s.Name)
	}
	for _, s := range stacks {
		slices.SortStableFunc(s.setups, func(a, b string) int { return strings.Compare(twinOf(a), twinOf(b)) })
	}
	return stacks, nil
}

func printStacks(io streams, output string, stacks []stack, trials []report.Trial) error {
	var all []measured.Row
	for _, s := range stacks {
		page := measured.PageOf(trials, s.setups)
		all = append(all, page.Rows...)
		if len(page.Rows) == 0 || output == "json" {
			continue
		}
		fmt.Fprintf(io.out, "## %s\n\n", s.name)
		if err := render.MeasuredMarkdown(io.out, page); err != nil {
			return err
		}
		fmt.Fprintln(io.out)
	}
	if output == "json" {
		return render.MeasuredJSON(io.out, append([]measured.Row{}, all...))
	}
	if len(all) == 0 {
		fmt.Fprintln(io.err, "no set-up of a stack was measured")
	}
	return nil
}

// updateStacks writes every page that there is something for, whatever becomes of
// the others.
func updateStacks(io streams, dir string, stacks []stack, trials []report.Trial) error {
	var faults []error
	for _, s := range stacks {
		page := measured.PageOf(trials, s.setups)
		if len(page.Rows) == 0 {
			continue
		}
		path := filepath.Join(dir, s.name, "README.md")
		if err := updateMarked(path, measuredBlock, func(w goio.Writer) error { return render.MeasuredMarkdown(w, page) }); err != nil {
			faults = append(faults, err)
			continue
		}
		fmt.Fprintf(io.err, "%s: %s\n", path, measuredText(page))
	}
	return errors.Join(faults...)
}

// measuredText says how much of a stack was measured.
func measuredText(p measured.Page) string {
	few := 0
	for _, r := range p.Rows {
		if r.Few() {
			few++
		}
	}
	text := fmt.Sprintf("%d measured", len(p.Rows))
	if few > 0 {
		text += fmt.Sprintf(", %d of them with fewer than %d conclusive trials", few, measured.Enough)
	}
	if len(p.Without) > 0 {
		text += fmt.Sprintf(", %d not measured", len(p.Without))
	}
	return text
}
