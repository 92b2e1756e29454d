package scenarios

// testKnown is a small world: one pod serves 100 requests at once, three run,
// two at the worst moment, one when scaled down.
func testKnown() Known {
	fixture := func(name string, faults ...string) Fixture {
		return Fixture{Name: name, Doc: "The set-up " + name + ".", Replicas: 3, Concurrency: 100, Faults: faults}
	}
	all := func(n, _ int) int { return n }
	butOne := func(n, _ int) int { return n - 1 }
	return Known{
		Fixtures: []Fixture{
			fixture("go-exit"), fixture("go-drain"),
			fixture("go-faulty", "reset", "eof", "stall", "500"),
		},
		Disruptions: []Disruption{
			{Name: "none", Left: all}, {Name: "rollout", Left: butOne}, {Name: "kill", Left: butOne},
			{Name: "scale-down", Left: func(int, int) int { return 1 }},
		},
		Edges: []Edge{{Name: "nginx-service", Doc: "A proxy."}, {Name: "nginx-endpoints", Doc: "A proxy."}, {Name: "envoy-service", Doc: "A proxy."}},
	}
}
