package scenarios

import (
	"slices"
	"testing"

	"zarif/fixtures"
)

// Every set-up of a stack is loaded in all three ways, and so that a rollout can
// show something: a trial with fewer than 20 hits while pods go away is
// inconclusive, and each pod takes two and a half seconds at least.
func TestStacksAreExposed(t *testing.T) {
	c := ours(t)
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select(nil, "stacks")
	if err != nil {
		t.Fatal(err)
	}
	for _, setup := range all.All() {
		var seen []string
		for _, s := range selected {
			if s.Scenario.Fixture != setup.Name || s.Scenario.Disruption != "rollout" {
				continue
			}
			for _, r := range s.Resolve(Overrides{}) {
				seen = append(seen, r.Name)
				if hits := r.Rate * 2.5 * float64(setup.Replicas); hits < 20 {
					t.Errorf("%s: %s at %g/s has about %.0f hits while %d pods are replaced: want more replicas, or none said", s.Scenario.Name, r.Name, r.Rate, hits, setup.Replicas)
				}
			}
		}
		want := []string{"fresh", "reused", "slow"}
		if !setup.IsStack() {
			want = nil
		}
		if !slices.Equal(seen, want) {
			t.Errorf("%s: the suite stacks has the streams %v, want %v", setup.Name, seen, want)
		}
	}
}

func TestPID1(t *testing.T) {
	c := ours(t)
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select(nil, "pid1")
	if err != nil {
		t.Fatal(err)
	}
	for _, setup := range all.All() {
		for _, disruption := range []string{"rollout", "pod-delete"} {
			there := slices.ContainsFunc(selected, func(s Selected) bool {
				return s.Scenario.Fixture == setup.Name && s.Scenario.Disruption == disruption
			})
			if there != (setup.App == "pid1") {
				t.Errorf("%s.%s is in the suite pid1: %v", setup.Name, disruption, there)
			}
		}
	}
}
