package report

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"zarif/report/history"
)

// Facts are what a history holds beyond the counts that were made of it, for who
// asks why. All times are µs since Meta.Started by the harness's clock, and 0 means
// never, as in a history. Facts are read only, and last as long as one Examiner
// looks at them.
type Facts struct {
	ev   *evidence
	pods *lives
}

// An Examiner looks closer at a trial than its counts do, and adds to it what it
// found.
type Examiner func(*Trial, *Facts)

// A Line is one request as a server logged it.
type Line struct {
	Stream      int
	Seq         uint64
	Pod         string
	Start, Done history.Micros
	Status      uint16
}

// Meta is what was decided before the trial began.
func (f *Facts) Meta() *history.Meta { return &f.ev.meta }

// Whole reports whether the history has its end mark and every record before it.
func (f *Facts) Whole() bool { return f.ev.complete() }

// Events are all of them in the order of their earliest moments.
func (f *Facts) Events() []history.Event { return f.ev.events }

// Shift is what was added to the times of a source. An event's attributes still
// hold the source's own.
func (f *Facts) Shift(source string) history.Micros { return f.ev.shifts[source] }

// Uncertainty is how far off the harness's clock a source's times can be after
// they were converted; 0 for the harness, and for a source that uses its clock.
func (f *Facts) Uncertainty(source string) history.Micros {
	clocks := f.ev.clocks[source]
	if len(clocks) == 0 {
		return 0
	}
	return history.MicrosOf(closest(clocks).Uncertainty)
}

// LogProves reports whether the absence of a line from before t in the pod's log
// is evidence.
func (f *Facts) LogProves(pod string, t history.Micros) bool {
	l := f.life(pod)
	return l != nil && l.log.proves(t)
}

// LogWhole reports whether the pod's log is known to hold every line that was
// written until it was last read.
func (f *Facts) LogWhole(pod string) bool {
	l := f.life(pod)
	return l != nil && l.log.whole()
}

func (f *Facts) life(pod string) *life {
	for _, l := range f.pods.list {
		if l.name == pod {
			return l
		}
	}
	return nil
}

// Hits are those of a stream, in the order of their numbers.
func (f *Facts) Hits(stream int) iter.Seq[history.Hit] {
	return f.some(stream, f.ev.streams[stream].hits)
}

// Between are the hits of a stream that were scheduled from one moment to another.
func (f *Facts) Between(stream int, from, to history.Micros) iter.Seq[history.Hit] {
	hits := f.ev.streams[stream].hits
	at := func(h hit, t history.Micros) int { return cmp.Compare(h.at, t) }
	first, _ := slices.BinarySearchFunc(hits, from, at)
	last, _ := slices.BinarySearchFunc(hits, to+1, at)
	return f.some(stream, hits[min(first, last):last])
}

// Hit is one hit; false: there is no record of it.
func (f *Facts) Hit(stream int, seq uint64) (history.Hit, bool) {
	if stream < 0 || stream >= len(f.ev.streams) {
		return history.Hit{}, false
	}
	hits := f.ev.streams[stream].hits
	i, found := slices.BinarySearchFunc(hits, seq, func(h hit, seq uint64) int { return cmp.Compare(h.seq, seq) })
	if !found {
		return history.Hit{}, false
	}
	return f.told(stream, &hits[i]), true
}

func (f *Facts) some(stream int, hits []hit) iter.Seq[history.Hit] {
	return func(yield func(history.Hit) bool) {
		for i := range hits {
			if !yield(f.told(stream, &hits[i])) {
				return
			}
		}
	}
}

func (f *Facts) told(stream int, h *hit) history.Hit {
	ev := f.ev
	return history.Hit{
		Stream: uint8(stream), Seq: h.seq, At: h.at, Sent: orNever(h.sent), First: orNever(h.first), Done: h.done, Conn: h.conn, Tries: h.tries,
		Idle: history.Micros(h.idle), Status: h.status, Pod: ev.names.text(h.pod), Cause: ev.cause(h), Lost: ev.streams[stream].lost[h.seq],
	}
}

