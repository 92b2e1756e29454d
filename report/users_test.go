package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"zarif/report/history"
)

// users makes the story that of an application which is not ours: nothing of it is
// logged, and no answer names its pod.
func (s *story) users() {
	s.meta.LogsHits, s.meta.Users, s.meta.Container = false, true, "app"
	s.served = nil
	s.remove(func(e history.Event) bool { return e.Source == history.SourcePods })
	for i := range s.hits {
		s.hits[i].Pod = ""
	}
	for i := range s.conns {
		s.conns[i].Pod = ""
	}
	for i := range s.events {
		if of := s.events[i].Type; of == history.EventContainerStarted || of == history.EventContainerExited {
			s.events[i].Attrs["container"] = "app"
		}
	}
}

// onConnections makes all hits of the stream share so many connections.
func (s *story) onConnections(n int) {
	s.meta.Streams[0].Connection = history.Reused
	for i := range s.hits {
		s.hits[i].Conn = uint32(i%n) + 1
	}
	s.conns = s.conns[:n]
}

func TestWorkloadsOfUsers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*story)
		want   Verdict
		reason string
	}{
		"nothing happened to any hit": {func(*story) {}, Pass, ""},
		"over budget":                 {func(s *story) { s.drop(0, disruptionAt+600_000, 1, history.Refused) }, Fail, "1 of 330"},
		"no pod taken away":           {func(s *story) { s.nothingTakenAway() }, Inconclusive, "not exposed: no pod was seen to be taken away"},
		"kept connections, enough":    {func(s *story) { s.onConnections(12) }, Pass, ""},
		// (2/3)^11 = 1.2 %, (2/3)^12 = 0.8 %.
		"kept connections, too few": {func(s *story) { s.onConnections(11) }, Inconclusive, "its 11 connections of the baseline led to none of the 1 of 3 pods that were taken away with a chance of 2 %"},
		"it came only later": {func(s *story) {
			for _, kind := range []string{history.EventPodReady, history.EventPodCreated, history.EventContainerStarted} {
				s.find(kind, "a").T = disruptionAt + 100_000
			}
		}, Inconclusive, "no pod that the disruption took away was ready before it"},
		"another container ends": {func(s *story) {
			s.event(history.SourceAPI, history.EventContainerExited, "b", recoveryAt, "container", "metrics", "exitCode", "1", "restarts", "0")
		}, Pass, ""},
		"another container restarts": {func(s *story) {
			s.event(history.SourceAPI, history.EventContainerExited, "b", recoveryAt, "container", "metrics", "exitCode", "1", "restarts", "0")
			s.event(history.SourceAPI, history.EventContainerStarted, "b", recoveryAt+sec, "container", "metrics", "restarts", "1")
		}, Inconclusive, "containers restarted 1 times (b 1×)"},
		"what happened before": {func(s *story) {
			for _, e := range []*history.Event{
				s.event(history.SourceAPI, history.EventContainerExited, "b", -100*sec, "container", "app", "exitCode", "137", "restarts", "6"),
				s.event(history.SourceAPI, history.EventContainerStarted, "b", -99*sec, "container", "app", "restarts", "7"),
			} {
				e.Precision = sec
			}
			s.remove(func(e history.Event) bool {
				return e.Type == history.EventContainerStarted && e.Pod == "b" && e.Attrs["restarts"] == "0"
			})
		}, Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			s.users()
			c.change(s)
			trial := s.analyse(t)
			if trial.Verdict != c.want || c.reason != "" && !strings.Contains(strings.Join(trial.Reasons, "\n"), c.reason) {
				t.Errorf("verdict %s, reasons %q; want %s, %q", trial.Verdict, trial.Reasons, c.want, c.reason)
			}
			if trial.Ledger != nil || len(trial.Unseen) == 0 {
				t.Errorf("ledger %v, missing evidence %q", trial.Ledger, trial.Unseen)
			}
		})
	}
}

// What nobody saw is absent, and no zero.
func TestWhatIsUnknownOfUsersPods(t *testing.T) {
	s := newStory()
	s.users()
	s.event(history.SourceAPI, history.EventContainerExited, "a", disruptionAt+4*sec, "container", "sidecar", "exitCode", "9", "restarts", "0")
	s.event(history.SourceAPI, history.EventNote, "", recoveryAt, "text", "the annotation stays", "stays", "true")
	trial := s.analyse(t)
	i := slices.IndexFunc(trial.Pods, func(p Pod) bool { return p.Name == "a" })
	p := trial.Pods[i]
	if p.Answered != nil || p.LateHits != nil || !p.SIGTERM.IsZero() || p.Signals != nil {
		t.Errorf("answered %v, late hits %v, signal at %v, signals %v", p.Answered, p.LateHits, p.SIGTERM, p.Signals)
	}
	if text, err := json.Marshal(p); err != nil || strings.Contains(string(text), "answered") {
		t.Errorf("%s, error %v: want nothing about answers", text, err)
	}
	if p.ExitCode == nil || *p.ExitCode != 0 {
		t.Errorf("exit code %v, want that of the container that serves", p.ExitCode)
	}
	if !slices.Equal(trial.Stays, []string{"the annotation stays"}) {
		t.Errorf("stays %q", trial.Stays)
	}
	if p.Drain == nil {
		t.Error("without a preStop hook it is known when the pod was asked to end")
	}
	s.meta.PreStop = "exec sh -c ./drain"
	if p := s.analyse(t).Pods[i]; p.Drain != nil {
		t.Errorf("how long the hook took is not known, and yet %+v", p.Drain)
	}
}

// Nothing was missing where our fixtures ran.
func TestFixturesMissNoEvidence(t *testing.T) {
	if trial := newStory().analyse(t); len(trial.Unseen)+len(trial.Stays) > 0 {
		t.Errorf("missing %q, stays %q", trial.Unseen, trial.Stays)
	}
}
