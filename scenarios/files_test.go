package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// All faults of all files come at once, by file in the order given, then by line.
func TestFaultsOfAllFiles(t *testing.T) {
	dir := t.TempDir()
	b := write(t, dir, "b.yaml", "suites:\n- {name: s, scenarios: [{scenario: nope, expect: any}]}\nscenarios:\n- {name: x, fixture: go-exit, disruption: rollout, rate: 1}\n")
	a := write(t, dir, "a.yaml", "scenarios:\n- {name: x, fixture: go-exit, disruption: rollout}\n- {name: y}\n")
	gone := filepath.Join(dir, "gone.yaml")
	sources, faults := given([]string{b, "-", gone, dir, a, b}, strings.NewReader("- x\n"))
	_, err := load(testKnown(), nil, sources, faults)
	var all Faults
	if !errors.As(err, &all) {
		t.Fatalf("error %v, want Faults", err)
	}
	got := strings.ReplaceAll(err.Error(), dir, "D")
	want := strings.TrimSpace(`
D/gone.yaml: cannot be read: no such file or directory; want a file of scenarios or suites
D: cannot be read: is a directory; want a file of scenarios or suites
D/b.yaml:2: suites[0].scenarios[0].scenario: "nope" is no scenario; want a name that zarif list shows
D/b.yaml:4: scenarios[0].rate: unknown field; want name, doc, fixture, workload, disruption, edge, disrupts, streams, budget, disruptionLimit or overload
stdin:1: this is a list; want a mapping with scenarios or suites, or both
D/a.yaml:2: scenarios[0].name: the name "x" is taken by the scenario of D/b.yaml:4; want another name
D/a.yaml:3: scenarios[1].fixture: missing; want go-exit, go-drain or go-faulty
D/a.yaml:3: scenarios[1].disruption: missing; want none, rollout, kill or scale-down
`)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var one Fault
	if !errors.As(err, &one) || one.File != gone {
		t.Errorf("the first fault is %+v", one)
	}
}

func TestTooLarge(t *testing.T) {
	_, faults := given([]string{"-"}, strings.NewReader(strings.Repeat("#", maxFile+1)))
	if len(faults) != 1 || !strings.Contains(faults[0].Error(), "stdin: the file is too large") {
		t.Errorf("faults %v", faults)
	}
}

// A suite of one file may name scenarios of another that comes later.
func TestSuiteAcrossFiles(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a.yaml", "suites:\n- {name: s, doc: 'two\n  lines', scenarios: [{scenario: x, expect: some}]}\n")
	b := write(t, dir, "b.yaml", "scenarios:\n- {name: x, fixture: go-exit, disruption: rollout, streams: [slow]}\n")
	sources, faults := given([]string{a, b}, nil)
	c, err := load(testKnown(), nil, sources, faults)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := c.Suite("s")
	if !ok || s.Doc != "two lines" || s.File != a || s.Line != 2 || len(s.Entries) != 1 || s.Entries[0].Expect["slow"] != ExpectSome {
		t.Errorf("suite %+v", s)
	}
	x, _ := c.Scenario("x")
	if x.File != b || x.Line != 2 {
		t.Errorf("scenario %+v", x)
	}
}
