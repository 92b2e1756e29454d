package podlog

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// by is line n of a writer, written at second t.
func by(t testing.TB, w string, second float64, l applog.Line) string {
	t.Helper()
	l.W, l.T = w, at(second).UnixMicro()
	b, err := l.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// twoWriters is the whole log of a server with two workers, of which one says that
// it exits and the other is killed with a request under way.
func twoWriters(t testing.TB) []string {
	return []string{
		by(t, "7", 1, applog.Line{N: 1, E: applog.Start, PID: 7}),
		by(t, "8", 2, applog.Line{N: 1, E: applog.Start, PID: 8}),
		by(t, "7", 3, applog.Line{N: 2, E: applog.RequestStart, Hit: "0-1"}),
		by(t, "8", 4, applog.Line{N: 2, E: applog.RequestStart, Hit: "0-2"}),
		by(t, "8", 5, applog.Line{N: 3, E: applog.RequestStart, Hit: "0-3"}),
		by(t, "7", 6, applog.Line{N: 3, E: applog.RequestEnd, Hit: "0-1", Of: 2, Status: 200}),
		by(t, "8", 7, applog.Line{N: 4, E: applog.RequestEnd, Hit: "0-2", Of: 2, Status: 200}),
		by(t, "7", 8, applog.Line{N: 4, E: applog.Signal, Signal: "SIGTERM"}),
		by(t, "7", 9, applog.Line{N: 5, E: applog.Exit, Code: new(0)}),
	}
}

func TestSeveralWriters(t *testing.T) {
	log := twoWriters(t)
	hits := []string{"0-1 3-6 200", "0-2 4-7 200", "0-3 5-0 0"}
	exits := func(w string, second float64) string {
		return by(t, w, second, applog.Line{N: 5, E: applog.Exit, Code: new(0)})
	}
	for _, c := range []struct {
		name     string
		lines    []string
		how      string
		hits     []string
		gaps     []string
		complete string
		writers  string
	}{
		{"read to its end after the container's", log, history.LogEndExited, hits, nil, "true", "2"},
		{"cut", log, history.LogEndCut, hits, nil, "false", "2"},
		{"still running", log, history.LogEndRunning, hits, nil, "false", "2"},
		{"every writer has said that it exits: another may begin", append(slices.Clone(log), exits("8", 10)), history.LogEndCut, hits, nil, "false", "2"},
		{"in another order", slices.Concat(log[1:2], log[:1], log[3:5], log[6:7], log[2:3], log[5:6], log[7:]), history.LogEndExited, hits, nil, "true", "2"},
		{"read twice", slices.Concat(log, log), history.LogEndExited, hits, nil, "true", "2"},
		{"an end before its start", slices.Concat(log[:2], log[5:7], log[2:5], log[7:]), history.LogEndExited, hits, nil, "true", "2"},
		{"the other's numbers fill no gap", slices.Concat(log[:4], log[5:]), history.LogEndExited, hits[:2],
			[]string{"4+3 log-gap p after=2 before=4 writer=8"}, "false", "2"},
		{"one writer's beginning is missing", log[2:], history.LogEndExited, hits, []string{"3 log-gap p after=0 before=2 writer=7", "4 log-gap p after=0 before=2 writer=8"}, "false", "2"},
		{"one that has a name does not prove the end", slices.Concat(log[:1], log[2:3], log[5:6], log[7:]), history.LogEndCut, hits[:1], nil, "false", "1"},
		{"one that has a name, read to its end", slices.Concat(log[:1], log[2:3], log[5:6]), history.LogEndExited, hits[:1], nil, "true", "1"},
		{"a master without a name", slices.Concat([]string{by(t, "", 0, applog.Line{N: 1, E: applog.Start, PID: 1})}, log,
			[]string{by(t, "", 11, applog.Line{N: 2, E: applog.Exit, Code: new(0)})}), history.LogEndCut, hits, nil, "false", "3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got tape
			r := NewReading("p", 0, epoch, got.Put)
			if err := takeAll(r, strings.Join(c.lines, "")); err != nil {
				t.Fatal(err)
			}
			if r.Complete() {
				t.Error("complete by its lines alone")
			}
			r.Finish(c.how, at(20))
			if hits := got.Hits(); !slices.Equal(hits, c.hits) {
				t.Errorf("hits %q, want %q", hits, c.hits)
			}
			wantTold(t, got.Of(history.EventLogGap), c.gaps)
			end := got.Events[len(got.Events)-1]
			if end.Type != history.EventLogEnd || end.Attrs["complete"] != c.complete || end.Attrs["writers"] != c.writers || end.Attrs["end"] != c.how {
				t.Errorf("ended with %s", told(end))
			}
		})
	}
}

