package scenarios

import (
	"slices"
	"strings"
	"testing"
)

// matrixKnown has a stack that carries everything, one that carries little and one
// that carries next to nothing.
func matrixKnown() Known {
	k := testKnown()
	for name, each := range map[string]int{"web-a": 100, "web-b": 100, "sync-a": 4, "one-a": 1} {
		k.Fixtures = append(k.Fixtures, Fixture{Name: name, Stack: strings.Split(name, "-")[0], Replicas: 3, Concurrency: each})
	}
	slices.SortFunc(k.Fixtures, func(a, b Fixture) int { return strings.Compare(a.Name, b.Name) })
	return k
}

func TestMatrix(t *testing.T) {
	for _, test := range []struct {
		name string
		item string
		want string // scenario, its streams with rates and expectations
	}{
		{"one by one", "{fixtures: [web-a, go-exit], disruptions: [kill, none]}",
			"web-a.kill fresh 100 any, reused 100 any | go-exit.kill fresh 100 any, reused 100 any | web-a.none fresh 100 any, reused 100 any | go-exit.none fresh 100 any, reused 100 any"},
		{"each once", "{fixtures: ['web-*', 'web-a', '*-b'], disruptions: [rollout]}",
			"web-a.rollout fresh 100 any, reused 100 any | web-b.rollout fresh 100 any, reused 100 any"},
		{"a new stack or set-up is in it", "{stacks: ['*b'], fixtures: [sync-a], disruptions: [rollout], expect: some}",
			"sync-a.rollout fresh 40 some, reused 40 some | web-a.rollout fresh 100 some, reused 100 some | web-b.rollout fresh 100 some, reused 100 some"},
		{"slow beside the others where it fits", "{fixtures: [web-a], disruptions: [rollout], slow: true, expect: {fresh: none, reused: any, slow: some}}",
			"web-a.rollout-slow fresh 100 none, reused 100 any, slow 10 some"},
		{"slow alone where it does not", "{fixtures: [sync-a], disruptions: [rollout], slow: true, expect: {fresh: none, reused: any, slow: some}}",
			"sync-a.rollout fresh 40 none, reused 40 any | sync-a.rollout-slow slow 2 some"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "suites: [{name: s, scenarios: [" + test.item + "]}]"
			c, err := load(matrixKnown(), nil, []source{{"f", []byte(text)}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			selected, err := c.Select(nil, "s")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range selected {
				var streams []string
				for _, r := range s.Resolve(Overrides{}) {
					streams = append(streams, r.Name+" "+strings.TrimSuffix(perSecond(r.Rate), "/s")+" "+r.Expected)
				}
				got = append(got, s.Scenario.Name+" "+strings.Join(streams, ", "))
				if s.Scenario.Doc == "" {
					t.Errorf("%s does not say what it shows", s.Scenario.Name)
				}
			}
			if got := strings.Join(got, " | "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// What a matrix makes is there for patterns and other suites, and is not what a
// file describes.
func TestWhatAMatrixMakesIsAScenario(t *testing.T) {
	const mine = `
suites:
  - name: first
    scenarios: [{scenario: web-a.rollout-slow, expect: any}]
  - name: both
    scenarios:
      - {stacks: [web], disruptions: [rollout, kill], slow: true}
  - name: again
    scenarios:
      - {fixtures: ['web-*', go-exit], disruptions: [rollout], slow: true}
scenarios:
  - {name: go-exit.rollout-slow, fixture: go-exit, disruption: rollout, streams: [fresh, reused, slow]}
`
	c, err := load(matrixKnown(), nil, []source{{"mine.yaml", []byte(mine)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{"web-*.rollout-slow": "web-a.rollout-slow web-b.rollout-slow", "web-a.*-slow": "web-a.rollout-slow web-a.kill-slow", "": "go-exit.rollout-slow"} {
		var patterns, names []string
		if pattern != "" {
			patterns = []string{pattern}
		}
		selected, err := c.Select(patterns, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range selected {
			names = append(names, s.Scenario.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q chooses %s, want %s", pattern, got, want)
		}
	}
	s, _ := c.Scenario("web-a.kill-slow")
	if s.File != "mine.yaml" || s.Line != 7 {
		t.Errorf("made in %s:%d", s.File, s.Line)
	}
}

func TestAMatrixThatDoesNotFit(t *testing.T) {
	for text, want := range map[string]string{
		"suites: [{name: s, scenarios: [{stacks: [one], disruptions: [rollout], slow: true}]}]": "f:1: suites[0].scenarios[0]: one-a.rollout-slow: the streams keep 2.0 requests under way at once (rate × work), " +
			"more than half of what 2 pods of one-a serve at once while disrupted (1 each); want more replicas in one-a, or a matrix without it",
		"scenarios: [{name: web-a.kill-slow, fixture: web-a, disruption: kill, streams: [slow]}]\nsuites: [{name: s, scenarios: [{fixtures: [web-a], disruptions: [kill], slow: true}]}]": `f:2: suites[0].scenarios[0]: the name "web-a.kill-slow" is taken by the scenario of f:1, which is another one; want another name there`,
	} {
		_, err := load(matrixKnown(), nil, []source{{"f", []byte(text)}}, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v\nwant %s", text, err, want)
		}
	}
}
