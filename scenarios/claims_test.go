package scenarios

import (
	"slices"
	"testing"
)

func TestSettle(t *testing.T) {
	c := &Catalog{scenarios: []Scenario{
		{Name: "a.rollout", Fixture: "a", Disruption: "rollout", Streams: presets()[:2]},
		{Name: "a.rollout-slow", Fixture: "a", Disruption: "rollout", Streams: presets()},
		{Name: "b.rollout", Fixture: "b", Disruption: "rollout", Streams: presets()[:2]},
		{Name: "b.kill", Fixture: "b", Disruption: "kill", Streams: presets()[:2]},
		{Name: "d.rollout", Fixture: "d", Disruption: "rollout", Streams: presets()[:2]},
		{Name: "d.rollout-slow", Fixture: "d", Disruption: "rollout", Streams: presets()},
		{Name: "b.rollout-edge", Fixture: "b", Disruption: "rollout", Edge: "nginx", Streams: presets()[:2]},
	}, suites: []Suite{{Name: "stacks", Entries: []Entry{{Scenario: "d.rollout-slow"}}}}}
	for _, of := range []struct {
		name          string
		needs         []Need
		want, missing []string
	}{
		{"one", []Need{{Of: "a.rollout", Stream: "fresh"}}, []string{"a.rollout"}, nil},
		{"each once", []Need{{Of: "b.kill"}, {Of: "b.kill", Stream: "fresh"}, {Of: "b.*", Stream: "reused"}}, []string{"b.kill", "b.rollout"}, nil},
		{"a stream that few have", []Need{{Of: "a.rollout"}, {Of: "a.rollout", Stream: "slow"}}, []string{"a.rollout-slow"}, nil},
		{"a pattern is each of what matches", []Need{{Of: "*.rollout"}}, []string{"d.rollout-slow", "a.rollout", "b.rollout"}, nil},
		{"one that a suite has", []Need{{Of: "d.rollout"}}, []string{"d.rollout-slow"}, nil},
		{"an edge", []Need{{Of: "b.rollout", Edge: "*"}}, []string{"b.rollout-edge"}, nil},
		{"what is not there", []Need{{Of: "c.rollout"}, {Of: "b.rollout", Stream: "slow"}}, nil, []string{"b.rollout", "c.rollout"}},
	} {
		t.Run(of.name, func(t *testing.T) {
			s, lacks := c.Settle("claims", "", of.needs)
			var got, missing []string
			for _, e := range s.Entries {
				got = append(got, e.Scenario)
				if e.Expect["fresh"] != ExpectAny {
					t.Errorf("of %s %v is expected", e.Scenario, e.Expect)
				}
			}
			for _, n := range lacks {
				missing = append(missing, n.Of)
			}
			if !slices.Equal(got, of.want) || !slices.Equal(missing, of.missing) {
				t.Errorf("%v without %v, want %v without %v", got, missing, of.want, of.missing)
			}
		})
	}
}
