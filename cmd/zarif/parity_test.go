package main

import (
	"path/filepath"
	"slices"
	"testing"

	"zarif/cmd/zarif/payload"
)

// Both clusters run the same trials, with the same seeds, and a scenario that is in
// two suites once.
func TestParityRunsTheSameOnBoth(t *testing.T) {
	t.Parallel()
	if _, err := payload.Binary("goapp"); err != nil {
		t.Skip(err)
	}
	both, err := parityOptions{suites: []string{"demo", "disruptions", "demo"}, trials: 2, parallel: 3, out: "out"}.sessions()
	if err != nil {
		t.Fatal(err)
	}
	kind, local := both[0], both[1]
	if kind.where.want != clusterKind || local.where.want != clusterLocal {
		t.Errorf("run on %s and %s", kind.where.want, local.where.want)
	}
	if kind.parallel != 0 || local.parallel != 3 {
		t.Errorf("%d side by side on kind and %d on local", kind.parallel, local.parallel)
	}
	if kind.out != filepath.Join("out", "kind") || local.out != filepath.Join("out", "local") {
		t.Errorf("results in %s and %s", kind.out, local.out)
	}
	var names []string
	for i, p := range kind.planned {
		name := p.meta.Scenario
		if slices.Contains(names, name) {
			t.Errorf("%s is planned twice", name)
		}
		names = append(names, name)
		if other := local.planned[i].meta; other.Scenario != name || kind.trialSeed(name, 2) != local.trialSeed(name, 2) {
			t.Errorf("%s with seed %d on kind, %s with seed %d on local", name, kind.trialSeed(name, 2), other.Scenario, local.trialSeed(name, 2))
		}
	}
	for _, name := range []string{"go-prestop.rollout", "go-exit.rollout", "go-drain.eviction"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing among %v", name, names)
		}
	}
	if len(kind.planned) != len(local.planned) {
		t.Errorf("%d scenarios on kind, %d on local", len(kind.planned), len(local.planned))
	}
}
