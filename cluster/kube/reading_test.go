package kube

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

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
			r := newReading("p", 0, epoch, got.put)
			for _, part := range c.parts {
				if err := eachLine(strings.NewReader(part), r.take); err != nil {
					t.Fatal(err)
				}
			}
			r.finish("exit", at(20))
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
	r := newReading("p", 2, epoch, got.put)
	if err := eachLine(strings.NewReader(strings.Join(aLog(t), "")), r.take); err != nil {
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
	r := newReading("p", 0, epoch, got.put)
	log := aLog(t)
	if err := eachLine(strings.NewReader(strings.Join(log[:3], "")), r.take); err != nil {
		t.Fatal(err)
	}
	other, err := applog.Line{N: 1, T: at(50).UnixMicro(), E: applog.Start, PID: 1}.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.take(other); !errors.Is(err, errOtherRun) {
		t.Errorf("error %v, want %v", err, errOtherRun)
	}
	fresh := newReading("p", 1, epoch, got.put)
	fresh.claim = func(int64) bool { return false }
	if err := fresh.take([]byte(log[0])); !errors.Is(err, errOtherRun) || fresh.last() != 0 {
		t.Errorf("a log that is read elsewhere: error %v, want %v; took %d lines", err, errOtherRun, fresh.last())
	}
}

// Notes must not look as if the application's log had gone on to their time.
func TestNotesAreNotOfThePodsSource(t *testing.T) {
	var got tape
	r := newReading("p", 0, epoch, got.put)
	for range 3 * maxNotes {
		if err := r.take([]byte("panic: " + strings.Repeat("x", 1000) + "\n")); err != nil {
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

func TestEachLine(t *testing.T) {
	long := strings.Repeat("x", 3*longestLine)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"two", "a\nb\n", []string{"a\n", "b\n"}},
		{"the last is cut", "a\nb", []string{"a\n"}},
		{"too long", "a\n" + long + "\nb\n", []string{"a\n", long[:longestLine], "b\n"}},
		{"too long and cut", "a\n" + long, []string{"a\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			err := eachLine(strings.NewReader(c.in), func(b []byte) error { got = append(got, string(b)); return nil })
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%d lines, error %v; want %d", len(got), err, len(c.want))
			}
		})
	}
	broken := errors.New("connection reset")
	var got []string
	err := eachLine(io.MultiReader(strings.NewReader("a\nb"), &failing{broken}), func(b []byte) error { got = append(got, string(b)); return nil })
	if !errors.Is(err, broken) || !slices.Equal(got, []string{"a\n"}) {
		t.Errorf("a broken stream: %q, error %v", got, err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestEachCRILine(t *testing.T) {
	const log = "2026-01-02T03:04:05.000000001Z stdout F one\n" +
		"2026-01-02T03:04:05.000000002Z stdout P tw\n" +
		"2026-01-02T03:04:05.000000003Z stderr F noise\n" +
		"2026-01-02T03:04:05.000000004Z stdout F o\n" +
		"2026-01-02T03:04:05.000000005Z stdout F with spaces in it\n" +
		"garbage\n" +
		"2026-01-02T03:04:05.000000006Z stdout F cut"
	var got []string
	if err := eachCRILine([]byte(log), func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"one\n", "noise\n", "two\n", "with spaces in it\n"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzEachCRILine(f *testing.F) {
	f.Add([]byte("2026-01-02T03:04:05Z stdout P a\n2026-01-02T03:04:05Z stdout F b\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		lines := 0
		if err := eachCRILine(log, func([]byte) error { lines++; return nil }); err != nil {
			t.Fatal(err)
		}
		if lines > bytes.Count(log, []byte("\n")) {
			t.Errorf("%d lines out of %d", lines, bytes.Count(log, []byte("\n")))
		}
	})
}
