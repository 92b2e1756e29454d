package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

// silent is a display that keeps the lines of results.
type silent struct {
	mu   sync.Mutex
	done map[string]string
}

func (s *silent) step(string)                       {}
func (s *silent) note(string)                       {}
func (s *silent) trial(string) func(trial.Progress) { return func(trial.Progress) {} }
func (s *silent) close()                            {}
func (s *silent) trialDone(name, result string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[name] = result
}

// write is a history without a hit, as a trial leaves it.
func write(t *testing.T, c trial.Config, records ...history.Record) {
	t.Helper()
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := history.Create(filepath.Join(c.Dir, trial.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	c.Meta.Started = time.Now()
	w.Put(history.Record{Meta: &c.Meta})
	for _, r := range records {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// sideBySide runs scenarios a, b … in two trials each.
func sideBySide(t *testing.T, ctx context.Context, parallel int, execute func(context.Context, trial.Config) error, scenarios ...string) (names []string, done map[string]string, err error) {
	t.Helper()
	s := session{runOptions: runOptions{trials: 2, out: t.TempDir()}}
	for _, name := range scenarios {
		s.planned = append(s.planned, planned{meta: history.Meta{Scenario: name}})
	}
	show := &silent{done: map[string]string{}}
	trials, err := runTrials(ctx, &site{show: show, execute: execute}, s.jobs(history.ClusterInfo{Type: "local"}), parallel)
	for _, trial := range trials {
		names = append(names, fmt.Sprintf("%s %d", trial.Scenario, trial.Trial))
		if trial.Meta.Cluster.Type != "local" || trial.Meta.Place == 0 {
			t.Errorf("the meta of %s lacks its cluster or place: %+v", trial.Scenario, trial.Meta)
		}
	}
	return names, show.done, err
}

// Trials run side by side, never more than asked for, and come out as planned.
func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		count := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			now += by
			most = max(most, now)
		}
		began := time.Now()
		names, done, err := sideBySide(t, t.Context(), 3, func(_ context.Context, c trial.Config) error {
			count(+1)
			defer count(-1)
			time.Sleep(time.Duration(10-c.Meta.Place) * time.Second) // the later the quicker
			write(t, c)
			return nil
		}, "c", "a", "b", "d")
		if want := []string{"c 1", "c 2", "a 1", "a 2", "b 1", "b 2", "d 1", "d 2"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("%v, %v, want %v", names, err, want)
		}
		if most != 3 || len(done) != 8 || time.Since(began) > 25*time.Second {
			t.Errorf("%d ran at once, %d lines, in %s; want 3, 8, and a third of 60 s", most, len(done), time.Since(began))
		}
	})
}

// A trial that fails is named, and the others go on.
func TestOneFails(t *testing.T) {
	broken := errors.New("broken")
	names, done, err := sideBySide(t, t.Context(), 2, func(_ context.Context, c trial.Config) error {
		switch fmt.Sprint(c.Meta.Scenario, c.Meta.Trial) {
		case "a1": // without a history
			return broken
		case "a2": // with one
			write(t, c)
			return broken
		case "b1": // with one that cannot be read
			os.MkdirAll(c.Dir, 0o755)
			return os.WriteFile(filepath.Join(c.Dir, trial.HistoryFile), []byte("no history"), 0o644)
		}
		write(t, c)
		return nil
	}, "a", "b")
	if want := []string{"a 2", "b 2"}; !slices.Equal(names, want) {
		t.Errorf("measured %v, want %v", names, want)
	}
	text := fmt.Sprint(err)
	if !errors.Is(err, broken) || !strings.Contains(text, "a 1/2: broken\na 2/2: broken\nb 1/2: ") {
		t.Errorf("errors:\n%s", text)
	}
	if done["a 1/2"] != "not measured: broken" || !strings.Contains(done["b 1/2"], "cannot be read") {
		t.Errorf("lines %q", done)
	}
}

// After an interrupt none begins, those that run keep what they have.
func TestInterruptedSideBySide(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Add(3)
	go func() { running.Wait(); cancel() }()
	names, done, err := sideBySide(t, ctx, 3, func(ctx context.Context, c trial.Config) error {
		running.Done() // panics at a fourth
		<-ctx.Done()
		write(t, c)
		return ctx.Err()
	}, "a", "b", "c")
	if want := []string{"a 1", "a 2", "b 1"}; !errors.Is(err, context.Canceled) || !slices.Equal(names, want) || len(done) != 3 {
		t.Errorf("%v, %v, %q; want %v", names, err, done, want)
	}
}

// What the cluster cannot do is tried once.
func TestSkippedScenario(t *testing.T) {
	runs := 0
	names, done, err := sideBySide(t, t.Context(), 1, func(_ context.Context, c trial.Config) error {
		runs++
		var reason []history.Record
		if c.Meta.Scenario == "a" {
			reason = append(reason, history.Record{Event: &history.Event{
				Source: history.SourceHarness, Type: history.EventSkipped, Attrs: map[string]string{"reason": "no namespaces"},
			}})
		}
		write(t, c, reason...)
		return nil
	}, "a", "b")
	if want := []string{"a 1", "b 1", "b 2"}; err != nil || runs != 3 || !slices.Equal(names, want) {
		t.Errorf("%d runs, %v, %v; want 3 and %v", runs, names, err, want)
	}
	if done["a 1/2"] != "skipped: no namespaces" || done["a 2/2"] == "" {
		t.Errorf("lines %q", done)
	}
}

// A trial records of the images that were built for the cluster its own alone.
func TestATrialsImages(t *testing.T) {
	a := cluster.Image{Name: "zarif/app-a", Build: &cluster.Build{}}
	s := session{runOptions: runOptions{trials: 1}, planned: []planned{
		{meta: history.Meta{Scenario: "a"}, workload: cluster.Workload{Images: []cluster.Image{a, {Name: "other"}}}}, {meta: history.Meta{Scenario: "b"}},
	}}
	jobs := s.jobs(history.ClusterInfo{Type: "kind", Built: []history.Built{{Reference: a.Reference(), Base: "debian"}, {Reference: "zarif/app-b:sha-2"}}})
	if got := jobs[0].meta.Built; len(got) != 1 || got[0].Base != "debian" || len(jobs[0].meta.Images) != 2 {
		t.Errorf("a's images are %+v", got)
	}
	if got := jobs[1].meta.Built; len(got) != 0 || jobs[0].meta.Cluster.Built != nil {
		t.Errorf("b's images are %+v, the cluster's %+v", got, jobs[0].meta.Cluster.Built)
	}
}
