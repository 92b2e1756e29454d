package report

import (
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

func podOf(t *testing.T, trial Trial, name string) Pod {
	t.Helper()
	i := slices.IndexFunc(trial.Pods, func(p Pod) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no pod %s in %v", name, trial.Pods)
	}
	return trial.Pods[i]
}

func TestPodLives(t *testing.T) {
	at := func(ms int64) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }
	s := newStory()
	s.find(history.EventPodReady, "a").Node = "worker2"
	// Two hits reach a after its deletion; one of them is answered.
	for i, seq := range []uint64{136, 137} {
		s.hits[seq].Pod, s.conns[seq].Pod = "a", "a"
		s.served[seq].Pod = "a"
		if i == 1 {
			s.hits[seq].Pod, s.hits[seq].Cause, s.conns[seq].Pod = "", history.Closed, ""
			s.served[seq].Status, s.served[seq].Done = 0, 0
		}
	}
	trial := s.analyse(t)
	a := podOf(t, trial, "a")
	for name, c := range map[string]struct{ got, want time.Time }{
		"created":           {a.Created, at(-10000)},
		"ready":             {a.Ready, at(-8000)},
		"deleted":           {a.Deleted, at(13500)},
		"sigterm":           {a.SIGTERM, at(13520)},
		"endpointNotReady":  {a.EndpointNotReady, at(13510)},
		"endpointGone":      {a.EndpointGone, at(14200)},
		"exited":            {a.Exited, at(13990)},
		"lastNewConnection": {a.LastNewConnection, at(13702)}, // of the hit that only a's log tells of
		"prestop":           {a.PreStop, time.Time{}},
	} {
		if !c.got.Equal(c.want) {
			t.Errorf("%s %s, want %s", name, c.got, c.want)
		}
	}
	if a.Role != RoleOld || !a.TakenAway || a.Node != "worker2" || *a.ExitCode != 0 || a.Signal != nil || *a.Restarts != 0 {
		t.Errorf("a is %+v", a)
	}
	if *a.GraceLimit != 30 || *a.GraceUsed != 0.49 || *a.Killed || *a.LateHits != 2 || *a.Answered != 46 {
		t.Errorf("a: limit %v, used %v, killed %v, late %d, answered %d", *a.GraceLimit, *a.GraceUsed, *a.Killed, *a.LateHits, *a.Answered)
	}
	b := podOf(t, trial, "b")
	if b.Role != RoleOld || b.TakenAway || b.ExitCode != nil || b.LateHits != nil || b.GraceLimit != nil || !b.Exited.IsZero() || b.Killed != nil {
		t.Errorf("b, to which nothing happened, is %+v", b)
	}
	if d := podOf(t, trial, "d"); d.Role != RoleNew || d.Restarts != nil {
		t.Errorf("d, which came at 13.0–13.6 s, is %+v", d)
	}
}

// The news of a deletion that comes after the SIGTERM it led to does not make the
// pod's end unknown; an older SIGTERM has nothing to do with the deletion.
func TestDeletionIsNotLaterThanItsEffects(t *testing.T) {
	for name, c := range map[string]struct{ late, want int64 }{
		"40 ms after SIGTERM": {13560, 13520},
		"3 s after SIGTERM":   {16520, 16520},
	} {
		s := newStory()
		s.find(history.EventPodDeleted, "a").T = history.Micros(c.late * 1000)
		a := podOf(t, s.analyse(t), "a")
		if want := epoch.Add(time.Duration(c.want) * time.Millisecond); !a.Deleted.Equal(want) {
			t.Errorf("%s: deleted %s, want %s", name, a.Deleted, want)
		}
	}
}

