package lag

import (
	"cmp"
	"slices"
	"time"

	"zarif/report/history"
)

const (
	// asked is how long after a process's end connections are looked at.
	asked = history.Micros(2 * time.Second / time.Microsecond)
	// still is how long no connection may have failed before a process's end, or
	// what fails after it may be the doing of the one before.
	still = history.Micros(200 * time.Millisecond / time.Microsecond)
	// closely is how close the last refused and the first hanging connection are
	// to be for the change between them to be known.
	closely = history.Micros(200 * time.Millisecond / time.Microsecond)
)

// teardown is how long each pod's address refused connections after its process
// had ended, until they hung: half-way between the last one that was refused and
// the first one that met nothing. Where none hung, the proxy had ceased to send
// any before that; the address refused at least as long as it was asked.
func (t *trial) teardown() (hanging, refusing []time.Duration) {
	var exits []history.Micros
	closed := map[history.Micros]history.Micros{} // by exit
	for pod := range t.byPod {
		for _, exit := range t.only(pod, history.EventAppExit) {
			exits = append(exits, exit)
			closed[exit] = exit
			if at, ok := t.one(pod, history.EventAppClosed); ok {
				closed[exit] = min(exit, at) // it refuses since then
			}
		}
	}
	slices.Sort(exits)
	for i, exit := range exits {
		until := exit + asked
		if i+1 < len(exits) {
			until = min(until, closed[exits[i+1]])
		}
		if last, first := t.between(closed[exit]-still, closed[exit]); last > closed[exit]-still || first > 0 {
			continue
		}
		last, first := t.between(exit, until)
		switch {
		case first == 0 && last > exit:
			refusing = append(refusing, (last - exit).Duration())
		case first > last && first-last <= closely:
			hanging = append(hanging, ((last+first)/2 - exit).Duration())
		}
	}
	return hanging, refusing
}

// between is when the last connection was dialled that was refused, from if there
// is none, and the first one that hung, 0 if there is none.
func (t *trial) between(from, until history.Micros) (last, first history.Micros) {
	last = from
	for _, c := range t.conns {
		if c.Dial <= from || c.Dial >= until {
			continue
		}
		switch c.Err {
		case history.Refused:
			last = c.Dial
		case history.ConnectTimeout:
			if first == 0 {
				first = c.Dial
			}
		}
	}
	return last, first
}

// uncensored is the sample of which some values are seen and of others only that
// they are no less than some time. To leave those out would favour short ones. It
// is as large as what was seen, evenly taken from the estimate by Kaplan and Meier
// (J. Am. Stat. Assoc. 53, 1958); what lies beyond all that was seen counts as the
// longest time that is known of.
func uncensored(seen, atLeast []time.Duration) []time.Duration {
	type value struct {
		d    time.Duration
		seen bool
		mass float64
	}
	var all []value
	for _, d := range seen {
		all = append(all, value{d: d, seen: true})
	}
	for _, d := range atLeast {
		all = append(all, value{d: d})
	}
	slices.SortStableFunc(all, func(a, b value) int { return cmp.Compare(a.d, b.d) }) // seen ones first among equals
	left := 1.0
	for i := range all {
		if all[i].seen {
			all[i].mass = left / float64(len(all)-i)
			left -= all[i].mass
		}
	}
	all[len(all)-1].mass += left
	sample := make([]time.Duration, 0, len(seen))
	i, below := 0, all[0].mass
	for n := range seen {
		part := (float64(n) + 0.5) / float64(len(seen))
		for below < part && i+1 < len(all) {
			i++
			below += all[i].mass
		}
		sample = append(sample, all[i].d)
	}
	return sample
}
