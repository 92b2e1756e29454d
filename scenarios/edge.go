package scenarios

import (
	"slices"

	"zarif/report/history"
)

// An Edge is what a scenario needs to know of a proxy's set-up.
type Edge struct {
	Name string
	Doc  string
}

func (k Known) edgeNames() []string {
	names := make([]string, len(k.Edges))
	for i, e := range k.Edges {
		names[i] = e.Name
	}
	return names
}

// edge reads which proxy stands in front of the fixture, once the streams are read.
func (f fields) edge(s *Scenario, k Known) {
	if !f.has("edge") {
		for _, stream := range s.Streams {
			if stream.Vantage == history.VantageEdge {
				f.spot("edge").fault("missing, and stream "+stream.Name+" comes through one", chosenFrom("", "edge", k.edgeNames()))
			}
		}
		return
	}
	var name string
	if !f.text("edge", &name) {
		return
	}
	if !slices.Contains(k.edgeNames(), name) {
		f.spot("edge").fault(quote(name)+" is no edge", chosenFrom(name, "edge", k.edgeNames()))
		return
	}
	s.through(name)
	if len(s.Streams) > 0 && !slices.ContainsFunc(s.Streams, func(s Stream) bool { return s.Vantage == history.VantageEdge }) {
		f.spot("edge").fault("no stream comes through it", "a stream with the vantage edge, or none said")
	}
}

// through puts an edge in front of the fixture: streams that do not say where they
// come from come through it.
func (s *Scenario) through(edge string) {
	s.Edge = edge
	for i := range s.Streams {
		if stream := &s.Streams[i]; stream.Vantage == "" && stream.URL == "" {
			stream.Vantage = history.VantageEdge
		}
	}
}
