package podlog

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// takeAll gives r the whole lines of text, as what collects logs does.
func takeAll(r *Reading, text string) error {
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			return nil
		}
		if err := r.Take([]byte(line)); err != nil {
			return err
		}
	}
	return nil
}

func TestReading(t *testing.T) {
	log := aLog(t)
	all := []string{"0-1 3-5 200", "0-1 6-8 503", "0-2 4-0 0"}
	join := func(lines ...[]string) string { return strings.Join(slices.Concat(lines...), "") }
	for _, c := range []struct {
		name     string
		parts    []string
		hits     []string
		gaps     []string
		complete string
		last     string
	}{
		{"whole", []string{join(log)}, all, nil, "true", "9"},
		{"in two parts", []string{join(log[:4]), join(log[4:])}, all, nil, "true", "9"},
		{"read twice", []string{join(log), join(log)}, all, nil, "true", "9"},
		{"broken off in a line, read again", []string{join(log[:4]) + log[4][:20], join(log)}, all, nil, "true", "9"},
		{"began late, the beginning came later", []string{join(log[5:]), join(log[:5])}, all, nil, "true", "9"},
		{"an end came before its start", []string{join(log[4:]), join(log[:4])}, all, nil, "true", "9"},
		{"a hole that is filled", []string{join(log[:2], log[5:]), join(log)}, all, nil, "true", "9"},
		{"no exit line", []string{join(log[:8])}, all, nil, "false", "8"},
		{"a hole", []string{join(log[:4], log[5:])}, []string{"0-1 3-0 0", "0-1 6-8 503", "0-2 4-0 0"},
			[]string{"4+2 log-gap p after=4 before=6"}, "false", "9"},
		{"two holes", []string{join(log[:1], log[2:4], log[5:])}, []string{"0-1 3-0 0", "0-1 6-8 503", "0-2 4-0 0"},
			[]string{"1+2 log-gap p after=1 before=3", "4+2 log-gap p after=4 before=6"}, "false", "9"},
		{"no beginning: an end without its start is no request", []string{join(log[4:])}, []string{"0-1 6-8 503"},
			[]string{"5 log-gap p after=0 before=5"}, "false", "9"},
		{"nothing", nil, nil, nil, "false", "0"},
		{"something else in between", []string{join(log[:3], []string{"panic: oh\n", "\n", `{"level":"info"}` + "\n"}, log[3:])}, all, nil, "true", "9"},
		{"a number out of all order is no line", []string{join(log[:3]), entry(t, applog.Line{N: 1 << 40, E: applog.Ready}), join(log[3:])}, all, nil, "true", "9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got tape
			r := NewReading("p", 0, epoch, got.Put)
			for _, part := range c.parts {
				if err := takeAll(r, part); err != nil {
					t.Fatal(err)
				}
			}
			r.Finish("exit", at(20))
			if hits := got.Hits(); !slices.Equal(hits, c.hits) {
				t.Errorf("hits %q, want %q", hits, c.hits)
			}
			wantTold(t, got.Of(history.EventLogGap), c.gaps)
			end := got.Events[len(got.Events)-1]
			if end.Type != history.EventLogEnd || end.Attrs["complete"] != c.complete || end.Attrs["last"] != c.last {
				t.Errorf("ended with %s", told(end))
			}
		})
	}
}

func TestReadingTellsWhatTheApplicationDid(t *testing.T) {
	var got tape
	r := NewReading("p", 2, epoch, got.Put)
	if err := takeAll(r, strings.Join(aLog(t), "")); err != nil {
		t.Fatal(err)
	}
	wantTold(t, got.Events, []string{
		"1 app-start p pid=1 restarts=2", "2 app-ready p addr=:8080 restarts=2",
		"7 app-signal p restarts=2 signal=SIGTERM", "9 app-exit p code=0 restarts=2",
	})
	for _, e := range got.Events {
		if e.Source != history.SourcePods {
			t.Errorf("%s: source %q", e.Type, e.Source)
		}
	}
}

func TestReadingRefusesAnotherRunsLog(t *testing.T) {
	var got tape
	r := NewReading("p", 0, epoch, got.Put)
	log := aLog(t)
	if err := takeAll(r, strings.Join(log[:3], "")); err != nil {
		t.Fatal(err)
	}
	other, err := applog.Line{N: 1, T: at(50).UnixMicro(), E: applog.Start, PID: 1}.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Take(other); !errors.Is(err, ErrOtherRun) {
		t.Errorf("error %v, want %v", err, ErrOtherRun)
	}
	fresh := NewReading("p", 1, epoch, got.Put)
	fresh.Claim = func(int64) bool { return false }
	if err := fresh.Take([]byte(log[0])); !errors.Is(err, ErrOtherRun) || fresh.Last("") != 0 {
		t.Errorf("a log that is read elsewhere: error %v, want %v; took %d lines", err, ErrOtherRun, fresh.Last(""))
	}
}

// Notes must not look as if the application's log had gone on to their time.
func TestNotesAreNotOfThePodsSource(t *testing.T) {
	var got tape
	r := NewReading("p", 0, epoch, got.Put)
	for range 3 * maxNotes {
		if err := r.Take([]byte("panic: " + strings.Repeat("x", 1000) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if len(got.Events) != maxNotes {
		t.Errorf("%d notes, want %d", len(got.Events), maxNotes)
	}
	for _, e := range got.Events {
		if e.Source == history.SourcePods || len(e.Attrs["text"]) > 400 {
			t.Errorf("source %q, %d bytes", e.Source, len(e.Attrs["text"]))
		}
	}
}
