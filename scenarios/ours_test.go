package scenarios

import (
	"slices"
	"strings"
	"testing"

	"zarif/cluster/disrupt"
	"zarif/fixtures"
	"zarif/fixtures/edge"
)

func edges(t *testing.T) []edge.Setup {
	t.Helper()
	all, err := edge.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all.All()
}

func ours(t *testing.T, files ...string) *Catalog {
	t.Helper()
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(Ours(all.All(), disrupt.All(), edges(t)), files...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbedded(t *testing.T) {
	c := ours(t)
	for suite, entries := range map[string]int{"demo": 5, "disruptions": 2 * len(disrupt.All()), "slow": 7, "faults": 2, "retry": 4} {
		selected, err := c.Select(nil, suite)
		if err != nil || len(selected) != entries {
			t.Errorf("suite %s: %d scenarios (%v), want %d", suite, len(selected), err, entries)
		}
		for _, s := range selected {
			for _, stream := range s.Resolve(Overrides{}) {
				runnable(t, s.Scenario, stream)
				if !slices.Contains(expectations(), stream.Expected) {
					t.Errorf("%s: nothing is expected of %s", s.Scenario.Name, stream.Name)
				}
			}
		}
	}
	for _, s := range c.Suites() {
		if s.Doc == "" {
			t.Errorf("suite %s does not say what it shows", s.Name)
		}
	}
	for _, s := range c.Scenarios() {
		if s.Doc == "" {
			t.Errorf("%s does not say what it shows", s.Name)
		}
	}
}

// A disruption or a fault that is added is in the suite that means all of them.
func TestSuitesOfAll(t *testing.T) {
	c := ours(t)
	selected, _ := c.Select(nil, "disruptions")
	for _, d := range disrupt.All() {
		for _, fixture := range []string{"go-exit", "go-drain"} {
			if !slices.ContainsFunc(selected, func(s Selected) bool { return s.Scenario.Name == fixture+"."+d.Name }) {
				t.Errorf("the suite disruptions lacks %s.%s", fixture, d.Name)
			}
		}
	}
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	faulty, _ := all.Named("go-faulty")
	selected, _ = c.Select(nil, "faults")
	for _, s := range selected {
		for _, stream := range s.Scenario.Streams {
			for _, fault := range faulty.Faults {
				if !slices.Contains(stream.Faults, fault) {
					t.Errorf("%s: the stream %s does not ask for %s", s.Scenario.Name, stream.Name, fault)
				}
			}
		}
	}
	selected, _ = c.Select(nil, "slow")
	provoking, _ := c.Select(nil, "mechanisms") // some set-ups are there for that alone
	for _, s := range all.All() {
		if strings.HasPrefix(s.Name, "go-") && s.Name != "go-faulty" && !strings.HasSuffix(s.Name, "-grace-120") &&
			!slices.ContainsFunc(provoking, func(sel Selected) bool { return sel.Scenario.Fixture == s.Name }) &&
			!slices.ContainsFunc(selected, func(sel Selected) bool { return sel.Scenario.Fixture == s.Name }) {
			t.Errorf("the suite slow lacks %s", s.Name)
		}
	}
}
