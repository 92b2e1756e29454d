package scenarios

import "slices"

// Known is what scenarios can refer to.
type Known struct {
	Fixtures    []Fixture    // in the order in which reports show them
	Disruptions []Disruption // likewise
	Edges       []Edge       // likewise
}

// A Fixture is what a scenario needs to know of one.
type Fixture struct {
	Name     string
	Doc      string
	Stack    string // the application, whose image is built; empty where its binary is built in
	Replicas int
	// MaxUnavailable is how many pods a rollout may take away before new ones are ready.
	MaxUnavailable int
	// Concurrency is how many requests one pod serves at once without making
	// any wait; 0: not known, and nothing is checked against it.
	Concurrency int
	// Faults are those that hits can ask it for; a status among them stands for
	// every status from 400 to 599.
	Faults []string
}

// A Disruption is what a scenario needs to know of one.
type Disruption struct {
	Name string
	Doc  string
	// Left is how many of a workload's pods serve at the worst moment; nil: all.
	Left func(replicas, maxUnavailable int) int
}

func (k Known) fixture(name string) (Fixture, bool) {
	i := slices.IndexFunc(k.Fixtures, func(f Fixture) bool { return f.Name == name })
	if i < 0 {
		return Fixture{}, false
	}
	return k.Fixtures[i], true
}

func (k Known) disruption(name string) (Disruption, bool) {
	i := slices.IndexFunc(k.Disruptions, func(d Disruption) bool { return d.Name == name })
	if i < 0 {
		return Disruption{}, false
	}
	return k.Disruptions[i], true
}

func (k Known) fixtureNames() []string {
	names := make([]string, len(k.Fixtures))
	for i, f := range k.Fixtures {
		names[i] = f.Name
	}
	return names
}

func (k Known) disruptionNames() []string {
	names := make([]string, len(k.Disruptions))
	for i, d := range k.Disruptions {
		names[i] = d.Name
	}
	return names
}

// room tells what the pods that are left during a disruption can carry. Where none
// is left, that is not what would make requests wait: what one carries bounds
// the load before and after.
func (k Known) room(fixture, disruption string) room {
	f, _ := k.fixture(fixture)
	d, _ := k.disruption(disruption)
	left := f.Replicas
	if d.Left != nil {
		left = d.Left(f.Replicas, f.MaxUnavailable)
	}
	return room{fixture: fixture, pods: max(1, left), each: f.Concurrency}
}

// roomAtRest tells what all pods together can carry.
func (k Known) roomAtRest(fixture string) room {
	f, _ := k.fixture(fixture)
	return room{fixture: fixture, pods: max(1, f.Replicas), each: f.Concurrency, rest: true}
}

// scenarios are those that exist without a file: every fixture × disruption.
func (k Known) scenarios() []Scenario {
	var all []Scenario
	for _, f := range k.Fixtures {
		for _, d := range k.Disruptions {
			all = append(all, k.scenario(f.Name, d.Name))
		}
	}
	return all
}

// scenario is one of them.
func (k Known) scenario(fixture, disruption string) Scenario {
	return Scenario{
		Name: fixture + "." + disruption, Doc: fixture + " under " + disruption + ".",
		Fixture: fixture, Disruption: disruption, Streams: defaultStreams(),
		DisruptionLimit: DefaultDisruptionLimit, room: k.room(fixture, disruption),
	}
}

// stackNames are those of all stacks, each once.
func (k Known) stackNames() []string {
	var names []string
	for _, f := range k.Fixtures {
		if f.Stack != "" && !slices.Contains(names, f.Stack) {
			names = append(names, f.Stack)
		}
	}
	return names
}
