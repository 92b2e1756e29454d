// Package podlogtest owns what tests of who reads the logs of pods share: a whole
// log, a clock that starts at Epoch, and the records that come of it, each in one
// line that a table can hold.
package podlogtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// Epoch is where the tests' histories begin.
var Epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// At is a moment so many seconds after Epoch.
func At(seconds float64) time.Time {
	return Epoch.Add(time.Duration(seconds * float64(time.Second)))
}

// A Tape collects what is handed over.
type Tape struct {
	Served []history.Served
	Events []history.Event
}

// Put takes a record.
func (t *Tape) Put(r history.Record) {
	if r.Served != nil {
		t.Served = append(t.Served, *r.Served)
	}
	if r.Event != nil {
		t.Events = append(t.Events, *r.Event)
	}
}

// Hits are those that were served, each with its times and status, in order.
func (t *Tape) Hits() (out []string) {
	for _, s := range t.Served {
		out = append(out, fmt.Sprintf("%s %g-%g %d", s.Hit, s.Start.Duration().Seconds(), s.Done.Duration().Seconds(), s.Status))
	}
	slices.Sort(out)
	return out
}

// Of are the events of one type.
func (t *Tape) Of(kind string) (events []history.Event) {
	for _, e := range t.Events {
		if e.Type == kind {
			events = append(events, e)
		}
	}
	return events
}

// Entry is a line of the application's log, written as many seconds after Epoch as
// its number says, at most 1000.
func Entry(t testing.TB, l applog.Line) string {
	t.Helper()
	l.T = At(float64(min(l.N, 1000))).UnixMicro()
	b, err := l.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Log is a whole one, of nine lines.
func Log(t testing.TB) []string {
	return []string{
		Entry(t, applog.Line{N: 1, E: applog.Start, PID: 1}),
		Entry(t, applog.Line{N: 2, E: applog.Ready, Addr: ":8080"}),
		Entry(t, applog.Line{N: 3, E: applog.RequestStart, Hit: "0-1"}),
		Entry(t, applog.Line{N: 4, E: applog.RequestStart, Hit: "0-2"}),
		Entry(t, applog.Line{N: 5, E: applog.RequestEnd, Hit: "0-1", Of: 3, Status: 200}),
		Entry(t, applog.Line{N: 6, E: applog.RequestStart, Hit: "0-1"}), // sent again by the client
		Entry(t, applog.Line{N: 7, E: applog.Signal, Signal: "SIGTERM"}),
		Entry(t, applog.Line{N: 8, E: applog.RequestEnd, Hit: "0-1", Of: 6, Status: 503}),
		Entry(t, applog.Line{N: 9, E: applog.Exit, Code: new(0)}),
	}
}

// Told is an event in one line.
func Told(e history.Event) string {
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

// WantTold compares and prints both sides one event per line.
func WantTold(t testing.TB, events []history.Event, want []string) {
	t.Helper()
	var got []string
	for _, e := range events {
		got = append(got, Told(e))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
