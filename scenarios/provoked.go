package scenarios

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"zarif/report/history"
)

// provoked is what an entry of a suite says of how hits are lost.
type provoked struct {
	place
	every   string            // in every stream; empty: by stream
	streams map[string]string // by stream
	at      map[string]place
	besides []string
}

// provoked reads provokes and besides.
func (f fields) provoked() (p provoked) {
	if at, ok := f.at["provokes"]; ok {
		p.place = at
		if at.node.Kind == yaml.MappingNode {
			p.byStream(at)
		} else {
			f.choice("provokes", "mechanism", &p.every, history.Mechanisms()...)
		}
	}
	at, ok := f.at["besides"]
	if !ok {
		return p
	}
	if !f.has("provokes") {
		at.fault("there is nothing that it is beside", "provokes as well")
	}
	for _, item := range f.entries("besides", "a list of mechanisms") {
		var name string
		if !item.text("a mechanism: "+list(history.Mechanisms()), &name) {
			continue
		}
		if !slices.Contains(history.Mechanisms(), name) {
			item.fault(quote(name)+" is no mechanism", oneOf(name, history.Mechanisms()))
		}
		p.besides = append(p.besides, name)
	}
	return p
}

func (p *provoked) byStream(at place) {
	p.streams, p.at = map[string]string{}, map[string]place{}
	var names []string
	for i := 0; i < len(at.node.Content); i += 2 {
		names = append(names, at.node.Content[i].Value)
	}
	f, ok := at.fields("a mapping by stream", names...)
	if !ok {
		return
	}
	maps.Copy(p.at, f.at)
	for _, name := range names { // in the order of the file
		if _, done := p.streams[name]; !done && f.has(name) {
			word := ""
			f.choice(name, "mechanism", &word, history.Mechanisms()...)
			p.streams[name] = word
		}
	}
}

// against is what is provoked in each stream of the scenario.
func (p provoked) against(s Scenario) map[string]string {
	var names []string
	all := map[string]string{}
	for _, stream := range s.Streams {
		names = append(names, stream.Name)
		if p.every != "" {
			all[stream.Name] = p.every
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.streams)) {
		if !slices.Contains(names, name) {
			at := p.at[name]
			at.faults = p.faults
			at.fault(s.Name+" has no stream "+quote(name), oneOf(name, names))
			continue
		}
		all[name] = p.streams[name]
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
