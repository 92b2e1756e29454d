package scenarios

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const own = `
scenarios:
  - {name: mine, fixture: go-exit, disruption: rollout, streams: [slow]}
  - {name: other, fixture: go-drain, disruption: kill}
suites:
  - name: both
    scenarios:
      - {scenario: other, expect: {fresh: some, reused: any}}
      - {scenario: mine, expect: none}
      - {scenario: go-exit.rollout, expect: some}
`

func loaded(t *testing.T, built, mine string) *Catalog {
	t.Helper()
	sources := func(name, text string) []source {
		if text == "" {
			return nil
		}
		return []source{{name, []byte(text)}}
	}
	c, err := load(testKnown(), sources("builtin:a.yaml", built), sources("mine.yaml", mine), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		name     string
		patterns []string
		suite    string
		want     string
	}{
		{"a name", []string{"go-exit.rollout"}, "", "go-exit.rollout"},
		{"a glob matches whole names", []string{"go-*.rollout"}, "", "go-exit.rollout go-drain.rollout go-faulty.rollout"},
		{"every disruption", []string{"go-exit.*"}, "", "go-exit.none go-exit.rollout go-exit.kill go-exit.scale-down"},
		{"a class", []string{"go-[ed]*.kill"}, "", "go-exit.kill go-drain.kill"},
		{"in the order of the patterns, each once", []string{"mine", "*.kill", "go-exit.kill"}, "", "mine go-exit.kill go-drain.kill go-faulty.kill"},
		{"a suite, in its order", nil, "both", "other mine go-exit.rollout"},
		{"some of a suite", []string{"mine", "o*"}, "both", "mine other"},
		{"the scenarios of one's files", nil, "", "mine other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			selected, err := loaded(t, "", own).Select(test.patterns, test.suite)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, s := range selected {
				names = append(names, s.Scenario.Name)
				if s.Suite != test.suite || (s.Expect == nil) != (test.suite == "") {
					t.Errorf("%s: suite %q, expect %v", s.Scenario.Name, s.Suite, s.Expect)
				}
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestSelectExpectations(t *testing.T) {
	selected, err := loaded(t, "", own).Select(nil, "both")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range selected {
		for _, stream := range s.Resolve(Overrides{}) {
			got = append(got, s.Scenario.Name+" "+stream.Name+" "+stream.Expected)
		}
	}
	want := []string{"other fresh some", "other reused any", "mine slow none", "go-exit.rollout fresh some", "go-exit.rollout reused some"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestSelectRefuses(t *testing.T) {
	const suites = `
suites:
  - {name: demo, scenarios: [{scenario: go-exit.rollout, expect: any}]}
`
	for _, test := range []struct {
		name     string
		mine     string
		patterns []string
		suite    string
		want     string
	}{
		{"nothing given", "", nil, "", "nothing was given to run; want scenarios (such as go-exit.rollout or 'go-*.rollout'), --suite demo, or -f FILE with scenarios"},
		{"a file of suites alone", strings.Replace(suites, "demo", "mine", 1), nil, "", "nothing was given to run; want --suite mine, which your files define"},
		{"a name one letter off", "", []string{"go-exit.rolout"}, "", `"go-exit.rolout" matches no scenario; want a name that zarif list shows (did you mean go-exit.rollout?)`},
		{"a fixture", "", []string{"go-exit"}, "", `"go-exit" matches no scenario; want a whole name such as go-exit.none, or all of them: 'go-exit.*'`},
		{"a suite as a scenario", "", []string{"demo"}, "", `"demo" matches no scenario; want --suite demo`},
		{"a glob without a match", "", []string{"py-*"}, "", `"py-*" matches no scenario; want a pattern for whole names that zarif list shows, such as 'go-*.rollout'`},
		{"a glob of part of a name", "", []string{"*exit"}, "", `"*exit" matches no scenario; want a pattern for whole names that zarif list shows, such as 'go-*.rollout'`},
		{"a broken glob", "", []string{"go-[exit"}, "", `"go-[exit" is no pattern; want a name, with * and ? for what may vary and every [ closed`},
		{"two at once", "", []string{"nothing", "go-exit.kill", "*nothing"}, "", `"nothing" matches no scenario; want a name that zarif list shows` + "\n" + `"*nothing" matches no scenario; want a pattern for whole names that zarif list shows, such as 'go-*.rollout'`},
		{"an unknown suite", "", nil, "dmo", `--suite: "dmo" is no suite; want demo`},
		{"a scenario outside the suite", "", []string{"go-exit.kill"}, "demo", `"go-exit.kill" matches no scenario of the suite demo; want go-exit.rollout`},
	} {
		t.Run(test.name, func(t *testing.T) {
			selected, err := loaded(t, suites, test.mine).Select(test.patterns, test.suite)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v and error %v, want Faults", selected, err)
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

// A broken pattern is a fault also where an earlier pattern would have matched
// everything.
func TestSelectChecksEveryPattern(t *testing.T) {
	if _, err := loaded(t, "", own).Select([]string{"*", "["}, ""); err == nil {
		t.Error("a broken pattern was accepted")
	}
}
