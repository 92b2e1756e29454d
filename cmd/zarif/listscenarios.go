package main

import (
	"fmt"
	"strings"

	"zarif/fixtures"
)

// A scenarioLine is one of the table of scenarios.
type scenarioLine struct{ names, streams, doc string }

// scenarioLines are those of scenarios: with all one each. Else one for all
// disruptions of a fixture, and of its twin that differs in its preStop alone, then
// one for every scenario that somebody wrote, and at last how many are left out.
func scenarioLines(list []listedScenario, all bool) (lines []scenarioLine) {
	var groups []*fixtureScenarios
	place := map[string]*fixtureScenarios{}
	left := 0
	for _, s := range list {
		switch {
		case all || !s.made:
			lines = append(lines, scenarioLine{s.Name, s.streams(), s.Doc})
		case s.File != "":
			left++
		default:
			of := strings.TrimSuffix(s.Fixture, fixtures.TwinSuffix)
			if place[of] == nil {
				place[of] = &fixtureScenarios{first: s, low: map[string]float64{}, high: map[string]float64{}}
				groups = append(groups, place[of])
			}
			place[of].add(s)
		}
	}
	var short []scenarioLine
	for _, g := range groups {
		short = append(short, g.line())
	}
	lines = append(short, lines...)
	if left > 0 {
		lines = append(lines, scenarioLine{names: "…", doc: fmt.Sprintf("and %d that suites are made of; --all lists every scenario", left)})
	}
	return lines
}

// fixtureScenarios are those of a fixture, and of its twin, under each disruption.
type fixtureScenarios struct {
	first     listedScenario
	n         int
	twin      bool
	low, high map[string]float64 // rates, by stream
}

func (g *fixtureScenarios) add(s listedScenario) {
	g.n++
	g.twin = g.twin || s.Fixture != g.first.Fixture
	for name, rate := range s.Rates {
		if _, known := g.low[name]; !known {
			g.low[name] = rate
		}
		g.low[name], g.high[name] = min(g.low[name], rate), max(g.high[name], rate)
	}
}

func (g *fixtureScenarios) line() scenarioLine {
	var rates []string
	for _, name := range g.first.Streams {
		text := fmt.Sprintf("%s %g", name, g.low[name])
		if g.high[name] > g.low[name] {
			text += fmt.Sprintf("–%g", g.high[name])
		}
		rates = append(rates, text+"/s")
	}
	doc := fmt.Sprintf("%d scenarios, by disruption", g.n)
	if g.twin {
		doc = fmt.Sprintf("%d scenarios, by disruption, also of %s%s", g.n, g.first.Fixture, fixtures.TwinSuffix)
	}
	return scenarioLine{g.first.Fixture + ".*", strings.Join(rates, ", "), doc}
}
