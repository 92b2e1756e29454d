package scenarios

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A draft is a suite whose entries have not been held against the scenarios.
type draft struct {
	suite   Suite
	entries []draftEntry
}

type draftEntry struct {
	place
	scenario    string
	scenarioAt  place
	expect      *place            // nil: missing, and reported
	expectation string            // of every stream; empty: by stream
	streams     map[string]string // by stream
	streamsAt   map[string]place
	provoked    provoked
}

// suite reads one, and the scenarios that its matrices need.
func (p place) suite(k Known) (d draft, made []placed[Scenario]) {
	d = draft{suite: Suite{File: p.file, Line: p.node.Line}}
	f, ok := p.fields("a mapping with name and scenarios", "name", "doc", "scenarios")
	if !ok {
		return d, nil
	}
	f.require("name", "a name for the suite")
	f.require("scenarios", "a list of scenarios, each with what is expected")
	f.name("name", "suite", &d.suite.Name)
	f.text("doc", &d.suite.Doc)
	d.suite.Doc = strings.Join(strings.Fields(d.suite.Doc), " ")
	for _, item := range f.entries("scenarios", "a list of scenarios, each with what is expected") {
		if item.isMatrix() {
			entries, scenarios := item.matrix(k)
			d.entries = append(d.entries, entries...)
			for _, s := range scenarios {
				made = append(made, placed[Scenario]{item, s})
			}
		} else if e, ok := item.entry(); ok {
			d.entries = append(d.entries, e)
		}
	}
	return d, made
}

func (p place) entry() (draftEntry, bool) {
	f, ok := p.fields("a mapping with scenario and expect", "scenario", "expect", "provokes", "besides")
	if !ok {
		return draftEntry{}, false
	}
	e := draftEntry{place: p}
	f.require("scenario", "the name of a scenario, or fixtures and disruptions")
	f.require("expect", "none, some or any: for every stream, or a mapping by stream")
	f.text("scenario", &e.scenario)
	e.scenarioAt = f.spot("scenario")
	e.reads(f)
	e.provoked = f.provoked()
	return e, true
}

// reads takes over what is expected: one word, or one by stream.
func (e *draftEntry) reads(f fields) {
	at, ok := f.at["expect"]
	if !ok {
		return
	}
	e.expect = &at
	if at.node.Kind == yaml.MappingNode {
		e.byStream(at)
	} else {
		f.choice("expect", "expectation", &e.expectation, expectations()...)
	}
}

// covers reports where what is expected by stream is not one for each of names.
func (e *draftEntry) covers(names []string) {
	if e.streams == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(e.streams)) {
		if !slices.Contains(names, name) {
			e.streamsAt[name].fault("the matrix has no stream "+quote(name), oneOf(name, names))
		}
	}
	for _, name := range names {
		if _, said := e.streams[name]; !said {
			at := *e.expect
			at.path += "." + name
			at.fault("missing", list(expectations())+": something for every stream")
		}
	}
}

// of is the entry for one scenario of a matrix, with what is expected of its
// streams alone.
func (e draftEntry) of(s Scenario) draftEntry {
	e.scenario = s.Name
	if e.streams == nil {
		return e
	}
	all := e.streams
	e.streams = map[string]string{}
	for _, stream := range s.Streams {
		e.streams[stream.Name] = all[stream.Name]
	}
	return e
}

// byStream reads a mapping whose keys are streams.
func (e *draftEntry) byStream(p place) {
	e.streams, e.streamsAt = map[string]string{}, map[string]place{}
	var names []string
	for i := 0; i < len(p.node.Content); i += 2 {
		names = append(names, p.node.Content[i].Value)
	}
	f, ok := p.fields("a mapping by stream", names...)
	if !ok {
		return
	}
	for _, name := range names { // in the order of the file
		at, ok := f.at[name]
		if _, done := e.streams[name]; !ok || done {
			continue
		}
		var word string
		f.choice(name, "expectation", &word, expectations()...)
		e.streams[name], e.streamsAt[name] = word, at
	}
}

// addSuite takes a suite in once every scenario is there to hold it against.
func (c *Catalog) addSuite(d placed[draft]) {
	s := d.value.suite
	if other, taken := c.Suite(s.Name); taken && s.Name != "" {
		d.path += ".name"
		d.fault("the name "+quote(s.Name)+" is taken by "+origin("suite", other.File, other.Line), "another name")
	}
	listed := map[string]bool{}
	for _, e := range d.value.entries {
		e.faults, e.scenarioAt.faults, e.provoked.faults = d.faults, d.faults, d.faults
		scenario, ok := c.Scenario(e.scenario)
		switch {
		case e.scenario == "": // reported
			continue
		case !ok:
			e.scenarioAt.fault(quote(e.scenario)+" is no scenario", known(e.scenario, c.names()))
			continue
		case listed[e.scenario]:
			e.scenarioAt.fault(quote(e.scenario)+" is in the suite already", "each scenario once")
		}
		listed[e.scenario] = true
		s.Entries = append(s.Entries, Entry{
			Scenario: e.scenario, Expect: e.against(scenario), Provokes: e.provoked.against(scenario), Besides: e.provoked.besides,
		})
	}
	c.suites = append(c.suites, s)
}

// against is what is expected of each stream of the scenario.
func (e draftEntry) against(s Scenario) map[string]string {
	var names []string
	for _, stream := range s.Streams {
		names = append(names, stream.Name)
	}
	if e.expect == nil || len(names) == 0 || slices.Contains(names, "") { // reported
		return nil
	}
	all := make(map[string]string, len(names))
	if e.streams == nil {
		for _, name := range names {
			all[name] = e.expectation
		}
		return all
	}
	for _, name := range slices.Sorted(maps.Keys(e.streams)) {
		if !slices.Contains(names, name) {
			at := e.streamsAt[name]
			at.faults = e.faults
			at.fault(s.Name+" has no stream "+quote(name), oneOf(name, names))
		}
	}
	for _, name := range names {
		word, said := e.streams[name]
		if !said {
			at := *e.expect
			at.faults = e.faults
			at.path += "." + name
			at.fault("missing", list(expectations())+": something for every stream of "+s.Name)
		}
		all[name] = word
	}
	return all
}
