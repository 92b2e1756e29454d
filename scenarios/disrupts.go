package scenarios

import (
	"zarif/report/history"
)

// edgeSuffix ends the disruption's part of the name of a matrix's scenario whose
// disruption takes the edge: <fixture>.<disruption>-edge.<edge>.
const edgeSuffix = "-edge"

// disrupts reads whose pods the disruption takes, once streams and edge are read.
func (f fields) disrupts(s *Scenario) {
	f.choice("disrupts", "word for what the disruption takes", &s.Disrupts, history.DisruptsEdge)
	if s.Disrupts == "" {
		return
	}
	if s.Edge == "" {
		f.spot("disrupts").fault("there is no edge that the disruption could take", "an edge beside it")
		return
	}
	for _, stream := range s.Streams {
		if stream.Vantage != history.VantageEdge {
			f.spot("disrupts").fault("stream "+stream.Name+" does not come through the edge", "streams of the vantage edge alone")
		}
	}
}

// takesEdge lets the disruption take the edge.
func (s *Scenario) takesEdge() {
	s.Disrupts = history.DisruptsEdge
	s.Doc = s.Fixture + " behind " + s.Edge + ", whose own pods go under " + s.Disruption + "."
}
