// Package podlog turns the log that a fixture writes into records of a history,
// whatever kind of cluster its lines come from. Getting the lines is not its
// business.
package podlog

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// A Reading turns the log of one run of a container into records. It may be given
// the log several times over, whole or in parts: a line that it has is skipped by
// its writer and running number, one that it lacked is taken. Several processes of
// the container may write, see [applog.Line]. Not safe for concurrent use.
type Reading struct {
	pod      string
	restarts int32 // which run
	epoch    time.Time
	sink     func(history.Record)
	// Claim reports whether the run whose first line was written at t may be read
	// here: not if it is read elsewhere already. nil: always.
	Claim func(t int64) bool

	writers map[string]*writer
	own     bool // what is given now is known to be of this run, see Begin
	placed  bool // its first line has shown whose it is
	count   int  // lines received, of all writers
	known   int  // how often a line came that was here already
	notes   int
}

// ErrOtherRun means that a log is that of another run of the container.
var ErrOtherRun = errors.New("the log is that of another run of the container")

func NewReading(pod string, restarts int32, epoch time.Time, sink func(history.Record)) *Reading {
	return &Reading{pod: pod, restarts: restarts, epoch: epoch, sink: sink, writers: map[string]*writer{}}
}

// Begin says that what is given next is a log from the first line on that is left
// of it. Unless it is known to be this run's own, it may be another's that has just
// begun. That shows at its first line, which is not here: no run's log is given
// without its beginning at first and with it later. Without Begin all that is given
// counts as one log.
func (r *Reading) Begin(own bool) { r.own, r.placed = own, false }

// Pod is whose log it is.
func (r *Reading) Pod() string { return r.pod }

// Run is which run of the container's it is: how often that was restarted before.
func (r *Reading) Run() int32 { return r.restarts }

// Came is how many lines were given, repeated ones included, and how many there are.
func (r *Reading) Came() (given, have int) { return r.count + r.known, r.count }

// Open is how many requests have begun, by the lines so far, and not ended.
func (r *Reading) Open() (n int) {
	for _, w := range r.writers {
		n += len(w.open)
	}
	return n
}

// Missing reports whether lines before the last one of their writer never came.
// That a writer's lines are missing all, no number tells.
func (r *Reading) Missing() bool {
	for _, w := range r.writers {
		if w.missing() {
			return true
		}
	}
	return false
}

// Last is the highest number received of a writer; 0: none was.
func (r *Reading) Last(name string) uint64 {
	if w := r.writers[name]; w != nil {
		return w.last()
	}
	return 0
}

// Complete reports whether the lines by themselves prove that every line is here:
// from the first to the exit line of a writer that is the only one. Where several
// may write they prove nothing: there may be a writer of which no line came.
func (r *Reading) Complete() bool {
	only := r.writers[""]
	return only != nil && len(r.writers) == 1 && only.exited && !only.missing()
}

// Take takes in one line. ErrOtherRun is its only error: the line was not taken,
// and the rest of what it comes from must not be given.
func (r *Reading) Take(raw []byte) error {
	l, err := applog.Parse(raw)
	var w *writer
	if err == nil {
		if w = r.writers[l.W]; w == nil {
			w = newWriter(l.W)
		}
		err = w.plausible(l.N)
	}
	if err != nil {
		r.note(raw)
		return nil
	}
	if t, here := w.has(l.N); here {
		if t != l.T {
			return ErrOtherRun
		}
		r.placed = true
		r.known++
		return nil
	}
	if !r.place(l) {
		return ErrOtherRun
	}
	r.writers[l.W] = w
	w.add(l.N, l.T)
	r.count++
	r.record(w, l)
	return nil
}

// place reports whether l, which is not here, can be of this run.
func (r *Reading) place(l applog.Line) bool {
	switch {
	case r.placed || l.N > 1:
	case r.count == 0:
		if r.Claim != nil && !r.Claim(l.T) {
			return false
		}
	case !r.own:
		return false
	}
	r.placed = true
	return true
}

// Finish hands over what is still open and says how the log ended: "exit" (by the
// exit line of its only writer), "exited" (read to its end after the container had
// ended), "running" (the container runs; every line that had been written by then
// was read) or "cut" (lines may be missing at its end).
//
// The log is complete if its lines prove it (see Complete), or if several may have
// written, it ended with "exited" and no writer's numbers have a gap: then nothing
// can follow, and only a writer could be missing of which every single line was
// lost. A log of one writer that ended with "exited" is not called complete: the
// exit line that would prove it is not there.
func (r *Reading) Finish(how string, now time.Time) {
	names := slices.Sorted(maps.Keys(r.writers))
	var last uint64
	for _, name := range names {
		w := r.writers[name]
		r.gaps(w)
		for _, n := range slices.Sorted(maps.Keys(w.open)) {
			s := w.open[n]
			r.sink(history.Record{Served: &s})
		}
		clear(w.open)
		last += w.last()
	}
	complete, writers := r.Complete(), ""
	if several := len(names) > 1 || len(names) == 1 && names[0] != ""; several {
		complete, writers = how == history.LogEndExited && !r.Missing(), strconv.Itoa(len(names))
	}
	r.event(history.EventLogEnd, history.MicrosOf(now.Sub(r.epoch)),
		"last", strconv.FormatUint(last, 10), "complete", strconv.FormatBool(complete), "end", how, "writers", writers)
}

// gaps reports the lines of a writer that never came.
func (r *Reading) gaps(w *writer) {
	for _, h := range w.holes() {
		e := r.make(history.EventLogGap, r.at(h.from),
			"after", strconv.FormatUint(h.after, 10), "before", strconv.FormatUint(h.before, 10), "writer", w.name)
		e.Precision = max(r.at(h.by)-r.at(h.from), 0)
		r.sink(history.Record{Event: &e})
	}
}