func TestExits(t *testing.T) {
	deleted := disruptionAt + 500_000
	for name, c := range map[string]struct {
		change           func(*story)
		exited           history.Micros // 0: unknown
		precision        float64
		code, signal     int // -1: unknown
		used             float64
		killed, unknownK bool
	}{
		"by the exit line": {func(*story) {}, disruptionAt + 990_000, 0, 0, -1, 0.49, false, false},
		// The API says 13 to 14 s, seen at 14.1; the deletion was at 13.5, the last line at 13.52.
		"whole seconds, narrowed": {func(s *story) { s.remove(is(history.EventAppExit, "a")) }, deleted + 20_000, 480, 0, -1, 0.02, false, false},
		"seen before its second was over": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.find(history.EventContainerExited, "a").Attrs["seen"] = "13700000"
		}, deleted + 20_000, 180, 0, -1, 0.02, false, false},
		"an exit line with the end yet to come": {func(s *story) {
			delete(s.find(history.EventAppExit, "a").Attrs, "code")
		}, disruptionAt + 990_000, 10, 0, -1, 0.49, false, false},
		"the exit line of one of several": {func(s *story) {
			e := s.find(history.EventAppExit, "a")
			e.Attrs["writer"], e.Attrs["code"] = "7", "1"
		}, disruptionAt + 990_000, 10, 0, -1, 0.49, false, false},
		"killed at the end of the grace period": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.exitAt(disruptionAt+30*sec, "137", "")
		}, disruptionAt + 30*sec, 1000, 137, -1, 29.5, true, false},
		"killed by signal": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.exitAt(disruptionAt+31*sec, "255", "9")
		}, disruptionAt + 31*sec, 1000, 255, 9, 30.5, true, false},
		"137 long before its end": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.exitAt(disruptionAt+20*sec, "137", "")
		}, disruptionAt + 20*sec, 1000, 137, -1, 19.5, false, false},
		"a grace period of its own": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.find(history.EventPodDeleted, "a").Attrs["grace"] = "5"
			s.exitAt(disruptionAt+5*sec, "137", "")
		}, disruptionAt + 5*sec, 1000, 137, -1, 4.5, true, false},
		"only the process was seen to go": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.remove(is(history.EventContainerExited, "a"))
			s.event(history.SourceNode, history.EventProcessGone, "a", disruptionAt+2*sec)
		}, deleted + 20_000, 680, -1, -1, 0.02, false, true},
		"only the process, after a forced deletion": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.remove(is(history.EventContainerExited, "a"))
			s.remove(is(history.EventLogEnd, "a"))
			s.find(history.EventPodDeleted, "a").Attrs["grace"] = "0"
			s.event(history.SourceNode, history.EventProcessGone, "a", disruptionAt+2*sec)
		}, deleted + 20_000, 1480, -1, -1, 0.02, false, true},
		"nobody saw it end": {func(s *story) {
			s.remove(is(history.EventAppExit, "a"))
			s.remove(is(history.EventContainerExited, "a"))
		}, 0, 0, -1, -1, -1, false, true},
		"only its exit line": {func(s *story) { s.remove(is(history.EventContainerExited, "a")) }, disruptionAt + 990_000, 0, 0, -1, 0.49, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			c.change(s)
			p := podOf(t, s.analyse(t), "a")
			if c.exited == 0 {
				if !p.Exited.IsZero() || p.ExitedPrecision != nil || p.GraceUsed != nil || p.ExitCode != nil {
					t.Fatalf("nobody saw it, and it is %+v", p)
				}
				return
			}
			if want := epoch.Add(c.exited.Duration()); !p.Exited.Equal(want) || *p.ExitedPrecision != c.precision {
				t.Errorf("exited %s + %v ms, want %s + %v ms", p.Exited, *p.ExitedPrecision, want, c.precision)
			}
			if known(p.ExitCode) != c.code || known(p.Signal) != c.signal {
				t.Errorf("exit code %d, signal %d", known(p.ExitCode), known(p.Signal))
			}
			if *p.GraceUsed != c.used {
				t.Errorf("grace used %v, want %v", *p.GraceUsed, c.used)
			}
			if (p.Killed == nil) != c.unknownK || p.Killed != nil && *p.Killed != c.killed {
				t.Errorf("killed is %v", p.Killed)
			}
		})
	}
}

