package scenarios

import (
	"zarif/cluster/disrupt"
	"zarif/fixtures"
	"zarif/fixtures/edge"
)

// Ours is what scenarios can refer to: the set-ups, disruptions and edges given.
func Ours(setups []fixtures.Setup, disruptions []disrupt.Disruption, edges []edge.Setup) Known {
	var k Known
	for _, s := range setups {
		f := Fixture{
			Name: s.Name, Doc: s.Doc, Replicas: int(s.Replicas), MaxUnavailable: int(s.MaxUnavailable),
			Concurrency: s.Concurrency, Faults: s.Faults,
		}
		if s.IsStack() {
			f.Stack = s.App
		}
		k.Fixtures = append(k.Fixtures, f)
	}
	for _, d := range disruptions {
		k.Disruptions = append(k.Disruptions, Disruption{Name: d.Name, Doc: d.Doc, Left: d.Left})
	}
	for _, e := range edges {
		k.Edges = append(k.Edges, Edge{Name: e.Name, Doc: e.Doc})
	}
	return k
}
