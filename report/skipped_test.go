package report

import (
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

// skipped is a trial of a scenario that the cluster cannot do, found out when it
// was to be disrupted: the load had run until then, and dropped hits.
func skipped(t *testing.T, scenario string) Trial {
	t.Helper()
	s := newStory()
	s.meta.Scenario, s.meta.Suite = scenario, "mine"
	s.drop(0, disruptionAt+600_000, 2, history.Reset)
	s.event(history.SourceHarness, history.EventSkipped, "", disruptionAt+1, "reason", "no PID namespaces")
	return s.analyse(t)
}

// A scenario that was skipped has no trials, and a run with one is not green.
func TestSkipped(t *testing.T) {
	good := newStory().analyse(t)
	r := Collect([]Trial{good, skipped(t, "a"), skipped(t, "a"), skipped(t, "b")})
	want := []Skipped{
		{Scenario: "a", Fixture: "go-drain", Disruption: "pod-delete", Suite: "mine", Reason: "no PID namespaces"},
		{Scenario: "b", Fixture: "go-drain", Disruption: "pod-delete", Suite: "mine", Reason: "no PID namespaces"},
	}
	if !slices.Equal(r.Skipped, want) {
		t.Errorf("skipped %+v, want %+v", r.Skipped, want)
	}
	if len(r.Trials) != 1 || len(r.Scenarios) != 1 || r.Trials[0].Skipped != "" {
		t.Errorf("%d trials of %d scenarios, want those of the one that ran", len(r.Trials), len(r.Scenarios))
	}
	if r.AsExpected || r.ExitCode() != 3 {
		t.Errorf("as expected %v, exit code %d, want 3", r.AsExpected, r.ExitCode())
	}
	bad := good
	bad.AsExpected = false
	if code := Collect([]Trial{bad, skipped(t, "a")}).ExitCode(); code != 1 {
		t.Errorf("with a surprise the exit code is %d, want 1", code)
	}
	if all := Collect([]Trial{skipped(t, "a")}); all.ExitCode() != 3 || all.AsExpected || all.Started.IsZero() || all.Cluster.Name == "" {
		t.Errorf("all skipped: %+v, exit code %d, want 3", all, all.ExitCode())
	}
}

// What was measured of a skipped trial until then is not counted.
func TestSkippedTrial(t *testing.T) {
	trial := skipped(t, "a")
	if trial.Skipped != "no PID namespaces" || trial.Verdict != Inconclusive || trial.AsExpected || len(trial.Streams) != 0 {
		t.Errorf("%+v", trial)
	}
}

// Scenarios come in the order of their run also where trials ran side by side.
func TestPlace(t *testing.T) {
	var trials []Trial
	for place, name := range []string{"c", "a", "b"} {
		s := newStory()
		s.meta.Scenario, s.meta.Place = name, place+1
		s.meta.Started = epoch.Add(-time.Duration(place) * time.Second) // the last was started first
		trials = append(trials, s.analyse(t))
	}
	slices.Reverse(trials)
	var names []string
	for _, s := range Collect(trials).Scenarios {
		names = append(names, s.Scenario)
	}
	if want := []string{"c", "a", "b"}; !slices.Equal(names, want) {
		t.Errorf("scenarios %v, want %v", names, want)
	}
}
