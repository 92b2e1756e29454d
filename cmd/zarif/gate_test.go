package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

// resultsFile writes a results.json of shop.rollout, one trial for each number of
// drops.
func resultsFile(t *testing.T, name string, began time.Time, drops ...int) string {
	t.Helper()
	r := report.Results{Schema: report.Schema, Cluster: report.ClusterInfo{Type: "local"}}
	for i, n := range drops {
		verdict := report.Pass
		if n > 0 {
			verdict = report.Fail
		}
		r.Trials = append(r.Trials, report.Trial{
			Scenario: "shop.rollout", Disruption: "rollout", Trial: i + 1, Started: began.Add(time.Duration(i) * time.Minute), Verdict: verdict,
			Limits:  report.Limits{Budget: map[string]int{"fresh": 0}},
			Streams: []report.Stream{{Name: "fresh", Rate: 100, Counts: report.Counts{Sent: 1000, Dropped: n}}},
		})
	}
	path := filepath.Join(t.TempDir(), name)
	if err := writeWhole(path, func(w io.Writer) error { return report.WriteJSON(w, r) }); err != nil {
		t.Fatal(err)
	}
	return path
}

// inProcess runs a command line in this process.
func inProcess(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, streams{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGateExits(t *testing.T) {
	day := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	good := resultsFile(t, "good.json", day, slices.Repeat([]int{0}, 20)...)
	same := resultsFile(t, "same.json", day.Add(time.Hour), slices.Repeat([]int{0}, 6)...)
	bad := resultsFile(t, "bad.json", day.Add(time.Hour), 40, 50, 45, 38, 52, 61)
	few := resultsFile(t, "few.json", day.Add(time.Hour), 0)
	folder := filepath.Dir(same)
	if err := os.Rename(same, filepath.Join(folder, "results.json")); err != nil {
		t.Fatal(err)
	}
	tight, wide := textFile(t, "tight.yaml", "budgets: [{drops: 10}]\n"), textFile(t, "wide.yaml", "budgets: [{drops: 100}]\n")
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string // on either stream
	}{
		{"ok", []string{"gate", folder, "--baseline", good}, 0, "Gate: ok."},
		{"worse", []string{"gate", bad, "--baseline", good}, 1, "Gate: worse."},
		{"too few", []string{"gate", few, "--baseline", good}, 3, "cannot show it among"},
		{"over a budget", []string{"gate", bad, "--budget", tight}, 1, "at most 10 in 90 % of trials"},
		{"within a budget", []string{"gate", bad, "--budget", wide}, 0, "Gate: ok."},
		{"its own budget", []string{"gate", bad}, 1, "at most 0 in 90 % of trials"},
		{"markdown", []string{"gate", bad, "--baseline", good, "-o", "markdown"}, 1, "# zarif gate"},
		{"compare", []string{"compare", good, bad}, 0, "changed beyond noise"},
		{"compare as data", []string{"compare", good, bad, "-o", "json"}, 0, `"schema": "zarif.compare/v1"`},

		{"no results", []string{"gate", "nowhere"}, 64, "want a results folder of zarif run, or its results.json"},
		{"a folder without results", []string{"gate", t.TempDir()}, 64, "want a results folder"},
		{"no JSON", []string{"gate", tight}, 64, "want a results.json of zarif"},
		{"another schema", []string{"gate", textFile(t, "r.json", `{"schema":"x"}`)}, 64, `schema: "x"; want zarif.results/v1`},
		{"no trials", []string{"gate", textFile(t, "r.json", `{"schema":"zarif.results/v1"}`)}, 64, "there are none"},
		{"no baseline", []string{"gate", good, "--baseline", "nowhere"}, 64, "nowhere"},
		{"no budget", []string{"gate", good, "--budget", "nowhere"}, 64, "want a file of budgets"},
		{"faults of a budget", []string{"gate", good, "--budget", textFile(t, "b.yaml", "budgets:\n  - drops: -1\n    p99: 4\n")}, 64, "b.yaml:3: budgets[0].p99: 4 has no unit"},
		{"a budget for nothing", []string{"gate", good, "--budget", textFile(t, "b.yaml", "budgets: [{scenarios: shp, drops: 1}]\n")}, 64, `"shp" matches nothing in these results; want a pattern for shop.rollout`},
		{"a pattern", []string{"gate", good, "--scenario", "["}, 64, "is no pattern"},
		{"itself", []string{"gate", good, "--baseline", good}, 64, "have trials in common"},
		{"more of no run", []string{"gate", bad, "--max-trials", "5"}, 64, "want the results folder of the run to go on with"},
		{"more of no plan", []string{"gate", folder, "--max-trials", "5"}, 64, "--max-trials goes on with a run as zarif run --resume does"},
		{"no more", []string{"gate", bad, "--max-trials", "0"}, 64, "want 1 or more"},
		{"for nothing", []string{"gate", bad, "--keep-cluster"}, 64, "means nothing without --max-trials"},
		{"an output", []string{"gate", bad, "-o", "xml"}, 64, "want one of"},
		{"one folder", []string{"compare", good}, 64, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(githubSummary, "")
			code, out, err := inProcess(t, tc.args...)
			if code != tc.code || !strings.Contains(out+err, tc.says) {
				t.Errorf("%v exits with %d:\n%s%s\nwant %d and %q", tc.args, code, out, err, tc.code, tc.says)
			}
		})
	}
}

