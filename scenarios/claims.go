package scenarios

import (
	"path"
	"slices"
)

// A Need is what must be measured: every scenario of some fixtures under some
// disruptions, behind some edges, with a stream.
type Need struct {
	Of     string // pattern of <fixture>.<disruption>
	Edge   string // pattern; empty: none
	Stream string // empty: any
}

// Settle finds the fewest scenarios, each once, that show all of the needs, as a
// suite of which nothing is expected. Of two that show the same, one that a suite
// has is taken, so that its results settle it too. missing are the needs for which
// there is no scenario.
func (c *Catalog) Settle(name, doc string, needs []Need) (s Suite, missing []Need) {
	s = Suite{Name: name, Doc: doc}
	// Those that name a stream first: they leave less of a choice.
	ordered := slices.Clone(needs)
	slices.SortStableFunc(ordered, func(a, b Need) int {
		switch {
		case (a.Stream == "") == (b.Stream == ""):
			return 0
		case a.Stream != "":
			return -1
		}
		return 1
	})
	candidates := c.suitesFirst()
	var chosen []*Scenario
	for _, need := range ordered {
		kinds := map[[3]string]bool{} // fixture, disruption, edge: each must be shown
		for i := range candidates {
			of := &candidates[i]
			if kinds[of.kind()] || !need.matches(of) {
				continue
			}
			kinds[of.kind()] = true
			if !slices.ContainsFunc(chosen, func(s *Scenario) bool { return s.kind() == of.kind() && s.sends(need.Stream) }) {
				chosen = append(chosen, of)
				s.Entries = append(s.Entries, Entry{Scenario: of.Name, Expect: whatever(of)})
			}
		}
		if len(kinds) == 0 {
			missing = append(missing, need)
		}
	}
	return s, missing
}

// suitesFirst are all scenarios, those that suites are made of before the others.
func (c *Catalog) suitesFirst() []Scenario {
	of := map[string]bool{}
	for _, suite := range c.suites {
		for _, e := range suite.Entries {
			of[e.Scenario] = true
		}
	}
	first := make([]Scenario, 0, len(c.scenarios))
	for _, in := range []bool{true, false} {
		for _, s := range c.scenarios {
			if of[s.Name] == in {
				first = append(first, s)
			}
		}
	}
	return first
}

// matches asks first what is quick to say: every command line asks it of all needs
// and scenarios.
func (n Need) matches(s *Scenario) bool {
	if s.Disrupts != "" || (n.Edge == "") != (s.Edge == "") || !s.sends(n.Stream) {
		return false
	}
	of, err := path.Match(n.Of, s.Fixture+"."+s.Disruption)
	if err != nil || !of {
		return false
	}
	edge, _ := path.Match(n.Edge, s.Edge)
	return edge
}

// kind is what a need tells scenarios apart by.
func (s *Scenario) kind() [3]string { return [3]string{s.Fixture, s.Disruption, s.Edge} }

func (s *Scenario) sends(stream string) bool {
	return stream == "" || slices.ContainsFunc(s.Streams, func(of Stream) bool { return of.Name == stream })
}

// whatever expects nothing of every stream.
func whatever(s *Scenario) map[string]string {
	expect := map[string]string{}
	for _, stream := range s.Streams {
		expect[stream.Name] = ExpectAny
	}
	return expect
}

// With is the catalogue and a suite beside its own. The name must be new.
func (c *Catalog) With(s Suite) *Catalog {
	more := *c
	more.suites = append(slices.Clone(c.suites), s)
	return &more
}
