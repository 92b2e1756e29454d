package explain

import (
	"math"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

func TestWhatASampleCarries(t *testing.T) {
	if n := needed(); n != 29 {
		t.Errorf("nine cases of ten take %d values, want 29", n)
	}
	for n, want := range map[int]float64{1: 0.05, 10: 0.741, 28: 0.8985, 29: 0.9018, 59: 0.9505} {
		if got := make(sample, n).covers(); math.Abs(got-want) > 0.001 {
			t.Errorf("the longest of %d covers %.4f, want %.4f", n, got, want)
		}
	}
	if got := (sample{}).covers(); got != 0 {
		t.Errorf("nothing covers %v", got)
	}
}

// deletions are trials of one scenario with a deletion each, the last of which was
// still led to after late.
func deletions(n int, late time.Duration, findings ...report.Finding) report.Results {
	r := report.Results{Scenarios: []report.ScenarioSummary{{Scenario: "go-exit.rollout"}}}
	for i := range n {
		p := report.Pod{Name: "a", TakenAway: true, Deleted: began, LastAttempt: began.Add(late * time.Duration(i+1) / time.Duration(n))}
		r.Trials = append(r.Trials, report.Trial{Scenario: "go-exit.rollout", Trial: i + 1, Pods: []report.Pod{p}, Findings: findings, Meta: history.Meta{Replicas: 3, Grace: 30 * time.Second}})
	}
	return r
}

func TestAdvice(t *testing.T) {
	late := report.Finding{Mechanism: LateEndpoint, Hits: 3}
	tests := []struct {
		name    string
		results report.Results
		want    []string // parts of the first advice; none: there is none
		sample  int
	}{
		{"enough", deletions(30, 1400*time.Millisecond, late),
			[]string{"preStop sleep 2 s", "longest of 30 deletions 1.4 s, rounded up", "covers ≥ 90 % at 95 % confidence", "you have none"}, 30},
		{"too few", deletions(5, 1400*time.Millisecond, late), []string{"preStop sleep 2 s", "5 deletions are too few", "that takes 29"}, 5},
		{"nothing was lost", deletions(30, time.Second), nil, 0},
		{"only what cannot be explained", deletions(30, time.Second, report.Finding{Mechanism: Unexplained, Hits: 1}), nil, 0},
		{"idle connections", deletions(1, 0, report.Finding{Mechanism: IdleRace, Hits: 12}), []string{"Connection: close", "12 kept-alive connections were closed under a request"}, 0},
		{"most hits first", deletions(1, 0, late, report.Finding{Mechanism: IdleRace, Hits: 12}), []string{"Connection: close"}, 0},
		{"killed", func() report.Results {
			r := deletions(30, time.Second, late)
			for i := range r.Trials {
				r.Trials[i].Pods[0].Deleted = time.Time{}
			}
			return r
		}(), []string{"killed, not asked to end"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			Advise(&test.results)
			list := test.results.Scenarios[0].Advice
			if len(test.want) == 0 {
				if len(list) > 0 {
					t.Fatalf("advice %+v", list)
				}
				return
			}
			if len(list) == 0 {
				t.Fatal("no advice")
			}
			for _, part := range test.want {
				if !strings.Contains(list[0].Text, part) {
					t.Errorf("%q does not say %q", list[0].Text, part)
				}
			}
			if list[0].Sample != test.sample || (list[0].Covers != nil) != (test.sample > 0) {
				t.Errorf("sample %d, covers %v; want %d", list[0].Sample, list[0].Covers, test.sample)
			}
		})
	}
}

// TestStories: the story of a lost hit and of its pod, and what is not there.
func TestStories(t *testing.T) {
	w := newTale()
	w.deleted("a", 6)
	w.lose(try{from: 6.2, to: 6.2004, cause: history.Refused})
	w.background(0, 20)
	s, err := HitStory(w.all(), "0-0")
	if err != nil || len(s.Conclusion) == 0 || !strings.HasPrefix(s.Conclusion[0], LateEndpoint) {
		t.Fatalf("%+v, %v", s, err)
	}
	last := s.Entries[0].T
	for _, e := range s.Entries {
		if e.T < last {
			t.Errorf("%s comes before what was earlier", e.Text)
		}
		last = e.T
	}
	p, err := PodStory(w.all(), "a")
	if err != nil || !strings.Contains(strings.Join(p.Conclusion, " "), "1 hit lost: "+LateEndpoint) {
		t.Errorf("%+v, %v", p.Conclusion, err)
	}
	for _, wrong := range []func() (Story, error){
		func() (Story, error) { return HitStory(w.all(), "0-999999") },
		func() (Story, error) { return HitStory(w.all(), "9-1") },
		func() (Story, error) { return HitStory(w.all(), "one") },
		func() (Story, error) { return PodStory(w.all(), "z") },
	} {
		if s, err := wrong(); err == nil {
			t.Errorf("a story of what is not there: %+v", s)
		}
	}
}

// TestRemarks: a pod that never heard of its signal, and one that did and was killed.
func TestRemarks(t *testing.T) {
	for name, heard := range map[string]bool{SignalUnheard: false, GraceTooShort: true} {
		w := newTale()
		w.meta.Grace = 2 * time.Second
		w.event(history.SourceAPI, history.EventPodDeleted, "a", 6, "grace", "2")
		if heard {
			w.event(history.SourcePods, history.EventAppSignal, "a", 6.02, "signal", "SIGTERM")
		}
		w.event(history.SourceAPI, history.EventContainerExited, "a", 8, "exitCode", "137", "restarts", "0").Precision = second
		w.event(history.SourcePods, history.EventLogEnd, "a", 9, "complete", "false", "end", history.LogEndExited)
		w.answers["a"] = span{to: micros(6)}
		w.background(0, 20)
		trial := examined(t, w.all())
		if len(trial.Remarks) != 1 || trial.Remarks[0].Kind != name {
			t.Errorf("remarks %+v, want %s", trial.Remarks, name)
		}
	}
}

// TestRemarksOnHooks: what the kubelet says of a hook, and a signal that came before
// a sleep can have been over; a forced deletion says nothing of the set-up.
func TestRemarksOnHooks(t *testing.T) {
	tests := []struct {
		name string
		tell func(*tale)
		want string // kind; empty: no remark
	}{
		{"a hook that failed", func(w *tale) {
			w.event(history.SourceAPI, history.EventKubernetes, "a", 6, "reason", "FailedPreStopHook", "message", "sh: not found")
		}, HookFailed},
		{"a sleep that did not last", func(w *tale) { w.meta.PreStop = "sleep 5" }, HookFailed},
		{"a sleep within what the news of a deletion can be late", func(w *tale) { w.meta.PreStop = "sleep 2" }, ""},
		{"no hook", func(*tale) {}, ""},
	}
	for _, test := range tests {
		w := newTale()
		w.deleted("a", 6)
		test.tell(w)
		w.background(0, 20)
		kinds := ""
		for _, r := range examined(t, w.all()).Remarks {
			kinds += r.Kind
		}
		if kinds != test.want {
			t.Errorf("%s: remarks %q, want %q", test.name, kinds, test.want)
		}
	}
	w := newTale()
	w.event(history.SourceAPI, history.EventPodDeleted, "a", 6, "grace", "0")
	w.event(history.SourcePods, history.EventAppSignal, "a", 6.02, "signal", "SIGTERM")
	w.event(history.SourceAPI, history.EventContainerExited, "a", 8, "exitCode", "137", "restarts", "0")
	w.answers["a"] = span{to: micros(6)}
	w.background(0, 20)
	if r := examined(t, w.all()).Remarks; len(r) > 0 {
		t.Errorf("remarks on a forced deletion: %+v", r)
	}
}

// TestSlowExit: a pod that takes long to exit, and by how much a rollout was over later.
func TestSlowExit(t *testing.T) {
	w := newTale()
	w.event(history.SourceAPI, history.EventPodDeleted, "a", 6, "grace", "30")
	w.event(history.SourceAPI, history.EventEndpointNotReady, "a", 6.1)
	w.event(history.SourcePods, history.EventAppSignal, "a", 6.02, "signal", "SIGTERM")
	w.event(history.SourcePods, history.EventAppExit, "a", 18, "code", "0")
	w.answers["a"] = span{to: micros(6)}
	w.up("d", 6.1)
	w.background(0, 20)
	remarks := examined(t, w.all()).Remarks
	if len(remarks) != 1 || remarks[0].Kind != SlowExit {
		t.Fatalf("remarks %+v", remarks)
	}
	got := strings.Join(remarks[0].Evidence, "; ")
	if want := "pod a: 12.0 s from its deletion to its exit; the last old pod had exited 11.0 s after the last new one was ready: by so much the rollout was over later"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
