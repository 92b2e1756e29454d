package explain

import (
	"iter"

	"zarif/report"
	"zarif/report/history"
)

// A loss is the attempt that lost a hit: of a dropped one the last, of a masked one
// the first.
type loss struct {
	stream int
	in     *history.Stream
	hit    history.Hit
	cause  history.Cause
	conn   history.Conn // zero: there is no record of it
	lines  []report.Line
	fresh  bool // the connection was opened for it
	// through: the connection led to a proxy in front of the pods.
	through bool
	from    history.Micros // when it was dialled, or sent on a connection that stood
	to      history.Micros // when it had failed
	// u is how far apart the clocks of the client and of the pods may be, with what
	// passes between a thing and its line.
	u history.Micros
}

// jitter is how long after a thing its line may be written, on a busy machine.
const jitter = second / 50

func (l *loss) masked() bool { return l.hit.Masked() }

func (l *loss) id() string { return history.HitID(l.hit.Stream, l.hit.Seq) }

// opened reports whether the connection was established.
func (l *loss) opened() bool { return l.conn.Open != 0 }

// connecting reports whether it failed before there was a connection.
func (l *loss) connecting() bool {
	switch l.cause {
	case history.Refused, history.ConnectTimeout, history.Unreachable:
		return true
	}
	return false
}

// severed reports whether the peer ended the connection before it answered.
func (l *loss) severed() bool { return l.cause == history.Reset || l.cause == history.Closed }

// gaveUp reports whether the client ended the connection itself, since the time for
// the answer was over.
func (l *loss) gaveUp() bool {
	began := max(l.from, l.conn.Open)
	return l.in.ResponseTimeout > 0 && l.opened() && l.to-began >= history.MicrosOf(l.in.ResponseTimeout)
}

// losses are all dropped and masked hits, in the order of their streams and numbers.
func (c *inquiry) losses() iter.Seq[*loss] {
	return func(yield func(*loss) bool) {
		for i := range c.meta.Streams {
			for h := range c.facts.Hits(i) {
				if (h.Cause.Dropped() || h.Masked()) && !yield(c.loss(i, h)) {
					return
				}
			}
		}
	}
}

func (c *inquiry) loss(stream int, h history.Hit) *loss {
	in := &c.meta.Streams[stream]
	l := &loss{
		stream: stream, in: in, hit: h, cause: h.Cause, from: h.Sent, to: h.Done, through: c.meta.Through(in),
		u: c.facts.Uncertainty(in.Source) + c.facts.Uncertainty(history.SourcePods) + jitter,
	}
	id := h.Conn
	if h.Masked() {
		l.cause, id = h.Lost[0].Cause, h.Lost[0].Conn
	}
	if conn, known := c.facts.Conn(stream, id); known {
		l.conn = conn
		l.fresh = conn.Dial >= h.Sent
		if l.fresh {
			l.from = conn.Dial
		}
		if h.Masked() && conn.Closed != 0 {
			l.to = conn.Closed
		}
	} else {
		l.fresh = h.Idle == 0 && !h.Masked()
	}
	for line := range c.facts.LinesOf(stream, h.Seq) {
		l.lines = append(l.lines, line)
	}
	return l
}
