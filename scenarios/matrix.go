package scenarios

import (
	"path"
	"slices"
	"strings"

	"zarif/report/history"
)

// slowSuffix ends the name of the scenario that holds the stream slow: beside
// fresh and reused where all of them fit at their usual rates, alone otherwise.
const slowSuffix = "-slow"

// A matrix is an entry of a suite that stands for many: every fixture chosen ×
// every disruption chosen × every edge chosen.
type matrix struct {
	fixtures    []string
	disruptions []string
	edges       []string // an empty name: without one
	takesEdge   bool     // the disruptions take the edges' pods
	slow        bool     // with the stream slow
}

// Made reports whether nobody wrote the scenario by itself: it is a fixture under a
// disruption, or stands in the matrix of a suite.
func (s Scenario) Made() bool { return s.File == "" || s.generated }

// matrixFields are what an entry is known to be a matrix by, and expect.
var matrixFields = []string{"fixtures", "stacks", "disruptions", "edges", "disrupts", "slow", "expect"}

// isMatrix tells the two forms of an entry apart.
func (p place) isMatrix() bool {
	return p.child("scenario").node == p.node && slices.ContainsFunc(matrixFields[:6], func(name string) bool { return p.child(name).node != p.node })
}

// matrix reads one, and yields its entries and the scenarios that they need beside
// those without a file.
func (p place) matrix(k Known) (entries []draftEntry, made []Scenario) {
	f, ok := p.fields("a mapping with fixtures or stacks, and disruptions", matrixFields...)
	if !ok {
		return nil, nil
	}
	before := len(*p.faults)
	m := f.readMatrix(k)
	expect := draftEntry{place: p, scenarioAt: p, expect: &p, expectation: ExpectAny}
	if f.has("expect") {
		expect.reads(f)
		expect.covers(m.streamNames())
	}
	if len(*p.faults) > before {
		return nil, nil
	}
	for _, disruption := range m.disruptions {
		for _, fixture := range m.fixtures {
			for _, s := range m.cells(k, fixture, disruption) {
				s.File, s.Line, s.generated = p.file, p.node.Line, true
				if rates, fit := s.room.rates(s.Streams, Overrides{}); !fit {
					p.fault(s.Name+": "+s.room.refusal(s.Streams, rates), "more replicas in "+fixture+", or a matrix without it")
				}
				if len(s.Name) > maxName {
					p.fault("the name "+quote(s.Name)+" is too long", wantName)
				}
				made = append(made, s)
				entries = append(entries, expect.of(s))
			}
		}
	}
	return entries, made
}

func (f fields) readMatrix(k Known) matrix {
	var m matrix
	if !f.has("fixtures") && !f.has("stacks") {
		f.spot("fixtures").fault("missing", "a list of fixtures, or patterns of them, or stacks")
	}
	f.require("disruptions", oneOf("", k.disruptionNames()))
	m.fixtures = f.matching("fixtures", "fixture", k.fixtureNames())
	for _, stack := range f.matching("stacks", "stack", k.stackNames()) {
		for _, fixture := range k.Fixtures {
			if fixture.Stack == stack && !slices.Contains(m.fixtures, fixture.Name) {
				m.fixtures = append(m.fixtures, fixture.Name)
			}
		}
	}
	m.disruptions = f.matching("disruptions", "disruption", k.disruptionNames())
	m.edges = f.matching("edges", "edge", k.edgeNames())
	if !f.has("edges") {
		m.edges = []string{""}
	}
	var taken string
	if m.takesEdge = f.choice("disrupts", "word for what the disruption takes", &taken, history.DisruptsEdge); m.takesEdge {
		if !f.has("edges") {
			f.spot("disrupts").fault("there is no edge that the disruption could take", "edges beside it")
		}
	}
	f.boolean("slow", &m.slow)
	return m
}

// matching reads a list of patterns: the names that they match, each once.
func (f fields) matching(field, what string, names []string) (found []string) {
	for _, item := range f.entries(field, "a list of "+what+"s, or patterns of them") {
		var pattern string
		if !item.text("a "+what+", or a pattern of them", &pattern) {
			continue
		}
		matched := false
		for _, name := range names {
			ok, err := path.Match(pattern, name)
			if err != nil {
				item.fault(quote(pattern)+" is no pattern", "a name, with * and ? for what may vary and every [ closed")
				matched = true
				break
			}
			matched = matched || ok
			if ok && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
		if !matched {
			item.fault(quote(pattern)+" matches no "+what, chosenFrom(pattern, what, names))
		}
	}
	return found
}

// chosenFrom says what would have been right instead of a pattern; fixtures are
// too many to list.
func chosenFrom(pattern, what string, names []string) string {
	if len(names) <= 12 {
		return oneOf(pattern, names)
	}
	want := "one that zarif list " + what + "s shows"
	if n := near(pattern, names); len(n) > 0 {
		want += " (did you mean " + list(n) + "?)"
	}
	return want
}

// streamNames are those of a cell's scenarios together.
func (m matrix) streamNames() []string {
	if m.slow {
		return presetNames()
	}
	return presetNames()[:2]
}

// cells are the scenarios of one fixture under one disruption, through each edge.
func (m matrix) cells(k Known, fixture, disruption string) (all []Scenario) {
	for _, edge := range m.edges {
		for _, s := range m.cell(k, fixture, disruption) {
			if edge != "" {
				if m.takesEdge {
					s.Name += edgeSuffix
				}
				s.Name += "." + edge
				s.Doc = strings.TrimSuffix(s.Doc, ".") + ", through " + edge + "."
				s.Streams = slices.Clone(s.Streams)
				s.through(edge)
				if m.takesEdge {
					s.takesEdge()
				}
			}
			all = append(all, s)
		}
	}
	return all
}

// cell are the scenarios of one fixture under one disruption.
func (m matrix) cell(k Known, fixture, disruption string) []Scenario {
	plain := k.scenario(fixture, disruption)
	if !m.slow {
		return []Scenario{plain}
	}
	slow := plain
	slow.Name += slowSuffix
	slow.Streams = presets()
	if slow.room.unscaled(slow.Streams) {
		slow.Doc = fixture + " under " + disruption + ", with requests of 2 s beside short ones."
		return []Scenario{slow}
	}
	slow.Streams = presets()[2:]
	slow.Doc = fixture + " under " + disruption + ", with requests of 2 s alone: it does not carry them beside others."
	return []Scenario{plain, slow}
}
