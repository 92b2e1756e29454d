package tune

import (
	"math"
	"time"
)

// choose is the next candidate, or the end of the search. The sleep comes first, then the
// grace period for it.
//
// No sleep at all is tried first: it costs least, is what the others' cost is held
// against, and measures for how long new connections still come, which leads to the
// first sleep worth trying. It is assumed that a longer sleep loses no more: below a
// refused sleep none is tried. Between the longest that was refused and the shortest
// that lost nothing so far the search halves, at the price of a few trials each, and
// only what is left then is verified.
func (s *Search) choose() Candidate {
	if s.sleep == nil {
		if sleep := s.chooseSleep(); s.state != Searching || s.sleep == nil {
			return s.with(sleep)
		}
	}
	if !s.config.Grace {
		s.end(Found, "")
		return Candidate{}
	}
	return s.chooseGrace()
}

// with is a sleep with the grace period that it is tried with: that of the workload,
// unless it leaves too little room beside the sleep.
func (s *Search) with(sleep int) Candidate {
	return Candidate{PreStop: sleep, Grace: min(max(s.config.Own.Grace, sleep+s.room), max(s.config.MaxGrace, sleep+1))}
}

// chooseSleep sets s.sleep where one is verified, and otherwise returns the one to try.
func (s *Search) chooseSleep() int {
	lo := s.refusedUpTo()
	if lo >= s.config.Max {
		s.end(None, "")
		return 0
	}
	hi, some := s.cleanAbove(lo, probes)
	switch {
	case lo < 0:
		hi = 0
	case !some:
		return s.upward(lo)
	}
	if mid := lo + (hi-lo)/2; lo >= 0 && mid > lo {
		return mid
	}
	r := s.find(s.with(hi))
	for r != nil && s.open(r) { // it had its trials, and too few to be verified by them
		hi, _ = s.cleanAbove(hi, probes)
		r = s.find(s.with(hi))
	}
	if r != nil && r.inRow >= s.needed(r) {
		s.sleep = r
	}
	return hi
}

// refusedUpTo is the longest sleep that was refused; -1: none was.
func (s *Search) refusedUpTo() int {
	lo := -1
	for _, r := range s.rows {
		if r.refused {
			lo = max(lo, r.PreStop)
		}
	}
	return lo
}

// cleanAbove is the shortest sleep longer than lo with so many trials in a row that
// lost nothing.
func (s *Search) cleanAbove(lo, trials int) (hi int, some bool) {
	for _, r := range s.rows {
		if r.PreStop > lo && !r.left && r.inRow >= min(trials, s.config.Trials) && (!some || r.PreStop < hi) {
			hi, some = r.PreStop, true
		}
	}
	return hi, some
}

// needed is how many trials in a row verify a row: more where a second more, which
// lost nothing, is there to be taken instead.
func (s *Search) needed(r *row) int {
	if s.spared(r) && s.config.Below > s.config.Trials {
		return s.config.Below
	}
	return s.config.Trials
}

// spared reports whether one second more lost nothing so far.
func (s *Search) spared(r *row) bool {
	longer, some := s.cleanAbove(r.PreStop, probes)
	return some && longer == r.PreStop+1
}

// open reports whether a row has had all trials that it gets beside one second more
// that lost nothing, and was neither verified by them nor refused.
func (s *Search) open(r *row) bool {
	return s.spared(r) && s.config.Below < s.config.Trials && r.inRow >= s.config.Below
}

// upward is the next sleep longer than all that were tried, or the one that is under
// way: as long as new connections were seen to come, and each time it was not enough
// twice as far beyond.
func (s *Search) upward(lo int) int {
	for _, r := range s.rows {
		if r.PreStop > lo && !r.left {
			return r.PreStop
		}
	}
	for _, r := range s.rows { // with a longer grace period now
		if r.PreStop > lo && r.left {
			return r.PreStop
		}
	}
	step := 1 << min(max(0, s.ups()-2), 10)
	return min(s.config.Max, max(lo+step, int(math.Ceil(s.late.Seconds()))))
}

// ups is how many sleeps were refused.
func (s *Search) ups() (n int) {
	for _, r := range s.rows {
		if r.refused {
			n++
		}
	}
	return n
}

// chooseGrace climbs from the smallest grace period that holds the sleep and what
// was measured, until trials in a row lose nothing and no pod is killed in them.
func (s *Search) chooseGrace() Candidate {
	from, ok := s.derived()
	switch {
	case from.sample == 0 && s.sleep.killed() == 0: // no exit was seen
		s.end(Found, "")
		return Candidate{}
	case !ok:
		from.seconds = s.sleep.Grace + s.room
	}
	at := min(from.seconds, s.config.MaxGrace)
	for {
		r := s.find(Candidate{s.sleep.PreStop, at})
		switch {
		case r == nil, !r.unfit() && r.inRow < s.config.Trials:
			return Candidate{s.sleep.PreStop, at}
		case !r.unfit():
			s.grace = r
			s.end(Found, "")
			return Candidate{}
		case at >= s.config.MaxGrace:
			s.end(Found, "")
			return Candidate{}
		}
		at = min(s.sleep.PreStop+2*max(1, at-s.sleep.PreStop), s.config.MaxGrace)
	}
}

// unfit reports whether a grace period lost something, or a pod was killed in it.
func (r *row) unfit() bool { return r.lost > 0 || r.killed() > 0 }

func (r *row) killed() (pods int) {
	for _, o := range r.outcomes {
		if o.Kind != Doubtful {
			pods += o.Killed
		}
	}
	return pods
}

// A graceOf is a grace period that measurements lead to.
type graceOf struct {
	seconds int
	longest time.Duration // from the end of the sleep to the exit
	sample  int
}

// derived is the smallest grace period that holds the verified sleep and the longest
// time that its pods took to drain, with half of that on top and at least a second.
// None where a pod was killed, since how long it would have taken is not known then,
// or where no exit was seen.
func (s *Search) derived() (g graceOf, ok bool) {
	for _, o := range s.sleep.outcomes {
		if o.Kind == Doubtful {
			continue
		}
		for _, d := range o.Drains {
			g.longest = max(g.longest, d)
			g.sample++
		}
	}
	g.seconds = s.sleep.PreStop + int(math.Ceil((g.longest + max(time.Second, g.longest/2)).Seconds()))
	return g, g.sample > 0 && s.sleep.killed() == 0
}

// Left is about how many trials are left, if none of those under way loses anything.
func (s *Search) Left() int {
	if s.state != Searching {
		return 0
	}
	left := s.config.Trials
	lo := s.refusedUpTo()
	hi, some := s.cleanAbove(lo, probes)
	switch {
	case s.sleep != nil:
		return left
	case lo < 0:
		if r := s.find(s.with(0)); r != nil {
			left -= r.inRow
		}
	case some:
		if r := s.find(s.with(hi)); r != nil {
			left = max(1, s.needed(r)-r.inRow) + 2*int(math.Ceil(math.Log2(float64(max(1, hi-lo)))))
		}
	}
	return max(1, min(left, s.config.Most-s.total))
}
