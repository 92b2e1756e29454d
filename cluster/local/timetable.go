package local

import (
	"slices"
	"time"
)

// A timetable is what is to happen to a deployment, in the order in which it will:
// on a machine so busy that two timers are over at once, their goroutines would run
// in any. Guarded by the Deployed's lock.
type timetable struct {
	next   []appointment
	timers map[*time.Timer]struct{} // one for each
}

type appointment struct {
	at time.Time
	do func()
}

// later runs f under the lock after a delay, unless d was removed by then. With the
// lock held.
func (d *Deployed) later(delay time.Duration, f func()) { d.laterAt(time.Now().Add(delay), f) }

// laterAt runs f at a time, after all that is to happen before or was set for the
// same time before. With the lock held.
func (d *Deployed) laterAt(at time.Time, f func()) {
	if d.life.Err() != nil {
		return
	}
	i, _ := slices.BinarySearchFunc(d.next, at, func(a appointment, at time.Time) int {
		if a.at.After(at) {
			return 1
		}
		return -1
	})
	d.next = slices.Insert(d.next, i, appointment{at, f})
	var t *time.Timer
	t = time.AfterFunc(time.Until(at), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.timers, t)
		if d.life.Err() != nil {
			return
		}
		first := d.next[0] // not later than this timer's own, which is over
		d.next = slices.Delete(d.next, 0, 1)
		first.do()
		d.wake()
	})
	d.timers[t] = struct{}{}
}

// cancel takes back all that was to come.
func (t *timetable) cancel() {
	for timer := range t.timers {
		timer.Stop()
	}
	clear(t.timers)
	t.next = nil
}
