package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zarif/cluster/disrupt"
	"zarif/fixtures"
)

const mine = "scenarios:\n  - {name: mine, fixture: go-exit, disruption: rollout}\n"

// A file and standard input are read once and loaded as often as needed.
func TestSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte(mine), 0o644); err != nil {
		t.Fatal(err)
	}
	sources, err := ReadSources(strings.NewReader(strings.Replace(mine, "name: mine", "name: other", 1)), file, "-", file)
	if err != nil || len(sources) != 2 || sources[0].Name != file || sources[1].Name != "stdin" {
		t.Fatalf("sources %+v, error %v", sources, err)
	}
	os.Remove(file)
	all, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := LoadSources(Ours(all.All(), disrupt.All(), edges(t)), sources...)
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select(nil, "")
	if err != nil || len(selected) != 2 || selected[0].Scenario.Name != "mine" || selected[1].Scenario.Name != "other" {
		t.Errorf("selected %+v, error %v", selected, err)
	}
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	_, err := ReadSources(strings.NewReader(""), "no-such.yaml")
	if faults, ok := err.(Faults); !ok || len(faults) != 1 || faults[0].File != "no-such.yaml" {
		t.Errorf("error %v", err)
	}
}
