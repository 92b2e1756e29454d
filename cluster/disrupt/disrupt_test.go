package disrupt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
)

// run performs a disruption and returns what was announced and done, in order.
func run(t *testing.T, name string, e *everything) (log []string, heal func(context.Context) error, err error) {
	t.Helper()
	d, ok := Named(name)
	if !ok {
		t.Fatalf("no disruption %s", name)
	}
	heal, err = d.Do(t.Context(), e, func(action string, attrs ...string) {
		e.log = append(e.log, "acting "+strings.Join(append([]string{action}, attrs...), " "))
	})
	return e.log, heal, err
}

func TestEachDisruptionAnnouncesActsAndWaits(t *testing.T) {
	for _, c := range []struct {
		name, disruption string
		stale            int
		want             []string
		wasDeleted       int
	}{
		{"rollout", "rollout", 0, []string{"acting restart", "restart"}, 3},
		{"rollout seen late", "rollout", 3, []string{"acting restart", "restart"}, 3},
		{"scale-down", "scale-down", 0, []string{"acting scale replicas 1", "scale 1", "acting scale replicas 3", "scale 3"}, 2},
		{"scale-down seen late", "scale-down", 3, []string{"acting scale replicas 1", "scale 1", "acting scale replicas 3", "scale 3"}, 2},
		// pod-w is the third that was made and the first by name.
		{"pod-delete", "pod-delete", 0, []string{"acting delete pod pod-w", "delete uid-3"}, 1},
		{"pod-delete seen late", "pod-delete", 3, []string{"acting delete pod pod-w", "delete uid-3"}, 1},
		{"pod-force-delete", "pod-force-delete", 0, []string{"acting delete pod pod-w grace 0", "delete uid-3 0", "gone uid-3"}, 1},
		{"eviction", "eviction", 0, []string{"acting evict pod pod-w", "evict uid-3"}, 1},
		{"eviction seen late", "eviction", 3, []string{"acting evict pod pod-w", "evict uid-3"}, 1},
		{"kill", "kill", 0, []string{"acting signal pod pod-w signal SIGKILL", "signal uid-3 9"}, 0},
		{"kill seen late", "kill", 3, []string{"acting signal pod pod-w signal SIGKILL", "signal uid-3 9"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &everything{machine: newMachine(3)}
			before := clone(e.state)
			e.stale = c.stale
			log, _, err := run(t, c.disruption, e)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(log, c.want) {
				t.Errorf("did %q, want %q", log, c.want)
			}
			if !e.state.Settled() || len(e.next) > 0 {
				t.Errorf("returned with %d steps to come, in state %+v", len(e.next), e.state)
			}
			left := 0
			for _, p := range before.Pods {
				if _, there := e.state.Pod(p.UID); there {
					left++
				}
			}
			if left != len(before.Pods)-c.wasDeleted {
				t.Errorf("%d of the old pods are left", left)
			}
			if e.processAlive {
				t.Error("returned while the process was alive")
			}
		})
	}
}

func TestKillWantsTheExitCodeAndOneRestart(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(*cluster.State)
		want string
	}{
		{"another exit code", func(s *cluster.State) { p := pod(s, "uid-3"); p.ExitCode, p.Restarts = new(int32(2)), 1 }, "exit code 2: want 137"},
		{"no exit code", func(s *cluster.State) { pod(s, "uid-3").Restarts = 1 }, "does not say how its process had ended"},
		{"two restarts", func(s *cluster.State) { p := pod(s, "uid-3"); p.ExitCode, p.Restarts = new(int32(137)), 2 }, "restarted 2 times: want 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &everything{machine: newMachine(3), killed: []func(*cluster.State){c.step}}
			if _, _, err := run(t, "kill", e); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v: want it to say %q", err, c.want)
			}
		})
	}
}

func TestKillWaitsForTheRestart(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(*cluster.State)
	}{
		{"no restart", func(s *cluster.State) { pod(s, "uid-3").ExitCode = new(int32(137)) }},
		{"not ready again", func(s *cluster.State) {
			p := pod(s, "uid-3")
			p.ExitCode, p.Restarts, p.Ready = new(int32(137)), 1, false
		}},
		{"another pod", func(s *cluster.State) { p := pod(s, "uid-1"); p.ExitCode, p.Restarts = new(int32(137)), 1 }},
		{"the pod is gone", remove("uid-3")},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &everything{machine: newMachine(3), killed: []func(*cluster.State){c.step}}
			if _, _, err := run(t, "kill", e); !errors.Is(err, errStuck) {
				t.Errorf("error %v: took it for the end", err)
			}
		})
	}
}

