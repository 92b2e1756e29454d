// Package podlog turns the log that a fixture writes into records of a history,
// whatever kind of cluster its lines come from. Getting the lines is not its
// business.
package podlog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// A Reading turns the log of one run of a container into records. It may be given
// the log several times over, whole or in parts: a line that it has is skipped by
// its running number, one that it lacked is taken. Not safe for concurrent use.
type Reading struct {
	pod      string
	restarts int32 // which run
	epoch    time.Time
	sink     func(history.Record)
	// Claim reports whether the run whose first line was written at t may be read
	// here: not if it is read elsewhere already. nil: always.
	Claim func(t int64) bool

	times  []int64 // of line n at n-1; 0: not received
	count  int     // lines received
	known  int     // how often a line came that was here already
	open   map[uint64]history.Served
	ends   map[uint64]applog.Line // of requests whose start was not received yet
	exited bool                   // the exit line was received
	notes  int
}

// ErrOtherRun means that a log is that of another run of the container.
var ErrOtherRun = errors.New("the log is that of another run of the container")

const (
	// farthest is how many lines may be missing at once; a larger step is no
	// running number.
	farthest = 1 << 20
	maxNotes = 20
)

func NewReading(pod string, restarts int32, epoch time.Time, sink func(history.Record)) *Reading {
	return &Reading{pod: pod, restarts: restarts, epoch: epoch, sink: sink, open: map[uint64]history.Served{}, ends: map[uint64]applog.Line{}}
}

// Pod is whose log it is.
func (r *Reading) Pod() string { return r.pod }

// Run is which run of the container's it is: how often that was restarted before.
func (r *Reading) Run() int32 { return r.restarts }

// Came is how many lines were given, repeated ones included, and how many there are.
func (r *Reading) Came() (given, have int) { return r.count + r.known, r.count }

// Open is how many requests have begun, by the lines so far, and not ended.
func (r *Reading) Open() int { return len(r.open) }

// Missing reports whether lines before the last one never came.
func (r *Reading) Missing() bool { return r.count != len(r.times) }

// Last is the highest number received.
func (r *Reading) Last() uint64 { return uint64(len(r.times)) }

// Complete reports whether every line is here, from the first to the exit line.
func (r *Reading) Complete() bool { return r.exited && r.count == len(r.times) }

// Take takes in one line.
func (r *Reading) Take(raw []byte) error {
	l, err := applog.Parse(raw)
	if err == nil && l.N > r.Last()+farthest {
		err = fmt.Errorf("line %d after line %d: no running number", l.N, r.Last())
	}
	if err != nil {
		r.note(raw)
		return nil
	}
	if l.N <= r.Last() && r.times[l.N-1] != 0 {
		if r.times[l.N-1] != l.T {
			return ErrOtherRun
		}
		r.known++
		return nil
	}
	if l.N == 1 && r.Claim != nil && !r.Claim(l.T) {
		return ErrOtherRun
	}
	for r.Last() < l.N {
		r.times = append(r.times, 0)
	}
	r.times[l.N-1] = l.T
	r.count++
	r.record(l)
	return nil
}

// record hands over what a line tells.
func (r *Reading) record(l applog.Line) {
	switch l.E {
	case applog.RequestStart:
		served := history.Served{Hit: l.Hit, Pod: r.pod, Start: r.at(l.T)}
		if end, ended := r.ends[l.N]; ended {
			delete(r.ends, l.N)
			r.served(served, end)
			return
		}
		r.open[l.N] = served
	case applog.RequestEnd:
		served, open := r.open[l.Of]
		if !open {
			r.ends[l.N] = l
			return
		}
		delete(r.open, l.Of)
		r.served(served, l)
	case applog.Start:
		r.event(history.EventAppStart, r.at(l.T), "pid", positive(l.PID))
	case applog.Ready:
		r.event(history.EventAppReady, r.at(l.T), "addr", l.Addr)
	case applog.Signal:
		r.event(history.EventAppSignal, r.at(l.T), "signal", l.Signal)
	case applog.Draining:
		r.event(history.EventAppDraining, r.at(l.T))
	case applog.Closed:
		r.event(history.EventAppClosed, r.at(l.T))
	case applog.Drained:
		r.event(history.EventAppDrained, r.at(l.T))
	case applog.Exit:
		r.exited = true
		r.event(history.EventAppExit, r.at(l.T), "code", strconv.Itoa(*l.Code))
	}
}

func (r *Reading) served(s history.Served, end applog.Line) {
	s.Done, s.Status = r.at(end.T), uint16(end.Status)
	r.sink(history.Record{Served: &s})
}

// Finish hands over what is still open and says how the log ended: "exit" (by its
// exit line), "exited" (read to its end after the container had ended without one), "running"
// (the container runs; every line that had been written by then was read) or
// "cut" (lines may be missing at its end).
func (r *Reading) Finish(how string, now time.Time) {
	r.gaps()
	for _, s := range r.open {
		r.sink(history.Record{Served: &s})
	}
	clear(r.open)
	r.event(history.EventLogEnd, history.MicrosOf(now.Sub(r.epoch)),
		"last", strconv.FormatUint(r.Last(), 10), "complete", strconv.FormatBool(r.Complete()), "end", how)
}

// gaps reports the lines that never came.
func (r *Reading) gaps() {
	var before uint64 // the last number received
	for i, t := range r.times {
		n := uint64(i) + 1
		if t == 0 {
			continue
		}
		if n != before+1 {
			from := t
			if before > 0 {
				from = r.times[before-1]
			}
			e := r.make(history.EventLogGap, r.at(from), "after", strconv.FormatUint(before, 10), "before", strconv.FormatUint(n, 10))
			e.Precision = max(r.at(t)-r.at(from), 0)
			r.sink(history.Record{Event: &e})
		}
		before = n
	}
}

// note passes on what is no line of the fixtures' log, such as a panic.
func (r *Reading) note(raw []byte) {
	const most = 300
	text := strings.TrimSpace(string(raw))
	if r.notes++; text == "" || r.notes > maxNotes {
		return
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	// Not of SourcePods: its time is that of its arrival, which must not pass for
	// that of a line.
	e := r.make(history.EventNote, history.MicrosOf(time.Since(r.epoch)), "text", text)
	e.Source = history.SourceAPI
	r.sink(history.Record{Event: &e})
}

func (r *Reading) at(unixMicros int64) history.Micros {
	return history.MicrosOf(time.UnixMicro(unixMicros).Sub(r.epoch))
}

func (r *Reading) event(kind string, t history.Micros, attrs ...string) {
	e := r.make(kind, t, attrs...)
	r.sink(history.Record{Event: &e})
}

func (r *Reading) make(kind string, t history.Micros, attrs ...string) history.Event {
	if r.restarts > 0 {
		attrs = append(attrs, "restarts", strconv.Itoa(int(r.restarts)))
	}
	e := history.Event{T: t, Source: history.SourcePods, Type: kind, Pod: r.pod}
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	return e
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
