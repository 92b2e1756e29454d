package report

import (
	"slices"

	"zarif/report/history"
)

// use is what hits did with one connection around a pod's signal.
type use struct {
	underWay bool // a hit was at from
	answered int  // hits begun after from that got their answer
	lost     int  // hits begun after from that it failed, repeated ones included
}

// idle counts what became of a reused stream's connections that were idle when
// their pod was asked to end. Whose a connection is says the pod that last answered
// on it.
func (d *draining) idle(ev *evidence, stream int) {
	if ev.throughEdge(stream) {
		return
	}
	s := &ev.streams[stream]
	for _, of := range d.list {
		uses := map[uint32]*use{}
		for i := range s.conns {
			c := &s.conns[i]
			if ev.names.text(c.pod) == of.life.name && c.open != notDone && c.open < of.from && (c.closed == notDone || c.closed > of.certain) {
				uses[c.id] = &use{}
			}
		}
		for i := range s.hits {
			of.use(ev, s, &s.hits[i], uses)
		}
		for id, u := range uses {
			if !u.underWay {
				of.result.Idle.add(ev, s.conn(id), u)
			}
		}
	}
}

func (of *drain) use(ev *evidence, s *streamEvidence, h *hit, uses map[uint32]*use) {
	if h.sent == notDone || h.done <= of.from {
		return
	}
	for _, a := range s.lost[h.seq] {
		if u := uses[a.Conn]; u != nil && h.sent >= of.from {
			u.lost++
		}
	}
	u := uses[h.conn]
	switch {
	case u == nil:
	case h.sent < of.certain:
		u.underWay = true
	case ev.cause(h) == history.OK:
		u.answered++
	case ev.cause(h).Dropped():
		u.lost++
	}
}

func (idle *Idle) add(ev *evidence, c *conn, u *use) {
	switch err := history.Cause(ev.causes.text(c.err)); {
	case u.lost > 0:
		idle.Cut++
	case c.closed == notDone:
		idle.Other++
	case err == history.Closed || err == history.Reset:
		idle.Closed++
	case err == "" && u.answered > 0:
		idle.Told++
	default:
		idle.Other++
	}
}

// conn finds a connection; nil: there is no record of it.
func (s *streamEvidence) conn(id uint32) *conn {
	i, found := slices.BinarySearchFunc(s.conns, id, func(c conn, id uint32) int { return int(int64(c.id) - int64(id)) })
	if !found || id == 0 {
		return nil
	}
	return &s.conns[i]
}
