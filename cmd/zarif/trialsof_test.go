package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// resultsOf makes a results folder in which trials have these histories.
func resultsOf(t *testing.T, histories ...[]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i, h := range histories {
		at := filepath.Join(dir, "trials", "x", string(rune('1'+i)))
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "history.jsonl.zst"), h, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// firstHalf is that of a history, which so has no end mark.
func firstHalf(t *testing.T, whole []byte) []byte {
	t.Helper()
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	text, err := decoder.DecodeAll(whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	return encoder.EncodeAll(text[:len(text)/2], nil)
}

// Folders of several runs are put together, each trial once, and one of a run that
// goes on is read as far as it is.
func TestTrialsOf(t *testing.T) {
	t.Parallel()
	history := func(name string) []byte {
		raw, err := os.ReadFile("../../report/explain/testdata/corpus/" + name + ".jsonl.zst")
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	one, other := history("go-exit.kill-1"), history("go-exit.kill-3")
	cut := firstHalf(t, one)
	for _, c := range []struct {
		name     string
		dirs     []string
		want     int // trials
		complete bool
		says     string
		exit     int
	}{
		{name: "two runs", dirs: []string{resultsOf(t, one), resultsOf(t, other)}, want: 2, complete: true},
		{name: "twice the same", dirs: []string{resultsOf(t, one, other), resultsOf(t, other)}, want: 2, complete: true},
		{name: "copied while it ran", dirs: []string{resultsOf(t, cut), resultsOf(t, one)}, want: 1, complete: true},
		{name: "it has just begun", dirs: []string{resultsOf(t, one, nil)}, want: 1, complete: true, says: "/trials/x/2/history.jsonl.zst: the history has no meta record"},
		{name: "nothing but that", dirs: []string{resultsOf(t, nil)}, says: "left out: "},
		{name: "it goes on", dirs: []string{resultsOf(t, cut)}, want: 1},
		{name: "no history", dirs: []string{resultsOf(t, one, []byte("hello, world"))}, exit: exitFailed},
		{name: "no results", dirs: []string{t.TempDir()}, exit: exitUsage},
	} {
		var err bytes.Buffer
		trials, fault := trialsOf(streams{out: &bytes.Buffer{}, err: &err}, c.dirs)
		if exitCode(fault) != c.exit || len(trials) != c.want || !strings.Contains(err.String(), c.says) || c.says == "" && err.Len() > 0 {
			t.Errorf("%s: %d trials, %q, error %v", c.name, len(trials), err.String(), fault)
		}
		for _, trial := range trials {
			if trial.Complete != c.complete {
				t.Errorf("%s: a trial is complete: %t, want %t", c.name, trial.Complete, c.complete)
			}
		}
	}
}
