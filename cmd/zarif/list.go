package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"zarif/scenarios"
)

// A listing is what `zarif list` prints, the same for every format.
type listing struct {
	Suites      []listedSuite    `json:"suites,omitempty" yaml:"suites,omitempty"`
	Scenarios   []listedScenario `json:"scenarios,omitempty" yaml:"scenarios,omitempty"`
	Fixtures    []listedFixture  `json:"fixtures,omitempty" yaml:"fixtures,omitempty"`
	Disruptions []listed         `json:"disruptions,omitempty" yaml:"disruptions,omitempty"`
	Edges       []listed         `json:"edges,omitempty" yaml:"edges,omitempty"`
}

type listed struct {
	Name string `json:"name" yaml:"name"`
	Doc  string `json:"doc,omitempty" yaml:"doc,omitempty"`
}

type listedFixture struct {
	listed `yaml:",inline"`
	App    string `json:"app" yaml:"app"`
	// Stack: its image is built by a container engine, and it runs on kind only.
	Stack       bool   `json:"stack,omitempty" yaml:"stack,omitempty"`
	Concurrency int    `json:"concurrency" yaml:"concurrency"` // requests that a pod serves at once
	Replicas    int    `json:"replicas" yaml:"replicas"`
	PreStop     string `json:"preStop,omitempty" yaml:"preStop,omitempty"`
	Grace       string `json:"grace" yaml:"grace"`
	// PID1: it runs on the local cluster only where pods get PID namespaces there.
	PID1 bool `json:"pid1,omitempty" yaml:"pid1,omitempty"`
}

type listedScenario struct {
	listed     `yaml:",inline"`
	Fixture    string   `json:"fixture" yaml:"fixture"`
	Disruption string   `json:"disruption" yaml:"disruption"`
	Edge       string   `json:"edge,omitempty" yaml:"edge,omitempty"`
	Streams    []string `json:"streams" yaml:"streams"`
	// Rates of the streams, by name, in hits per second.
	Rates map[string]float64 `json:"rates" yaml:"rates"`
	File  string             `json:"file,omitempty" yaml:"file,omitempty"`
	made  bool               // nobody wrote it by itself
}

type listedSuite struct {
	listed    `yaml:",inline"`
	Scenarios []listedEntry `json:"scenarios" yaml:"scenarios"`
}

type listedEntry struct {
	Scenario string            `json:"scenario" yaml:"scenario"`
	Expect   map[string]string `json:"expect" yaml:"expect"`
	Provokes map[string]string `json:"provokes,omitempty" yaml:"provokes,omitempty"`
	Besides  []string          `json:"besides,omitempty" yaml:"besides,omitempty"`
}

var listParts = []string{"suites", "scenarios", "fixtures", "disruptions", "edges"}

