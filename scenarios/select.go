package scenarios

import (
	"path"
	"slices"
	"strings"
)

// Selected is a scenario to run, with what is expected of it.
type Selected struct {
	Scenario Scenario
	Expect   map[string]string // stream → none, some or any; nil without a suite
	Suite    string            // empty without one
	// Provokes and Besides are those of the suite's Entry.
	Provokes map[string]string
	Besides  []string
}

// Select finds what to run: with patterns, every scenario whose whole name one
// of them matches (path.Match), each once, in the order of the patterns; with a
// suite, its entries, of which patterns then choose some; with neither, the
// scenarios of the user's files. A pattern that matches nothing, an unknown
// suite and nothing at all are Faults.
func (c *Catalog) Select(patterns []string, suite string) ([]Selected, error) {
	from, names := c.all(), c.names()
	if suite != "" {
		s, ok := c.Suite(suite)
		if !ok {
			return nil, Faults{{Field: "--suite", Problem: quote(suite) + " is no suite", Want: oneOf(suite, c.suiteNames())}}
		}
		from, names = c.entries(s)
	}
	switch {
	case len(patterns) > 0:
		return c.choose(from, names, patterns, suite)
	case suite != "":
		return from, nil
	}
	if own := c.own(); len(own) > 0 {
		return own, nil
	}
	return nil, Faults{{Problem: "nothing was given to run", Want: c.offers()}}
}

// choose takes from what patterns match.
func (c *Catalog) choose(from []Selected, names, patterns []string, suite string) ([]Selected, error) {
	var chosen []Selected
	var faults Faults
	taken := make([]bool, len(from))
	for _, pattern := range patterns {
		matched := false
		for i, s := range from {
			ok, err := path.Match(pattern, s.Scenario.Name)
			if err != nil {
				faults = append(faults, Fault{Problem: quote(pattern) + " is no pattern", Want: "a name, with * and ? for what may vary and every [ closed"})
				matched = true
				break
			}
			matched = matched || ok
			if ok && !taken[i] {
				taken[i] = true
				chosen = append(chosen, s)
			}
		}
		if !matched {
			faults = append(faults, c.unmatched(pattern, names, suite))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return chosen, nil
}

func (c *Catalog) unmatched(pattern string, names []string, suite string) Fault {
	f := Fault{Problem: quote(pattern) + " matches no scenario", Want: known(pattern, names)}
	longer := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, pattern+".") })
	_, isSuite := c.Suite(pattern)
	switch {
	case suite != "":
		f.Problem += " of the suite " + suite
		f.Want = oneOf(pattern, names)
	case strings.ContainsAny(pattern, `*?[\`):
		f.Want = "a pattern for whole names that zarif list shows, such as 'go-*.rollout'"
	case longer >= 0:
		f.Want = "a whole name such as " + names[longer] + ", or all of them: '" + pattern + ".*'"
	case isSuite:
		f.Want = "--suite " + pattern
	}
	return f
}

func (c *Catalog) all() []Selected {
	all := make([]Selected, len(c.scenarios))
	for i, s := range c.scenarios {
		all[i] = Selected{Scenario: s}
	}
	return all
}

// own are the scenarios that the user's files describe one by one.
func (c *Catalog) own() []Selected {
	return slices.DeleteFunc(c.all(), func(s Selected) bool {
		return s.Scenario.File == "" || s.Scenario.generated || !slices.Contains(c.files, s.Scenario.File)
	})
}

func (c *Catalog) entries(s Suite) (entries []Selected, names []string) {
	for _, e := range s.Entries {
		if scenario, ok := c.Scenario(e.Scenario); ok {
			entries = append(entries, Selected{Scenario: scenario, Expect: e.Expect, Suite: s.Name, Provokes: e.Provokes, Besides: e.Besides})
			names = append(names, e.Scenario)
		}
	}
	return entries, names
}

// offers says what can be given to run.
func (c *Catalog) offers() string {
	var mine []string
	for _, s := range c.suites {
		if slices.Contains(c.files, s.File) {
			mine = append(mine, s.Name)
		}
	}
	if len(mine) > 0 {
		return "--suite " + list(mine) + ", which your files define"
	}
	return "scenarios (such as go-exit.rollout or 'go-*.rollout'), --suite " + list(c.suiteNames()) + ", or -f FILE with scenarios"
}
