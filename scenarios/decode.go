package scenarios

import (
	"math"
	"strings"
	"time"
)

// contents are what one file defines, with the places of what the whole catalogue
// decides about.
type contents struct {
	scenarios []placed[Scenario]
	suites    []placed[draft]
	made      []placed[Scenario] // what the suites' matrices need
}

// placed is something that a file defines and where.
type placed[T any] struct {
	place
	value T
}

// decode reads one file; k says what it can refer to.
func decode(name string, text []byte, k Known) (contents, Faults) {
	root, faults := parse(name, text)
	if root == nil {
		return contents{}, faults
	}
	top := place{file: name, node: root, faults: &faults}
	f, ok := top.fields("a mapping with scenarios or suites, or both", "scenarios", "suites")
	if !ok {
		return contents{}, faults
	}
	var out contents
	for _, p := range f.entries("scenarios", "a list of scenarios") {
		out.scenarios = append(out.scenarios, placed[Scenario]{p, p.scenario(k)})
	}
	for _, p := range f.entries("suites", "a list of suites") {
		suite, made := p.suite(k)
		out.suites = append(out.suites, placed[draft]{p, suite})
		out.made = append(out.made, made...)
	}
	if len(root.Content) == 0 {
		top.fault("the file is empty", "scenarios or suites, or both")
	}
	return out, faults
}

// entries are those of a list that must not be empty where it is given.
func (f fields) entries(name, want string) []place {
	p, ok := f.at[name]
	if !ok {
		return nil
	}
	items, ok := p.items(want)
	if ok && len(items) == 0 {
		p.fault("the list is empty", want)
	}
	return items
}

func (p place) scenario(k Known) Scenario {
	s := Scenario{File: p.file, Line: p.node.Line, DisruptionLimit: DefaultDisruptionLimit}
	f, ok := p.fields("a mapping with name, fixture or workload, and disruption", "name", "doc", "fixture", "workload", "disruption", "edge", "disrupts", "streams", "budget", "disruptionLimit", "overload")
	if !ok {
		return s
	}
	f.require("name", "a name for the scenario")
	if !f.has("workload") {
		f.require("fixture", oneOf("", k.fixtureNames()))
	}
	f.require("disruption", oneOf("", k.disruptionNames()))
	f.name("name", "scenario", &s.Name)
	f.text("doc", &s.Doc)
	f.choice("fixture", "fixture", &s.Fixture, k.fixtureNames()...)
	f.choice("disruption", "disruption", &s.Disruption, k.disruptionNames()...)
	f.integer("budget", 0, math.MaxInt32, "dropped hits that are allowed", &s.Budget)
	f.duration("disruptionLimit", time.Second, time.Hour, &s.DisruptionLimit)
	s.Doc = strings.Join(strings.Fields(s.Doc), " ")

	var fixture *Fixture
	if known, ok := k.fixture(s.Fixture); ok {
		fixture = &known
	}
	before := len(*p.faults)
	s.Streams = defaultStreams()
	for i := range s.Streams {
		s.Streams[i].Budget = s.Budget
	}
	if at, ok := f.at["streams"]; ok {
		s.Streams = at.streams(s.Budget, fixture)
	}
	f.edge(&s, k)
	f.disrupts(&s)
	f.workload(&s)
	f.boolean("overload", &s.Overload)
	s.room = k.room(s.Fixture, s.Disruption)
	if s.Overload {
		s.room = k.roomAtRest(s.Fixture)
	}
	if len(*p.faults) == before {
		s.room.refuse(f, s.Streams)
	}
	return s
}
