package report

import (
	"slices"

	"zarif/report/history"
)

// reach adds to the pods' lives what hits tell: who answered, on which
// connections, and what still arrived after a deletion.
func (ls *lives) reach(ev *evidence) {
	for stream := range ev.streams {
		s := &ev.streams[stream]
		for _, c := range s.conns {
			if c.pod != 0 && !ev.throughEdge(stream) {
				ls.opened(ev, c.pod, c.open)
			}
		}
		ev.join(stream, func(j *joined) { ls.hit(ev, s, j) })
	}
}

func (ls *lives) opened(ev *evidence, pod uint32, at history.Micros) {
	l := ls.of(ev, pod)
	l.lastNewConnection = max(l.lastNewConnection, at)
}

func (ls *lives) hit(ev *evidence, s *streamEvidence, j *joined) {
	for i, sv := range j.served {
		l := ls.of(ev, sv.pod)
		l.log.hits = true
		l.log.last = max(l.log.last, sv.start, sv.done)
		again := slices.ContainsFunc(j.served[:i], func(before served) bool { return before.pod == sv.pod })
		if l.deleted != notDone && sv.start > l.deleted && !again {
			l.late++
		}
	}
	h := j.hit
	if h == nil || ev.cause(h) == history.Missed {
		return
	}
	pod := j.pod()
	if h.pod != 0 {
		l := ls.of(ev, h.pod)
		if ev.cause(h) == history.OK {
			l.answered++
		}
		if l.deleted != notDone && h.sent > l.deleted && !j.by(h.pod) {
			l.late++
		}
	}
	if pod == 0 || h.conn == 0 || ev.throughEdge(j.stream) {
		return
	}
	if c, found := slices.BinarySearchFunc(s.conns, h.conn, func(c conn, id uint32) int { return int(int64(c.id) - int64(id)) }); found {
		ls.opened(ev, pod, s.conns[c].open)
	}
}

// pod is the pod that the hit's last connection led to; 0 if that is unknown.
func (j *joined) pod() uint32 {
	switch {
	case j.hit.pod != 0:
		return j.hit.pod
	case len(j.served) == 1 && !j.hit.masked && j.hit.tries <= 1:
		return j.served[0].pod
	}
	return 0
}
