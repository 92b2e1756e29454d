package explain

import (
	"cmp"
	"slices"

	"zarif/report/history"
)

// overload: everything was up, and the answer came too late. It takes the server's
// word: that it was at work on the request until the client gave up, or so shortly
// before that the answer did not come through whole; or that it began late, as it was
// at work on others all the while. A request that began late at a server which had
// nothing to do was held up on its way; unless it began early enough for what requests
// of its kind take, and the server was still at work on it.
func overload() mechanism {
	return mechanism{
		name:     Overload,
		doc:      "the server was up and too slow: it began the request late, or was still at work when the client gave up",
		explains: func(c *inquiry, l *loss) (found, bool) { return c.overloaded(l) },
		advice:   "give the pods more room, or the client more time: nothing was being shut down here",
	}
}

func (c *inquiry) overloaded(l *loss) (found, bool) {
	line := l.line()
	if line == nil || l.cause != history.ResponseTimeout && !l.gaveUp() {
		return found{}, false
	}
	p := c.byName[line.Pod]
	if p == nil || p.at(l.to, l.u) != up {
		return found{}, false
	}
	f, tenth := found{pods: some(p), way: byLog}, (l.to-l.from)/10
	held, tillEnd := line.Start-l.from, c.until(p, l, line.Done) > l.to-l.u-tenth
	switch {
	case held <= tenth+l.u:
		return f, tillEnd
	case c.atWork(p, l.from, line.Start):
		return f, tillEnd || held > 5*tenth
	}
	return f, tillEnd && held <= 5*tenth && c.slowed(l, line.Start)
}

// slowed reports whether a request that the server was at work on from start until the
// client gave up would have been answered in time, by far, had it taken the server as
// long as those of its stream that it answered: twice the middle one of them.
func (c *inquiry) slowed(l *loss, start history.Micros) bool {
	usual, known := c.usual(l.stream)
	return known && l.to-start-l.u > 2*usual
}

// usual is how long servers were at work on the answered requests of a stream, the
// middle one of at least 20.
func (c *inquiry) usual(stream int) (took history.Micros, known bool) {
	if c.took == nil {
		c.took = map[int][]history.Micros{}
	}
	all, asked := c.took[stream]
	if !asked {
		for line := range c.facts.Lines(stream) {
			if h, hit := c.facts.Hit(stream, line.Seq); hit && h.Cause == history.OK && line.Done > line.Start {
				all = append(all, line.Done-line.Start)
			}
		}
		slices.Sort(all)
		c.took[stream] = all
	}
	if len(all) < 20 {
		return 0, false
	}
	return all[len(all)/2], true
}

// until is how long the server was at work on the request: until done, or for as long
// as its log proves that it was not done. 0: not known.
func (c *inquiry) until(p *pod, l *loss, done history.Micros) history.Micros {
	if done == 0 && c.proves(p, l.to+l.u) {
		return l.to
	}
	return done
}

// A work is one request that a pod logged.
type work struct{ sent, start, done history.Micros }

// atWork reports whether the pod was at work on requests for nearly all of the time
// between two moments, by its log, and began none of them that had been sent well
// after the first: what others overtake does not wait for the server.
func (c *inquiry) atWork(p *pod, from, start history.Micros) bool {
	busy, last := history.Micros(0), from
	for _, w := range c.worksOf(p) {
		if w.start >= start {
			break
		}
		if w.sent > from+(start-from)/2 {
			return false
		}
		busy += max(0, min(w.done, start)-max(w.start, last))
		last = max(last, min(w.done, start))
	}
	return start > from && busy*10 >= (start-from)*9
}

// worksOf are the requests of a pod in the order of their starts.
func (c *inquiry) worksOf(p *pod) []work {
	if c.works == nil {
		c.works = map[*pod][]work{}
		for i := range c.meta.Streams {
			for line := range c.facts.Lines(i) {
				of := c.byName[line.Pod]
				if h, known := c.facts.Hit(i, line.Seq); known && of != nil && line.Done > line.Start {
					c.works[of] = append(c.works[of], work{h.Sent, line.Start, line.Done})
				}
			}
		}
		for _, all := range c.works {
			slices.SortFunc(all, func(a, b work) int { return cmp.Compare(a.start, b.start) })
		}
	}
	return c.works[p]
}
