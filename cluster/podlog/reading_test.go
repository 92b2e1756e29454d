package podlog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// A tape collects what is handed over.
type tape struct {
	served []history.Served
	events []history.Event
}

func (c *tape) put(r history.Record) {
	if r.Served != nil {
		c.served = append(c.served, *r.Served)
	}
	if r.Event != nil {
		c.events = append(c.events, *r.Event)
	}
}

func (c *tape) hits() (out []string) {
	for _, s := range c.served {
		out = append(out, fmt.Sprintf("%s %g-%g %d", s.Hit, s.Start.Duration().Seconds(), s.Done.Duration().Seconds(), s.Status))
	}
	slices.Sort(out)
	return out
}

// entry is a line of the application's log, written n seconds after epoch.
func entry(t testing.TB, l applog.Line) string {
	t.Helper()
	l.T = at(float64(min(l.N, 1000))).UnixMicro()
	b, err := l.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// aLog is a whole log: line n is written n seconds after epoch.
func aLog(t testing.TB) []string {
	return []string{
		entry(t, applog.Line{N: 1, E: applog.Start, PID: 1}),
		entry(t, applog.Line{N: 2, E: applog.Ready, Addr: ":8080"}),
		entry(t, applog.Line{N: 3, E: applog.RequestStart, Hit: "0-1"}),
		entry(t, applog.Line{N: 4, E: applog.RequestStart, Hit: "0-2"}),
		entry(t, applog.Line{N: 5, E: applog.RequestEnd, Hit: "0-1", Of: 3, Status: 200}),
		entry(t, applog.Line{N: 6, E: applog.RequestStart, Hit: "0-1"}), // sent again by the client
		entry(t, applog.Line{N: 7, E: applog.Signal, Signal: "SIGTERM"}),
		entry(t, applog.Line{N: 8, E: applog.RequestEnd, Hit: "0-1", Of: 6, Status: 503}),
		entry(t, applog.Line{N: 9, E: applog.Exit, Code: new(0)}),
	}
}

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

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(seconds float64) time.Time { return epoch.Add(time.Duration(seconds * float64(time.Second))) }

func told(e history.Event) string {
	text := fmt.Sprintf("%g", e.T.Duration().Seconds())
	if e.Precision > 0 {
		text += fmt.Sprintf("+%g", e.Precision.Duration().Seconds())
	}
	text += " " + e.Type
	if e.Pod != "" {
		text += " " + e.Pod
	}
	for _, key := range slices.Sorted(maps.Keys(e.Attrs)) {
		text += " " + key + "=" + e.Attrs[key]
	}
	return text
}

func toldAll(events []history.Event) (out []string) {
	for _, e := range events {
		out = append(out, told(e))
	}
	return out
}

// wantTold compares and prints both sides one event per line.
func wantTold(t *testing.T, events []history.Event, want []string) {
	t.Helper()
	if got := toldAll(events); !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
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
			r := NewReading("p", 0, epoch, got.put)
			for _, part := range c.parts {
				if err := takeAll(r, part); err != nil {
					t.Fatal(err)
				}
			}
			r.Finish("exit", at(20))
			if hits := got.hits(); !slices.Equal(hits, c.hits) {
				t.Errorf("hits %q, want %q", hits, c.hits)
			}
			var gaps []history.Event
			for _, e := range got.events {
				if e.Type == history.EventLogGap {
					gaps = append(gaps, e)
				}
			}
			wantTold(t, gaps, c.gaps)
			end := got.events[len(got.events)-1]
			if end.Type != history.EventLogEnd || end.Attrs["complete"] != c.complete || end.Attrs["last"] != c.last {
				t.Errorf("ended with %s", told(end))
			}
		})
	}
}

func TestReadingTellsWhatTheApplicationDid(t *testing.T) {
	var got tape
	r := NewReading("p", 2, epoch, got.put)
	if err := takeAll(r, strings.Join(aLog(t), "")); err != nil {
		t.Fatal(err)
	}
	wantTold(t, got.events, []string{
		"1 app-start p pid=1 restarts=2", "2 app-ready p addr=:8080 restarts=2",
		"7 app-signal p restarts=2 signal=SIGTERM", "9 app-exit p code=0 restarts=2",
	})
	for _, e := range got.events {
		if e.Source != history.SourcePods {
			t.Errorf("%s: source %q", e.Type, e.Source)
		}
	}
}

func TestReadingRefusesAnotherRunsLog(t *testing.T) {
	var got tape
	r := NewReading("p", 0, epoch, got.put)
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
	fresh := NewReading("p", 1, epoch, got.put)
	fresh.Claim = func(int64) bool { return false }
	if err := fresh.Take([]byte(log[0])); !errors.Is(err, ErrOtherRun) || fresh.Last("") != 0 {
		t.Errorf("a log that is read elsewhere: error %v, want %v; took %d lines", err, ErrOtherRun, fresh.Last(""))
	}
}

// Notes must not look as if the application's log had gone on to their time.
func TestNotesAreNotOfThePodsSource(t *testing.T) {
	var got tape
	r := NewReading("p", 0, epoch, got.put)
	for range 3 * maxNotes {
		if err := r.Take([]byte("panic: " + strings.Repeat("x", 1000) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if len(got.events) != maxNotes {
		t.Errorf("%d notes, want %d", len(got.events), maxNotes)
	}
	for _, e := range got.events {
		if e.Source == history.SourcePods || len(e.Attrs["text"]) > 400 {
			t.Errorf("source %q, %d bytes", e.Source, len(e.Attrs["text"]))
		}
	}
}