func TestGateForCI(t *testing.T) {
	day := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	good, bad := resultsFile(t, "good.json", day, slices.Repeat([]int{0}, 20)...), resultsFile(t, "bad.json", day.Add(time.Hour), 40, 50, 45, 38, 52, 61)
	summary, junit := textFile(t, "summary.md", "before\n"), filepath.Join(t.TempDir(), "gate.xml")
	t.Setenv(githubSummary, "")
	if code, _, err := inProcess(t, "gate", bad, "--baseline", good, "--github"); code != 64 || !strings.Contains(err, "GITHUB_STEP_SUMMARY is not set") {
		t.Errorf("outside of GitHub Actions it exits with %d: %s", code, err)
	}
	t.Setenv(githubSummary, summary)
	code, out, err := inProcess(t, "gate", bad, "--baseline", good, "--github", "--junit", junit, "-o", "json")
	if code != 1 || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, `{"schema":"zarif.gate/v1","outcome":"worse","exit":1,`) {
		t.Errorf("exits with %d and prints %q", code, out)
	}
	if !strings.HasPrefix(err, "::error title=zarif gate::shop.rollout, worse: ") {
		t.Errorf("annotations: %q", err)
	}
	if _, out, _ := inProcess(t, "gate", bad, "--baseline", good, "--github"); !strings.Contains(out, "\n::error title=zarif gate::") {
		t.Errorf("without data on standard output the annotations are not there: %q", out)
	}
	for path, want := range map[string]string{summary: "before\n# zarif gate\n", junit: `<testsuite name="shop.rollout"`} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(path), text, err, want)
		}
	}
}

// More trials are run of what was asked for, and of nothing else.
func TestGateRunsMoreTrials(t *testing.T) {
	out := t.TempDir()
	s := begun(t, out)
	for _, j := range s.jobs(history.ClusterInfo{}) {
		write(t, trial.Config{Meta: j.meta, Dir: j.dir}, whole(1, ""))
	}
	s.trials = 5
	jobs := s.jobs(history.ClusterInfo{})
	sv := surveyOf(jobs, nil)
	sv.only(jobs, []string{"a", "c"}, 4)
	s.resumed = &resumed{survey: sv}
	var ran []string
	trials, err := s.trialsOn(t.Context(), &site{show: &silent{done: map[string]string{}}, execute: func(_ context.Context, c trial.Config) error {
		ran = append(ran, fmt.Sprint(c.Meta.Scenario, c.Meta.Trial))
		write(t, c, whole(1, ""))
		return nil
	}}, history.ClusterInfo{}, 1)
	if want := []string{"a3", "a4", "c3", "c4"}; err != nil || !slices.Equal(ran, want) {
		t.Errorf("ran %v, error %v, want %v", ran, err, want)
	}
	if len(trials) != 10 {
		t.Errorf("there are %d trials, want 6 and 4 more", len(trials))
	}
}

func TestGateGoesOnWithAPlan(t *testing.T) {
	t.Parallel()
	dir, _ := aPlan(t)
	more := moreTrials{dir: dir}
	s, err := more.session([]string{"go-exit.rollout"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer s.folder.held.Close()
	if p, err := readPlan(dir); err != nil || p.Trials != 3 || s.trials != 3 || len(s.resumed.survey.left) != 3 {
		t.Errorf("the plan says %d trials, the session %d with %d left, %v; want 3", p.Trials, s.trials, len(s.resumed.survey.left), err)
	}
	if _, err := more.session([]string{"go-exit.rollout"}, 4); err == nil {
		t.Error("two runs hold the folder")
	}
	other, p := aPlan(t)
	p.Build = "0"
	if err := p.write(other); err != nil {
		t.Fatal(err)
	}
	if _, err := (moreTrials{dir: other}).session([]string{"go-exit.rollout"}, 3); exitCode(err) != exitUsage || !strings.Contains(err.Error(), "zarif itself") {
		t.Errorf("of another build: %v", err)
	}
	if held, err := holdFolder(other); err != nil {
		t.Errorf("the folder is still held: %v", err)
	} else {
		held.held.Close()
	}
}