func TestWhatOneOfSeveralDidSaysWhoItWas(t *testing.T) {
	var got tape
	r := NewReading("p", 0, epoch, got.Put)
	if err := takeAll(r, strings.Join(twoWriters(t), "")+by(t, "8", 10, applog.Line{N: 5, E: applog.Exit})); err != nil {
		t.Fatal(err)
	}
	wantTold(t, got.Events, []string{
		"1 app-start p pid=7 writer=7", "2 app-start p pid=8 writer=8", "8 app-signal p signal=SIGTERM writer=7",
		"9 app-exit p code=0 writer=7", "10 app-exit p writer=8",
	})
	if r.Last("7") != 5 || r.Last("8") != 5 || r.Last("9") != 0 || r.Open() != 1 {
		t.Errorf("last %d, %d, %d; open %d", r.Last("7"), r.Last("8"), r.Last("9"), r.Open())
	}
}

// The runs of a container have process ids in common, and not in the same order.
func TestSeveralWritersOfAnotherRun(t *testing.T) {
	log := twoWriters(t)
	again := []string{by(t, "9", 50, applog.Line{N: 1, E: applog.Start, PID: 9}), by(t, "7", 51, applog.Line{N: 1, E: applog.Start, PID: 7})}
	claims := 0
	read := func(parts ...string) (*Reading, error) {
		var got tape
		r := NewReading("p", 0, epoch, got.Put)
		r.Claim = func(int64) bool { claims++; return true }
		for _, part := range parts {
			r.Begin(false)
			if err := takeAll(r, part); err != nil {
				return r, err
			}
		}
		return r, nil
	}
	for _, c := range []struct {
		name  string
		parts []string
		err   error
		have  int
	}{
		{"a name that is known", []string{strings.Join(log, ""), again[1]}, ErrOtherRun, 9},
		{"a name that is not", []string{strings.Join(log, ""), again[0]}, ErrOtherRun, 9},
		{"the same run, with a new worker", []string{strings.Join(log, ""), strings.Join(log, "") + again[0]}, nil, 10},
		{"the same run, after its beginning was rotated away", []string{strings.Join(log[:4], ""), strings.Join(log[5:], "") + again[0]}, nil, 9},
	} {
		claims = 0
		r, err := read(c.parts...)
		if _, have := r.Came(); !errors.Is(err, c.err) || have != c.have {
			t.Errorf("%s: error %v, want %v; %d lines, want %d", c.name, err, c.err, have, c.have)
		}
		if claims != 1 {
			t.Errorf("%s: claimed %d times", c.name, claims)
		}
	}
}

func TestItsOwnBeginningIsTakenLater(t *testing.T) {
	log := twoWriters(t)
	var got tape
	r := NewReading("p", 0, epoch, got.Put)
	for _, part := range [][]string{log[5:], log} {
		r.Begin(true)
		if err := takeAll(r, strings.Join(part, "")); err != nil {
			t.Fatal(err)
		}
	}
	if r.Missing() {
		t.Error("lines are missing")
	}
	if hits := got.Hits(); !slices.Equal(hits, []string{"0-1 3-6 200", "0-2 4-7 200"}) || r.Open() != 1 {
		t.Errorf("hits %q, %d open", hits, r.Open())
	}
}
