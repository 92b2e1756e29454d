package scenarios

import (
	"strings"
	"testing"

	"zarif/report/history"
)

const throughEdges = `
scenarios:
  - name: mixed
    fixture: go-exit
    disruption: rollout
    edge: nginx-service
    streams:
      - fresh
      - {name: reused, vantage: service}
      - {name: outside, vantage: host, url: "http://127.0.0.1:1/", connection: fresh}
suites:
  - name: all
    scenarios:
      - fixtures: [go-exit, go-drain]
        disruptions: [rollout]
        edges: ['nginx-*']
        slow: true
`

// Streams that do not say where they come from come through the scenario's edge.
func TestStreamsComeThroughTheEdge(t *testing.T) {
	c, err := load(testKnown(), nil, []source{{"f", []byte(throughEdges)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := c.Scenario("mixed")
	var vantages []string
	for _, stream := range s.Resolve(Overrides{}) {
		vantages = append(vantages, stream.Vantage)
	}
	if got := strings.Join(vantages, " "); s.Edge != "nginx-service" || got != "edge service host" {
		t.Errorf("through %q the streams come from %s", s.Edge, got)
	}
	if plain, _ := c.Scenario("go-exit.rollout"); plain.Edge != "" || plain.Resolve(Overrides{})[0].Vantage != history.VantageService {
		t.Errorf("a scenario without an edge goes through %q", plain.Edge)
	}
}

func TestAMatrixOfEdges(t *testing.T) {
	c, err := load(testKnown(), nil, []source{{"f", []byte(throughEdges)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select(nil, "all")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range selected {
		names = append(names, s.Scenario.Name+" through "+s.Scenario.Edge)
		for _, stream := range s.Resolve(Overrides{}) {
			if stream.Vantage != history.VantageEdge {
				t.Errorf("%s: stream %s comes from %s", s.Scenario.Name, stream.Name, stream.Vantage)
			}
		}
	}
	want := "go-exit.rollout-slow.nginx-service through nginx-service, go-exit.rollout-slow.nginx-endpoints through nginx-endpoints, " +
		"go-drain.rollout-slow.nginx-service through nginx-service, go-drain.rollout-slow.nginx-endpoints through nginx-endpoints"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("the suite has %s\nwant %s", got, want)
	}
	for _, fixture := range []string{"go-exit", "go-drain"} {
		if plain, _ := c.Scenario(fixture + ".rollout"); plain.Resolve(Overrides{})[0].Vantage != history.VantageService {
			t.Error("the matrix changed the scenario without an edge")
		}
	}
}

// A matrix whose disruption takes the edge makes scenarios of another name.
func TestAMatrixThatTakesTheEdge(t *testing.T) {
	const text = `
suites:
  - name: theirs
    scenarios:
      - {fixtures: [go-drain], disruptions: [rollout], edges: [nginx-service]}
  - name: its
    scenarios:
      - {fixtures: [go-drain], disruptions: [rollout], edges: [nginx-service, envoy-service], disrupts: edge}
`
	c, err := load(testKnown(), nil, []source{{"f", []byte(text)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for suite, want := range map[string]string{
		"theirs": "go-drain.rollout.nginx-service takes ",
		"its":    "go-drain.rollout-edge.nginx-service takes edge, go-drain.rollout-edge.envoy-service takes edge",
	} {
		selected, err := c.Select(nil, suite)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range selected {
			got = append(got, s.Scenario.Name+" takes "+s.Scenario.Disrupts)
			for _, stream := range s.Resolve(Overrides{}) {
				if stream.Vantage != history.VantageEdge {
					t.Errorf("%s: stream %s comes from %s", s.Scenario.Name, stream.Name, stream.Vantage)
				}
			}
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("the suite has %s\nwant %s", text, want)
		}
	}
	if need := (Need{Of: "go-drain.rollout", Edge: "nginx-*"}); !need.matches(new(scenarioOf(t, c, "go-drain.rollout.nginx-service"))) ||
		need.matches(new(scenarioOf(t, c, "go-drain.rollout-edge.nginx-service"))) {
		t.Error("a claim of a fixture's rollout behind an edge is settled by that of the edge")
	}
}

func scenarioOf(t *testing.T, c *Catalog, name string) Scenario {
	t.Helper()
	s, ok := c.Scenario(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return s
}