func newList(io streams) *cobra.Command {
	var output string
	var files []string
	var all bool
	cmd := &cobra.Command{
		Use:   "list [" + strings.Join(listParts, "|") + "]...",
		Short: "List scenarios, fixtures, disruptions, edges and suites",
		Long: `Lists what can be run. All of it runs on kind. On the local cluster a fixture whose
image is built is skipped, and one that depends on PID namespaces runs where this
machine permits them, which zarif doctor tells.

A fixture's line has its application and how many requests one of its pods serves
at once, a scenario's line its streams and their rates.

Every fixture under every disruption is a scenario. The table has one line of them
per fixture, and none of those that suites are made of, unless --all; json and yaml
always have every scenario.`,
		Example: `  zarif list                    # everything
  zarif list suites fixtures
  zarif list scenarios -o json | jq -r '.scenarios[].name'`,
		ValidArgs: listParts,
		Args:      cobra.OnlyValidArgs,
		RunE: func(_ *cobra.Command, parts []string) error {
			if err := oneOfFormats(output, "table", "json", "yaml"); err != nil {
				return err
			}
			c, err := loadCatalog(files)
			if err != nil {
				return err
			}
			l := c.listing(parts)
			switch output {
			case "json":
				enc := json.NewEncoder(io.out)
				enc.SetIndent("", "  ")
				return enc.Encode(l)
			case "yaml":
				enc := yaml.NewEncoder(io.out)
				enc.SetIndent(2)
				return enc.Encode(l)
			}
			return l.table(io, all)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or yaml")
	cmd.Flags().BoolVar(&all, "all", false, "a line for every scenario, also in the table")
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, "also list what this scenario file defines; - is standard input")
	return cmd
}

// listing collects the named parts; none means all.
func (c catalog) listing(parts []string) listing {
	wanted := func(part string) bool { return len(parts) == 0 || slices.Contains(parts, part) }
	var l listing
	if wanted("suites") {
		for _, s := range c.scenarios.Suites() {
			suite := listedSuite{listed: listed{s.Name, s.Doc}}
			for _, e := range s.Entries {
				suite.Scenarios = append(suite.Scenarios, listedEntry{e.Scenario, e.Expect, e.Provokes, e.Besides})
			}
			l.Suites = append(l.Suites, suite)
		}
	}
	if wanted("scenarios") {
		for _, s := range c.scenarios.Scenarios() {
			scenario := listedScenario{listed: listed{s.Name, s.Doc}, Fixture: s.Fixture, Disruption: s.Disruption, Edge: s.Edge, File: s.File, Rates: map[string]float64{}, made: s.Made()}
			for _, stream := range s.Resolve(scenarios.Overrides{}) {
				scenario.Streams = append(scenario.Streams, stream.Name)
				scenario.Rates[stream.Name] = stream.Rate
			}
			l.Scenarios = append(l.Scenarios, scenario)
		}
	}
	if wanted("fixtures") {
		for _, f := range c.fixtures.All() {
			l.Fixtures = append(l.Fixtures, listedFixture{
				listed: listed{f.Name, f.Doc}, App: f.App, Stack: f.IsStack(), Concurrency: f.Concurrency, Replicas: int(f.Replicas),
				PreStop: f.PreStopText(), Grace: f.GracePeriod.String(), PID1: f.PID1,
			})
		}
	}
	if wanted("edges") {
		for _, e := range c.edges.All() {
			l.Edges = append(l.Edges, listed{e.Name, e.Doc})
		}
	}
	if wanted("disruptions") {
		for _, d := range c.disruptions {
			l.Disruptions = append(l.Disruptions, listed{d.Name, d.Doc})
		}
	}
	return l
}

// where says what a fixture depends on.
func (f listedFixture) where() string {
	var notes []string
	if f.PID1 {
		notes = append(notes, "depends on being PID 1")
	}
	switch {
	case f.Stack:
		notes = append(notes, "kind only")
	case f.PID1:
		notes = append(notes, "on local: where PID namespaces are permitted")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}

// streams are the scenario's with their rates: "fresh 100/s, slow 1.5/s".
func (s listedScenario) streams() string {
	var texts []string
	for _, name := range s.Streams {
		texts = append(texts, fmt.Sprintf("%s %g/s", name, s.Rates[name]))
	}
	return strings.Join(texts, ", ")
}

// table prints the parts one under the other, a line each.
func (l listing) table(io streams, all bool) error {
	w := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	gap := ""
	part := func(name string, n int) bool {
		if n > 0 {
			fmt.Fprintf(w, "%s%s\n", gap, name)
			gap = "\n"
		}
		return n > 0
	}
	if part("SUITES", len(l.Suites)) {
		for _, s := range l.Suites {
			fmt.Fprintf(w, "  %s\t%d scenarios\t%s\n", s.Name, len(s.Scenarios), s.Doc)
		}
	}
	if part("FIXTURES", len(l.Fixtures)) {
		for _, f := range l.Fixtures {
			fmt.Fprintf(w, "  %s\t%s\t%d at once\t%s%s\n", f.Name, f.App, f.Concurrency, f.Doc, f.where())
		}
	}
	if part("DISRUPTIONS", len(l.Disruptions)) {
		for _, d := range l.Disruptions {
			fmt.Fprintf(w, "  %s\t%s\n", d.Name, d.Doc)
		}
	}
	if part("EDGES", len(l.Edges)) {
		for _, e := range l.Edges {
			fmt.Fprintf(w, "  %s\t%s\n", e.Name, e.Doc)
		}
	}
	if part("SCENARIOS", len(l.Scenarios)) {
		for _, line := range scenarioLines(l.Scenarios, all) {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", line.names, line.streams, line.doc)
		}
	}
	return w.Flush()
}
