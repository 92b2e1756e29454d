package podlog

import (
	"fmt"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// A writer is what is known of the lines of one process of a container. Their
// numbers are its own, and say nothing of any other's.
type writer struct {
	name   string  // as its lines have it; empty: there is no other
	times  []int64 // of line n at n-1; 0: not received
	count  int     // lines received
	open   map[uint64]history.Served
	ends   map[uint64]applog.Line // of requests whose start was not received yet
	exited bool                   // its exit line was received
}

// farthest is how many lines may be missing at once; a larger step is no running
// number.
const farthest = 1 << 20

func newWriter(name string) *writer {
	return &writer{name: name, open: map[uint64]history.Served{}, ends: map[uint64]applog.Line{}}
}

// last is the highest number received.
func (w *writer) last() uint64 { return uint64(len(w.times)) }

// missing reports whether lines before the last one never came.
func (w *writer) missing() bool { return w.count != len(w.times) }

// plausible says what is wrong with the number n.
func (w *writer) plausible(n uint64) error {
	if n > w.last()+farthest {
		return fmt.Errorf("line %d after line %d: no running number", n, w.last())
	}
	return nil
}

// has reports whether line n is here, and when it was written.
func (w *writer) has(n uint64) (t int64, here bool) {
	if n > w.last() || w.times[n-1] == 0 {
		return 0, false
	}
	return w.times[n-1], true
}

// add takes in a line that is not here yet.
func (w *writer) add(n uint64, t int64) {
	for w.last() < n {
		w.times = append(w.times, 0)
	}
	w.times[n-1] = t
	w.count++
}

// A hole is a run of lines that never came: those after the number after (0: from
// the first on) and before the number before, which were written from at from and
// by by.
type hole struct {
	after, before uint64
	from, by      int64
}

// holes are the lines that never came, as far as later ones did.
func (w *writer) holes() (holes []hole) {
	var before uint64 // the last number received
	for i, t := range w.times {
		n := uint64(i) + 1
		if t == 0 {
			continue
		}
		if n != before+1 {
			from := t
			if before > 0 {
				from = w.times[before-1]
			}
			holes = append(holes, hole{after: before, before: n, from: from, by: t})
		}
		before = n
	}
	return holes
}
