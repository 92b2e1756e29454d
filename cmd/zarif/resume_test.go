package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

// whole ends a history as planned; records are those before its end mark.
func whole(records uint64, reason string) history.Record {
	return history.Record{End: &history.End{Source: history.SourceHarness, Records: records, Reason: reason}}
}

// begun is a session of scenarios a, b and c, two trials each, whose folder holds
// what a run left that was cut.
func begun(t *testing.T, out string) *session {
	t.Helper()
	s := &session{runOptions: runOptions{trials: 2, out: out}}
	for _, name := range []string{"a", "b", "c"} {
		s.planned = append(s.planned, planned{meta: history.Meta{Scenario: name}})
	}
	return s
}

// What is finished is kept, whatever its verdict; all else is run, and what there
// was of it is set aside.
func TestResumeKeepsWhatIsFinished(t *testing.T) {
	out := t.TempDir()
	s := begun(t, out)
	jobs := s.jobs(history.ClusterInfo{})
	skipped := history.Record{Event: &history.Event{Source: history.SourceHarness, Type: history.EventSkipped}}
	for i, left := range [][]history.Record{
		{whole(1, "")},                   // a 1: finished
		{whole(1, "interrupted")},        // a 2: Ctrl-C
		{},                               // b 1: killed, no end mark
		{whole(1, "warm-up: no answer")}, // b 2: failed
		{skipped, whole(2, "")},          // c 1: the cluster cannot do it
		nil,                              // c 2: never begun, and never to be
	} {
		if left != nil {
			write(t, trial.Config{Meta: jobs[i].meta, Dir: jobs[i].dir}, left...)
		}
	}
	s.resumed = &resumed{survey: surveyOf(jobs, nil)}
	if sv := s.resumed.survey; sv.done != 3 || len(sv.left) != 3 || len(sv.cut) != 3 {
		t.Errorf("done %d, left %v, cut %d; want 3, a 2, b 1 and b 2, 3", sv.done, sv.left, len(sv.cut))
	}
	var ran []string
	show := &silent{done: map[string]string{}}
	trials, err := s.trialsOn(t.Context(), &site{show: show, execute: func(_ context.Context, c trial.Config) error {
		ran = append(ran, fmt.Sprint(c.Meta.Scenario, c.Meta.Trial))
		if exists(c.Dir) {
			t.Errorf("%s is still there", c.Dir)
		}
		write(t, c, whole(1, ""))
		return nil
	}}, history.ClusterInfo{}, 1)
	if want := []string{"a2", "b1", "b2"}; err != nil || !slices.Equal(ran, want) {
		t.Fatalf("ran %v, error %v, want %v", ran, err, want)
	}
	r := report.Collect(trials)
	var order []string
	for _, trial := range r.Trials {
		order = append(order, fmt.Sprint(trial.Scenario, trial.Trial))
	}
	if want := []string{"a1", "a2", "b1", "b2"}; !slices.Equal(order, want) || len(r.Skipped) != 1 || r.Skipped[0].Scenario != "c" {
		t.Errorf("results hold %v, skipped %v; want %v as in one go, and c", order, r.Skipped, want)
	}
	for _, dir := range []string{"a/2.1", "b/1.1", "b/2.1"} {
		if !exists(filepath.Join(out, "set-aside", dir, trial.HistoryFile)) {
			t.Errorf("what was measured of %s is lost", dir)
		}
	}
	if again := surveyOf(s.jobs(history.ClusterInfo{}), nil); len(again.left) != 0 || len(again.kept) != 5 {
		t.Errorf("after that %v is left, %d are kept", again.left, len(again.kept))
	}
}

// Of a scenario that changed nothing is kept.
func TestResumeSetsAsideWhatChanged(t *testing.T) {
	s := begun(t, t.TempDir())
	jobs := s.jobs(history.ClusterInfo{})
	for _, j := range jobs {
		write(t, trial.Config{Meta: j.meta, Dir: j.dir}, whole(1, ""))
	}
	sv := surveyOf(jobs, map[string]bool{"b": true})
	if len(sv.kept) != 4 || !sv.left["b 1/2"] || !sv.left["b 2/2"] || len(sv.left) != 2 {
		t.Errorf("kept %d, left %v", len(sv.kept), sv.left)
	}
}

