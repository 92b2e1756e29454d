package history

// DisruptsEdge says that the disruption takes the proxy in front of the fixture: its
// pods are the trial's, and the fixture is at rest behind it.
const DisruptsEdge = "edge"

// Through reports whether a stream's connections end at a proxy in front of the pods
// that the disruption takes, so that they say nothing of connections to those.
func (m *Meta) Through(s *Stream) bool {
	return s.Vantage == VantageEdge && m.Disrupts != DisruptsEdge
}
