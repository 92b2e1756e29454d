package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded makes a results folder of recorded histories, by trial.
func recorded(t *testing.T, trials map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for trial, name := range trials {
		from, err := os.ReadFile(filepath.Join("../../report/explain/testdata/corpus", name+".jsonl.zst"))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "trials", trial)
		if err := os.MkdirAll(to, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, "history.jsonl.zst"), from, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExplain(t *testing.T) {
	dir := recorded(t, map[string]string{"go-exit.rollout/1": "go-exit.rollout-1", "go-shutdown.rollout/1": "go-shutdown.rollout-1"})
	tests := []struct {
		name, args string
		code       int
		want       []string
	}{
		{"everything", "", 0, []string{"go-exit.rollout, trial 1:", "(late-endpoint)", "known by elimination", "advice: preStop sleep", "too few to say"}},
		{"one scenario", "--scenario go-shutdown.rollout", 0, []string{"go-shutdown.rollout, trial 1:"}},
		{"as JSON", "-o json", 0, []string{`"mechanism": "late-endpoint"`, `"hitIds"`, `"advice"`}},
		{"a matrix", "--matrix", 0, []string{"PROVOKED", "– go-exit.rollout fresh 1", "where nobody said what"}},
		{"a matrix as Markdown", "--matrix -o markdown", 0, []string{"| provoked | scenario | stream | trials |", "| – | go-exit.rollout | fresh | 1, 1 inconclusive |"}},
		{"a matrix as JSON", "--matrix -o json", 0, []string{`"rows"`, `"unsaid"`}},
		{"a matrix of one hit", "--matrix --hit 0-1", exitUsage, []string{"want no --hit"}},
		{"findings as Markdown", "-o markdown", exitUsage, []string{"want one of [table json]"}},
		{"a hit", "--scenario go-exit.rollout --hit 0-2156", 0, []string{"hit 0-2156 of stream fresh", "begins the request", "in-flight-cut:"}},
		{"a pod", "--scenario go-exit.rollout --pod go-exit-764697cfd5-k62bm", 0, []string{"pod go-exit-764697cfd5-k62bm on node", "is lost (refused): late-endpoint"}},
		{"a hit of several trials", "--hit 0-2156", exitUsage, []string{"want --scenario and --trial"}},
		{"no such hit", "--scenario go-exit.rollout --hit 0-999999", exitUsage, []string{"not in the history"}},
		{"no such pod", "--scenario go-exit.rollout --pod nobody", exitUsage, []string{"which knows go-exit-"}},
		{"no hit's id", "--hit first", exitUsage, []string{"want <stream>-<number>"}},
		{"no such trial", "--trial 9", exitUsage, []string{"want one of go-exit.rollout/1, go-shutdown.rollout/1"}},
		{"both", "--hit 0-1 --pod a", exitUsage, []string{"want one of --hit and --pod"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := newExplain(streams{out: &out, err: io.Discard})
			cmd.SilenceUsage, cmd.SilenceErrors = true, true
			cmd.SetArgs(append([]string{dir}, strings.Fields(test.args)...))
			err := cmd.Execute()
			text, code := out.String(), 0
			if err != nil {
				text += err.Error()
				code = exitCode(err)
			}
			if code != test.code {
				t.Errorf("exit code %d, want %d: %v", code, test.code, err)
			}
			text = strings.Join(strings.Fields(text), " ")
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("it does not say %q:\n%s", part, text)
				}
			}
		})
	}
}