// Conn is one connection of a stream, of its client's address the port alone; false:
// there is no record of it.
func (f *Facts) Conn(stream int, id uint32) (history.Conn, bool) {
	c := f.ev.streams[stream].conn(id)
	if c == nil {
		return history.Conn{}, false
	}
	return f.connection(stream, c), true
}

// Conns are all connections of a stream in the order of their ids.
func (f *Facts) Conns(stream int) iter.Seq[history.Conn] {
	return func(yield func(history.Conn) bool) {
		conns := f.ev.streams[stream].conns
		for i := range conns {
			if !yield(f.connection(stream, &conns[i])) {
				return
			}
		}
	}
}

// connection has of the client's address the port alone.
func (f *Facts) connection(stream int, c *conn) history.Conn {
	remote, _ := netip.ParseAddrPort(f.ev.addresses.text(c.remote))
	return history.Conn{
		ID: c.id, Stream: uint8(stream), Dial: c.dial, Open: orNever(c.open), Closed: orNever(c.closed),
		Local: netip.AddrPortFrom(netip.Addr{}, c.port), Remote: remote,
		Read: int64(c.read), Wrote: int64(c.wrote), Pod: f.ev.names.text(c.pod), Err: history.Cause(f.ev.causes.text(c.err)),
	}
}

// Lines are those of all servers about hits of a stream, in the order of the hits.
func (f *Facts) Lines(stream int) iter.Seq[Line] { return f.lines(f.ev.streams[stream].served) }

// LinesOf are those about one hit, in the order of their starts.
func (f *Facts) LinesOf(stream int, seq uint64) iter.Seq[Line] {
	all := f.ev.streams[stream].served
	at := func(sv served, seq uint64) int { return cmp.Compare(sv.seq, seq) }
	first, _ := slices.BinarySearchFunc(all, seq, at)
	last, _ := slices.BinarySearchFunc(all, seq+1, at)
	return f.lines(all[first:last])
}

func (f *Facts) lines(all []served) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, sv := range all {
			if !yield(Line{Stream: int(sv.stream), Seq: sv.seq, Pod: f.ev.names.text(sv.pod), Start: sv.start, Done: orNever(sv.done), Status: sv.status}) {
				return
			}
		}
	}
}

// Proxied is what the edge logged of one hit, in the order of its lines. Of its
// upstreams it names the last.
func (f *Facts) Proxied(stream int, seq uint64) (all []history.Proxied) {
	lines := f.ev.streams[stream].proxied
	i, _ := slices.BinarySearchFunc(lines, seq, func(p proxied, seq uint64) int { return cmp.Compare(p.seq, seq) })
	for ; i < len(lines) && lines[i].seq == seq; i++ {
		p := history.Proxied{
			Hit: history.HitID(uint8(stream), seq), Done: lines[i].done, Status: lines[i].status, Tries: lines[i].tries,
			Reason: f.ev.causes.text(lines[i].reason), Detail: f.ev.addresses.text(lines[i].detail),
		}
		if lines[i].upstream != 0 {
			p.Upstream = []string{f.ev.addresses.text(lines[i].upstream)}
		}
		if lines[i].answered {
			p.UpstreamStatus = p.Status
		}
		all = append(all, p)
	}
	return all
}

// Origin is where a drop came from by the edge's last line of it; see Edge.
func (f *Facts) Origin(stream int, seq uint64) string {
	lines := f.ev.streams[stream].proxied
	var last *proxied
	i, _ := slices.BinarySearchFunc(lines, seq, func(p proxied, seq uint64) int { return cmp.Compare(p.seq, seq) })
	for ; i < len(lines) && lines[i].seq == seq; i++ {
		last = &lines[i]
	}
	return f.ev.origin(last)
}

func orNever(t history.Micros) history.Micros {
	if t == notDone {
		return 0
	}
	return t
}
