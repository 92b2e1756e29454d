package scenarios

import (
	"zarif/cluster/disrupt"
	"zarif/fixtures"
)

// Ours is what scenarios can refer to: the set-ups and disruptions given.
func Ours(setups []fixtures.Setup, disruptions []disrupt.Disruption) Known {
	var k Known
	for _, s := range setups {
		k.Fixtures = append(k.Fixtures, Fixture{
			Name: s.Name, Doc: s.Doc, Replicas: int(s.Replicas), Concurrency: s.Concurrency, Faults: s.Faults,
		})
	}
	for _, d := range disruptions {
		k.Disruptions = append(k.Disruptions, Disruption{Name: d.Name, Doc: d.Doc, Left: leftBy(d.Name)})
	}
	return k
}

// leftBy tells how many pods a disruption leaves at its worst moment, at least.
func leftBy(disruption string) func(replicas int) int {
	return func(replicas int) int {
		switch disruption {
		case "none":
			return replicas
		case "scale-down":
			return min(1, replicas)
		default:
			return replicas - 1
		}
	}
}