// aPlan is a run of one scenario on the local cluster as it is kept.
func aPlan(t *testing.T) (dir string, p plan) {
	t.Helper()
	s, err := runOptions{trials: 1, seed: 7, rate: 20, output: "table", where: clusterOptions{want: clusterLocal, kind: kindOptions{nodes: 3}}}.
		prepare([]string{"go-exit.rollout"}, streams{})
	if err != nil {
		t.Skip(err) // without its binaries
	}
	if p, err = s.asked(choice{cluster: clusterLocal, why: "asked for"}); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := p.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir, p
}

func TestResumeNamesWhatIsNotAsItWas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*plan)
		want   string // in the error; empty: none
	}{
		{"nothing", func(*plan) {}, ""},
		{"another build", func(p *plan) { p.Build, p.Tool.Version = "0", "v0.1" }, "zarif itself: this is .*, another build than v0.1"},
		{"the workload", func(p *plan) { p.Scenarios[0].Workload = "0" }, "scenario go-exit.rollout: workload"},
		{"rate and grace period", func(p *plan) {
			p.Scenarios[0].Meta.Streams[0].Rate, p.Scenarios[0].Meta.Grace = 1, 1
		}, "scenario go-exit.rollout: grace, streams"},
		{"no such scenario", func(p *plan) { p.Scenarios[0].Meta.Scenario = "gone.rollout" }, "scenario gone.rollout is there no more"},
		{"another schema", func(p *plan) { p.Schema = "zarif.plan/v9" }, `schema "zarif.plan/v9"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, p := aPlan(t)
			c.change(&p)
			if err := p.write(dir); err != nil {
				t.Fatal(err)
			}
			s, err := runOptions{resume: dir, output: "table"}.continued()
			if c.want == "" {
				if err != nil || s.seed != 7 || s.rate != 20 || s.where.want != clusterLocal || len(s.resumed.survey.left) != 1 {
					t.Fatalf("error %v", err)
				}
				defer s.folder.held.Close()
				if _, err := holdFolder(dir); err == nil {
					t.Error("two runs hold the folder")
				}
				return
			}
			if err == nil || exitCode(err) != exitUsage || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if again, err := holdFolder(dir); err != nil {
				t.Errorf("the folder is still held: %v", err)
			} else {
				again.held.Close()
			}
		})
	}
}

// What is allowed to have changed is run as it is now.
func TestResumeAllowed(t *testing.T) {
	t.Parallel()
	dir, p := aPlan(t)
	rate := p.Scenarios[0].Meta.Streams[0].Rate
	p.Scenarios[0].Meta.Streams[0].Rate = 1
	if err := p.write(dir); err != nil {
		t.Fatal(err)
	}
	s, err := runOptions{resume: dir, output: "table", allowChanged: true}.continued()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.begin(choice{cluster: clusterLocal}); err != nil {
		t.Fatal(err)
	}
	if err := s.folder.held.Close(); err != nil {
		t.Fatal(err)
	}
	now, err := readPlan(dir)
	if err != nil || now.Scenarios[0].Meta.Streams[0].Rate != rate {
		t.Errorf("the plan was not brought up to date: %+v, %v", now.Scenarios[0].Meta.Streams, err)
	}
}

func TestResumeOnAnotherCluster(t *testing.T) {
	s := &session{resumed: &resumed{survey: survey{kept: []report.Trial{
		{Meta: history.Meta{Cluster: history.ClusterInfo{Kubernetes: "v1.34.4", Nodes: []string{"a", "b", "c"}}}},
	}}}}
	if err := s.sameCluster(history.ClusterInfo{Kubernetes: "v1.34.4", Nodes: []string{"d", "e", "f"}, Name: "other"}); err != nil {
		t.Error(err)
	}
	err := s.sameCluster(history.ClusterInfo{Kubernetes: "v1.35.4", Nodes: []string{"a"}})
	if err == nil || !strings.Contains(err.Error(), "cluster, Kubernetes: v1.35.4, finished trials had v1.34.4\n- cluster, nodes: 1, finished trials had 3") {
		t.Errorf("error %v", err)
	}
}

// A file is there whole or not at all.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	if err := keep(dir, report.Collect(nil)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || json.Unmarshal(text, new(report.Results)) != nil {
		t.Fatalf("%s, %v", text, err)
	}
	broken := errors.New("broken")
	err = writeWhole(filepath.Join(dir, "results.json"), func(w io.Writer) error {
		w.Write([]byte("half"))
		return broken
	})
	after, _ := os.ReadFile(filepath.Join(dir, "results.json"))
	if !errors.Is(err, broken) || string(after) != string(text) {
		t.Errorf("error %v, the file is now %q", err, after)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
