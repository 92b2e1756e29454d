package report

import (
	"zarif/report/history"
)

// An Edge is what the proxy in front of the target logged of a stream's hits. It
// tells who made an error that a client saw: a gateway's own 502 is not the
// application's.
type Edge struct {
	Logged  int `json:"logged"`  // sent hits of which the edge has a line; it may have none of one that it gave up
	Retried int `json:"retried"` // of them, those that the edge sent, or tried to send, more than once
	Saved   int `json:"saved"`   // of the retried, those that were ok
	// Answered are the hits whose client got a status, which an edge logs; Lost are
	// those of them of which there is no line. Where one is lost the log is not whole,
	// and that it says nothing of a drop says nothing of whose the drop is.
	Answered int `json:"answered"`
	Lost     int `json:"lost"`
	// Origins tells, for every cause of a drop, where it came from; it adds up to the
	// stream's causes. The keys below are one of the Origin… words, or else the reason
	// why the edge's last try at an upstream failed: then the answer, if there was
	// one, was the edge's own.
	Origins map[string]map[string]int `json:"origins"`
}

// Origins of a drop that are no reasons of the edge's.
const (
	OriginApplication = "application" // the status is the upstream's
	OriginDelivered   = "delivered"   // the edge holds it for answered; the way to the client took it
	OriginUnlogged    = "unlogged"    // no line tells of it: none was logged, or it was lost
)

// throughEdge reports whether a stream's connections end at a proxy in front of the
// pods, so that they say nothing of connections to these.
func (ev *evidence) throughEdge(stream int) bool {
	return ev.meta.Through(&ev.meta.Streams[stream])
}

// edge counts what the edge logged of a stream; nil where there was none.
func (ev *evidence) edge(in *history.Stream, s *streamEvidence) *Edge {
	if in.Vantage != history.VantageEdge {
		return nil
	}
	e := &Edge{Origins: map[string]map[string]int{}}
	lines := s.proxied
	for i := range s.hits {
		h := &s.hits[i]
		cause := ev.cause(h)
		var last *proxied
		for len(lines) > 0 && lines[0].seq <= h.seq {
			if lines[0].seq == h.seq {
				last = &lines[0] // a client that repeats has several
			}
			lines = lines[1:]
		}
		if cause == history.Missed {
			continue
		}
		if last != nil {
			e.Logged++
		}
		if answered(cause) {
			e.Answered++
			if last == nil {
				e.Lost++
			}
		}
		if last != nil && last.tries > 1 {
			e.Retried++
			if cause == history.OK {
				e.Saved++
			}
		}
		if cause.Dropped() {
			e.origin(cause, ev.origin(last))
		}
	}
	return e
}

// answered reports whether the edge answered with a status, the pod's or its own.
func answered(cause history.Cause) bool {
	switch cause {
	case history.OK, history.Status502, history.Status503, history.Status504, history.Status5xx, history.Status4xx:
		return true
	}
	return false
}

func (e *Edge) origin(cause history.Cause, origin string) {
	if e.Origins[string(cause)] == nil {
		e.Origins[string(cause)] = map[string]int{}
	}
	e.Origins[string(cause)][origin]++
}

// origin is where a drop came from, by the edge's line of it.
func (ev *evidence) origin(line *proxied) string {
	switch {
	case line == nil:
		return OriginUnlogged
	case line.reason != 0:
		return ev.causes.text(line.reason)
	case line.answered && line.status >= 400:
		return OriginApplication
	case line.answered:
		return OriginDelivered
	}
	return history.EdgeOther
}
