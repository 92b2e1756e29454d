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
		Streams:          []report.Stream{{Name: "fresh", Rate: 100, Counts: report.Counts{Sent: 100, Dropped: 2}, Causes: map[string]int{"refused": 2}}},
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
	p := PageOf(trials, []string{"w", "x", "y"})
	if len(p.Rows) != 2 || p.Rows[0].Setup != "x" || p.Rows[1].Setup != "y" || !slices.Equal(p.Without, []string{"w"}) {
		t.Fatalf("%+v", p)
	}
	want := Row{
		Setup: "x", Disruption: "rollout", Conclusive: 2, Left: 1, New: report.Met{Refused: 4},
		InFlight: &report.InFlight{Kept: 6, Cut: 2}, Idle: report.Idle{Told: 2, Cut: 2}, ExitCodes: map[int]int{0: 2, -1: 2},
		ExitLeast: new(1.0), ExitMost: new(2.0),
		Streams: map[string]Losses{"fresh": {Trials: 2, RateLeast: 100, RateMost: 100, Sent: 200, Dropped: 4, Causes: map[string]int{"refused": 4}}},
	}
	if !reflect.DeepEqual(p.Rows[0], want) {
		t.Errorf("%+v\nwant\n%+v", p.Rows[0], want)
	}
}

// Where slow ones run as trials of their own, each stream needs enough of its own.
func TestFew(t *testing.T) {
	slow := trialOf("x", report.Pass)
	slow.Streams = []report.Stream{{Name: "slow", Rate: 1.5}}
	fresh := trialOf("x", report.Pass)
	for _, c := range []struct {
		trials []report.Trial
		want   bool
	}{
		{[]report.Trial{fresh, fresh, fresh, slow, slow, slow}, false},
		{[]report.Trial{fresh, fresh, fresh}, false},
		{[]report.Trial{fresh, fresh, fresh, slow, slow}, true},
		{[]report.Trial{fresh, fresh}, true},
		{[]report.Trial{trialOf("x", report.Inconclusive)}, true},
	} {
		if r := PageOf(c.trials, []string{"x"}).Rows[0]; r.Few() != c.want {
			t.Errorf("%+v: few %t, want %t", r, r.Few(), c.want)
		}
	}
}

// What a model shows does not count beside what a real cluster does, set-up by set-up.
func TestModelled(t *testing.T) {
	onModel := func(fixture string) report.Trial {
		m := trialOf(fixture, report.Pass)
		m.Meta.Cluster = history.ClusterInfo{Type: "local", Modelled: true}
		return m
	}
	p := PageOf([]report.Trial{onModel("x"), trialOf("x", report.Pass), onModel("y")}, []string{"x", "y"})
	if len(p.Rows) != 2 || p.Rows[0].Conclusive != 1 || p.Rows[1].Conclusive != 1 || len(p.On) != 2 {
		t.Errorf("%+v", p)
	}
	if p := PageOf([]report.Trial{onModel("x"), trialOf("x", report.Inconclusive)}, []string{"x"}); p.Rows[0].Conclusive != 0 || len(p.On) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestOn(t *testing.T) {
	local := trialOf("x", report.Pass)
	local.Meta.Cluster = history.ClusterInfo{Type: "local", Kubernetes: "v1.34.4", Cores: 2, Modelled: true}
	later, last := trialOf("x", report.Pass), trialOf("x", report.Inconclusive)
	later.Started, last.Started = later.Started.AddDate(0, 0, 1), last.Started.AddDate(0, 0, 2)
	got := Where([]report.Trial{later, trialOf("x", report.Pass), local, last})
	want := []string{
		"cluster kind, Kubernetes v1.34.4, 3 nodes; zarif v1; 2026-11-22 to 2026-11-23",
		"the local cluster, which models Kubernetes v1.34.4, on a machine with 2 cores; zarif v1; 2026-11-22",
	}
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
	if got := PageOf([]report.Trial{now, old, now}, []string{"x"}).On; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