func TestScaleDownHealsWhatItLeftHalfDone(t *testing.T) {
	e := &everything{machine: newMachine(3)}
	broken := errors.New("the API server is away")
	e.fail["scale 3"] = broken
	_, heal, err := run(t, "scale-down", e)
	if !errors.Is(err, broken) {
		t.Fatalf("error %v, want %v", err, broken)
	}
	if heal == nil {
		t.Fatal("nothing to heal with")
	}
	delete(e.fail, "scale 3")
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e.state.Desired != 3 || !e.state.Settled() {
		t.Errorf("healed to %+v", e.state)
	}
}

func TestScaleDownNeedsTwoReplicas(t *testing.T) {
	e := &everything{machine: newMachine(1)}
	log, _, err := run(t, "scale-down", e)
	if err == nil || len(log) > 0 {
		t.Errorf("did %q, error %v", log, err)
	}
}

func TestNothingIsDoneBeforeTheTargetIsSettled(t *testing.T) {
	for _, d := range All() {
		if d.Name == "none" {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			e := &everything{machine: newMachine(3)}
			e.state.Pods[0].Ready = false
			log, _, err := run(t, d.Name, e)
			if !errors.Is(err, errStuck) || len(log) > 0 {
				t.Errorf("did %q, error %v", log, err)
			}
		})
	}
}

func TestAMissingCapabilityIsFoundBeforeAnythingIsDone(t *testing.T) {
	for _, c := range []struct {
		name    string
		subject func(*machine) Subject
		cannot  []string
	}{
		{"nothing", func(m *machine) Subject { return m }, []string{"rollout", "scale-down", "pod-delete", "pod-force-delete", "eviction", "kill"}},
		{"only deletes", func(m *machine) Subject {
			return struct {
				*machine
				Deleter
			}{m, &everything{machine: m}}
		}, []string{"rollout", "scale-down", "pod-force-delete", "eviction", "kill"}},
	} {
		for _, name := range c.cannot {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				m := newMachine(3)
				d, _ := Named(name)
				_, err := d.Do(t.Context(), c.subject(m), func(string, ...string) { t.Error("announced an act") })
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("error %v, want errors.ErrUnsupported", err)
				}
				if len(m.log) > 0 {
					t.Errorf("did %q", m.log)
				}
			})
		}
	}
}

func TestAFailedActIsTold(t *testing.T) {
	broken := errors.New("the API server is away")
	for name, act := range map[string]string{
		"rollout": "restart", "scale-down": "scale 1", "pod-delete": "delete uid-3",
		"pod-force-delete": "delete uid-3 0", "eviction": "evict uid-3", "kill": "signal uid-3 9",
	} {
		t.Run(name, func(t *testing.T) {
			e := &everything{machine: newMachine(3)}
			e.fail[act] = broken
			if _, _, err := run(t, name, e); !errors.Is(err, broken) {
				t.Errorf("error %v, want %v", err, broken)
			}
		})
	}
}

func TestNoneHoldsItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if _, _, err := run(t, "none", &everything{machine: newMachine(3)}); err != nil {
			t.Fatal(err)
		}
		if held := time.Since(began); held != holdFor {
			t.Errorf("held for %s, want %s", held, holdFor)
		}
	})
}

func TestNoneEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	cancel(why)
	d, _ := Named("none")
	if _, err := d.Do(ctx, newMachine(3), func(string, ...string) {}); !errors.Is(err, why) {
		t.Errorf("error %v, want %v", err, why)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All() {
		if d.Name == "" || d.Doc == "" || d.Do == nil || seen[d.Name] {
			t.Errorf("disruption %q lacks something or is there twice", d.Name)
		}
		seen[d.Name] = true
	}
	if _, ok := Named("no such thing"); ok {
		t.Error("found a disruption that does not exist")
	}
}

func TestWhatDisruptionsLeave(t *testing.T) {
	for name, want := range map[string][2]int{ // of 3 replicas, with maxUnavailable 0 and 1
		"none": {3, 3}, "rollout": {3, 2}, "scale-down": {1, 1}, "pod-delete": {2, 2}, "pod-force-delete": {2, 2}, "eviction": {2, 2}, "kill": {2, 2},
	} {
		d, _ := Named(name)
		if got := [2]int{d.Left(3, 0), d.Left(3, 1)}; got != want {
			t.Errorf("%s leaves %v, want %v", name, got, want)
		}
	}
	for _, d := range All() {
		if d.Left == nil {
			t.Errorf("%s does not say what it leaves", d.Name)
		} else if left := d.Left(3, 0); left < 0 || left > 3 {
			t.Errorf("%s leaves %d of 3", d.Name, left)
		}
	}
}
