package measured

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

func trialOf(fixture string, verdict report.Verdict) report.Trial {
	t := report.Trial{
		Fixture: fixture, Disruption: "rollout", Verdict: verdict, Started: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Streams:          []report.Stream{{Name: "fresh", Counts: report.Counts{Sent: 100, Dropped: 2}, Causes: map[string]int{"refused": 2}}},
		NewWhileDraining: &report.Met{Refused: 2},
		Pods: []report.Pod{
			{Name: "a", ExitCode: new(0), GraceUsed: new(1.0), ExitedPrecision: new(500.0), Drain: &report.Drain{
				InFlight: &report.InFlight{Kept: 3, Cut: 1}, Idle: report.Idle{Told: 1, Cut: 1},
			}},
			{Name: "b", GraceUsed: new(2.0), Drain: &report.Drain{}},
			{Name: "new", ExitCode: new(7)},
		},
	}
	t.Meta.Cluster = history.ClusterInfo{Type: "kind", Kubernetes: "v1.34.4", Nodes: []string{"a", "b", "c"}}
	t.Meta.Tool.Version = "v1"
	return t
}

func TestRows(t *testing.T) {
	behind := trialOf("x", report.Fail)
	behind.Edge = "nginx-service"
	trials := []report.Trial{
		trialOf("y", report.Pass), trialOf("x", report.Fail), trialOf("x", report.Inconclusive), trialOf("x", report.Pass), trialOf("z", report.Pass), behind,
	}
	rows := Rows(trials, []string{"x", "y"})
	if len(rows) != 2 || rows[0].Setup != "x" || rows[1].Setup != "y" {
		t.Fatalf("%+v", rows)
	}
	want := Row{
		Setup: "x", Disruption: "rollout", Conclusive: 2, Left: 1, New: report.Met{Refused: 4},
		InFlight: &report.InFlight{Kept: 6, Cut: 2}, Idle: report.Idle{Told: 2, Cut: 2}, ExitCodes: map[int]int{0: 2, -1: 2},
		ExitLeast: new(1.0), ExitMost: new(2.0), Streams: map[string]Losses{"fresh": {Sent: 200, Dropped: 4, Causes: map[string]int{"refused": 4}}},
	}
	if !reflect.DeepEqual(rows[0], want) {
		t.Errorf("%+v\nwant\n%+v", rows[0], want)
	}
}

func TestOn(t *testing.T) {
	local := trialOf("x", report.Pass)
	local.Meta.Cluster = history.ClusterInfo{Type: "local", Kubernetes: "v1.34.4", Modelled: true}
	got := On([]report.Trial{trialOf("x", report.Pass), local, trialOf("x", report.Inconclusive), trialOf("z", report.Pass)}, []string{"x"})
	want := []string{"cluster kind, Kubernetes v1.34.4, 3 nodes; zarif v1; 2026-11-22", "the local cluster, which models Kubernetes v1.34.4; zarif v1; 2026-11-22"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What was in the image is told beside what it ran on: another version is another line.
func TestOnWhichVersions(t *testing.T) {
	old, now := trialOf("x", report.Pass), trialOf("x", report.Pass)
	old.Images = []history.Built{{Base: "debian:bookworm-slim", Versions: []string{"Python 3.11.2", "uvicorn 0.53.0"}}}
	now.Images = []history.Built{{Base: "debian:bookworm-slim", Versions: []string{"Python 3.11.2", "uvicorn 0.54.0"}}}
	const rest = ", upon debian:bookworm-slim; cluster kind, Kubernetes v1.34.4, 3 nodes; zarif v1; 2026-11-22"
	want := []string{"Python 3.11.2, uvicorn 0.53.0" + rest, "Python 3.11.2, uvicorn 0.54.0" + rest}
	if got := On([]report.Trial{now, old, now}, []string{"x"}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