func known(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// exitAt lets a's container exit in the second that begins at t.
func (s *story) exitAt(t history.Micros, code, signal string) {
	s.remove(func(e history.Event) bool {
		return e.Pod == "a" && slices.Contains([]string{history.EventContainerExited, history.EventPodGone, history.EventEndpointGone, history.EventLogEnd}, e.Type)
	})
	s.event(history.SourceAPI, history.EventContainerExited, "a", t, "exitCode", code, "signal", signal, "restarts", "0").Precision = sec
	s.find(history.EventPodDeleted, "a").T = disruptionAt + 500_000
}

// A pod is new when it came after the disruption had begun, which whole seconds
// alone do not tell.
func TestRoles(t *testing.T) {
	for name, c := range map[string]struct {
		created, precision history.Micros
		seen               string
		ready              history.Micros
		want               string
	}{
		"created within the second in which it began":           {disruptionAt - 500_000, sec, "13200000", disruptionAt + sec, RoleNew},
		"within that second, and seen before":                   {disruptionAt - 500_000, sec, "12900000", disruptionAt + sec, RoleOld},
		"within that second, and ready before":                  {disruptionAt - 500_000, sec, "13200000", disruptionAt - 1, RoleOld},
		"the second before":                                     {disruptionAt - sec, sec, "", disruptionAt + sec, RoleOld},
		"seen late by a list, created long before, never ready": {warmupAt, sec, "20000000", drainedAt, RoleOld},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			e := s.event(history.SourceAPI, history.EventPodCreated, "x", c.created, "seen", c.seen)
			e.Precision = c.precision
			s.event(history.SourceAPI, history.EventPodReady, "x", c.ready)
			if got := podOf(t, s.analyse(t), "x").Role; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// An endpoint begins as not ready; what ends new traffic is when it last stopped
// to be.
func TestEndpointNotReady(t *testing.T) {
	s := newStory()
	s.event(history.SourceAPI, history.EventEndpointNotReady, "a", -9*sec)
	s.event(history.SourceAPI, history.EventEndpointNotReady, "b", baselineAt)
	s.event(history.SourceAPI, history.EventEndpointReady, "b", baselineAt+sec)
	trial := s.analyse(t)
	if got := podOf(t, trial, "a").EndpointNotReady; !got.Equal(epoch.Add(13510 * time.Millisecond)) {
		t.Errorf("a's endpoint stopped at %s", got)
	}
	if got := podOf(t, trial, "b").EndpointNotReady; !got.IsZero() {
		t.Errorf("b's endpoint stopped at %s, and it is ready again", got)
	}
}

// The kubelet's event says when it begins to take a pod down; what it does first is
// the hook, where there is one.
func TestPreStop(t *testing.T) {
	const second = history.Micros(1e6)
	stopping := func(s *story) *history.Event {
		return s.event(history.SourceAPI, history.EventKubernetes, "a", 13*second, "reason", "Killing", "message", "Stopping container app")
	}
	tests := []struct {
		name   string
		tell   func(*story)
		at     int64 // ms; 0: unknown
		within float64
	}{
		{"not before the deletion, nor after the signal", func(s *story) { stopping(s).Precision = second }, 13500, 20},
		{"exactly", func(s *story) { stopping(s).T = 13510 * 1000 }, 13510, 0},
		{"no hook", func(s *story) { stopping(s).Precision = second; s.meta.PreStop = "" }, 0, 0},
		{"of another container", func(s *story) { stopping(s).Precision = second; s.meta.Container = "proxy" }, 0, 0},
		{"a probe that failed", func(s *story) {
			stopping(s).Attrs["message"] = "Container app failed liveness probe, will be restarted"
		}, 0, 0},
		{"long before the deletion", func(s *story) { stopping(s).T = 5 * second }, 0, 0},
	}
	for _, test := range tests {
		s := newStory()
		s.meta.PreStop = "sleep 5"
		test.tell(s)
		a := podOf(t, s.analyse(t), "a")
		if test.at == 0 {
			if !a.PreStop.IsZero() || a.PreStopPrecision != nil {
				t.Errorf("%s: preStop at %s, want none", test.name, a.PreStop)
			}
			continue
		}
		if want := epoch.Add(time.Duration(test.at) * time.Millisecond); !a.PreStop.Equal(want) || a.PreStopPrecision == nil || *a.PreStopPrecision != test.within {
			t.Errorf("%s: preStop at %s within %v ms, want %s within %v", test.name, a.PreStop, a.PreStopPrecision, want, test.within)
		}
	}
}
