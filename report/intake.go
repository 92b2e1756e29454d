package report

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"zarif/report/history"
)

// intake sorts records by what they are, before it is known whose they are: a
// history's order is not promised, so its Meta may come last.
type intake struct {
	meta    bool
	streams [256]streamEvidence
	counts  [256]uint64 // hits and conns, by stream
	bad     []string    // ids of served requests that are none of ours
}

func (in *intake) add(ev *evidence, rec history.Record) error {
	switch {
	case rec.Meta != nil:
		if in.meta {
			return errors.New("the history has two meta records, so it is that of two trials")
		}
		in.meta, ev.meta = true, *rec.Meta
		ev.total++
		ev.written[history.SourceHarness]++
		return nil
	case rec.End != nil:
		in.end(ev, *rec.End)
		return nil
	}
	ev.total++
	switch {
	case rec.Hit != nil:
		in.hit(ev, rec.Hit)
	case rec.Conn != nil:
		in.conn(ev, rec.Conn)
	case rec.Served != nil:
		in.served(ev, rec.Served)
	case rec.Proxied != nil:
		in.proxied(ev, rec.Proxied)
	case rec.Event != nil:
		ev.events = append(ev.events, *rec.Event)
		ev.written[rec.Event.Source]++
	case rec.Clock != nil:
		// A source may be asked for the time more than once; it counts its own first.
		if len(ev.clocks[rec.Clock.Source]) == 0 {
			ev.written[rec.Clock.Source]++
		}
		ev.clocks[rec.Clock.Source] = append(ev.clocks[rec.Clock.Source], *rec.Clock)
	}
	return nil
}

func (in *intake) end(ev *evidence, end history.End) {
	if _, known := ev.ends[end.Source]; known {
		ev.fault("the history has two end marks of %s", end.Source)
	}
	ev.ends[end.Source] = end
	if end.Source != history.SourceHarness {
		ev.total++
	}
	for _, s := range end.Streams {
		st := &in.streams[s.Stream]
		st.ended = true
		st.scheduled = max(st.scheduled, min(s.Scheduled, maxSeq))
	}
}

func (in *intake) hit(ev *evidence, h *history.Hit) {
	in.counts[h.Stream]++
	if h.Seq >= maxSeq {
		ev.fault("the history holds a hit with the impossible number %d", h.Seq)
		return
	}
	cause := h.Cause
	if cause == "" {
		// Never written for a hit; counted as a drop so that no loss is hidden by it.
		cause = history.Other
	}
	sent := h.Sent
	if sent == 0 {
		sent = notDone
	}
	first := h.First
	if first == 0 {
		first = notDone
	}
	s := &in.streams[h.Stream]
	s.hits = append(s.hits, hit{
		seq: h.Seq, at: h.At, sent: sent, done: h.Done, first: first, conn: h.Conn, idle: short(int64(h.Idle)), status: h.Status,
		pod: ev.names.id(h.Pod), cause: ev.causes.id(string(cause)), tries: h.Tries, masked: h.Masked(),
	})
	if len(h.Lost) > 0 {
		if s.lost == nil {
			s.lost = map[uint64][]history.Attempt{}
		}
		s.lost[h.Seq] = h.Lost
	}
}

func (in *intake) conn(ev *evidence, c *history.Conn) {
	in.counts[c.Stream]++
	open := c.Open
	if open == 0 {
		open = notDone
	}
	closed := c.Closed
	if closed == 0 {
		closed = notDone
	}
	s := &in.streams[c.Stream]
	remote := uint32(0)
	if c.Remote.IsValid() {
		remote = ev.addresses.id(c.Remote.String())
	}
	s.conns = append(s.conns, conn{
		id: c.ID, pod: ev.names.id(c.Pod), err: ev.causes.id(string(c.Err)), remote: remote, read: short(c.Read), wrote: short(c.Wrote), port: c.Local.Port(),
		dial: c.Dial, open: open, closed: closed,
	})
}

// short is n in 32 bits; what is beyond them, or below 0, is as far as they go.
func short(n int64) uint32 { return uint32(max(0, min(n, math.MaxUint32))) }

func (in *intake) served(ev *evidence, sv *history.Served) {
	ev.written[history.SourcePods]++
	rec := served{start: sv.Start, done: sv.Done, pod: ev.names.id(sv.Pod), status: sv.Status}
	if sv.Done == 0 {
		rec.done = notDone
	}
	var err error
	if rec.stream, rec.seq, err = history.ParseHitID(sv.Hit); err != nil || rec.seq >= maxSeq {
		in.bad = append(in.bad, sv.Hit)
		rec.id = uint32(len(in.bad))
	}
	ev.served = append(ev.served, rec)
}

// proxied keeps what an edge logged of a hit of ours; its log is not evidence of
// hits, so that what is none of ours is left out.
func (in *intake) proxied(ev *evidence, p *history.Proxied) {
	ev.written[history.SourceEdge]++
	stream, seq, err := history.ParseHitID(p.Hit)
	if err != nil || seq >= maxSeq {
		return
	}
	line := proxied{seq: seq, done: p.Done, reason: ev.causes.id(p.Reason), tries: p.Tries, status: p.Status, answered: p.Answered()}
	if n := len(p.Upstream); n > 0 {
		line.upstream = ev.addresses.id(p.Upstream[n-1])
	}
	if p.Reason != "" {
		line.detail = ev.addresses.id(p.Detail)
	}
	s := &in.streams[stream]
	s.proxied = append(s.proxied, line)
}

// assign gives every record to its stream, now that the streams are known.
func (in *intake) assign(ev *evidence) {
	ev.unreadable = in.bad
	ev.streams = make([]streamEvidence, len(ev.meta.Streams))
	for i := range in.streams {
		if i < len(ev.streams) {
			ev.streams[i] = in.streams[i]
			ev.written[ev.meta.Streams[i].Source] += in.counts[i]
		} else if in.counts[i] > 0 {
			ev.fault("the history holds %d hits and connections of stream %d, and its meta record names only %d streams",
				in.counts[i], i, len(ev.meta.Streams))
		}
	}
	for i := range ev.streams {
		if id := ev.meta.Streams[i].ID; int(id) != i {
			ev.fault("the history's meta record gives stream %s the id %d in place %d", ev.meta.Streams[i].Name, id, i)
		}
		ev.order(i)
	}
}

// order sorts a stream's hits by number, which is also by schedule, and drops
// what is recorded twice.
func (ev *evidence) order(stream int) {
	s := &ev.streams[stream]
	slices.SortStableFunc(s.hits, func(a, b hit) int { return cmp.Compare(a.seq, b.seq) })
	slices.SortFunc(s.conns, func(a, b conn) int { return cmp.Compare(a.id, b.id) })
	slices.SortFunc(s.proxied, func(a, b proxied) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.done, b.done), cmp.Compare(a.status, b.status), cmp.Compare(a.reason, b.reason))
	})
	kept, twice, example := s.hits[:0], 0, uint64(0)
	for _, h := range s.hits {
		if n := len(kept); n > 0 && kept[n-1].seq == h.seq {
			twice, example = twice+1, h.seq
			if ev.cause(&h).Dropped() {
				kept[n-1] = h // which one is true is unknown: the loss is not to be hidden
			}
			continue
		}
		kept = append(kept, h)
	}
	s.hits = kept
	name := ev.meta.Streams[stream].Name
	if twice > 0 {
		ev.fault("stream %s: %d hits are recorded twice, for example hit %s", name, twice, history.HitID(uint8(stream), example))
	}
	if n := len(kept); n > 0 && s.scheduled <= kept[n-1].seq {
		if s.ended {
			ev.fault("stream %s: the load said that it scheduled %d hits, and hit %s is recorded",
				name, s.scheduled, history.HitID(uint8(stream), kept[n-1].seq))
		}
		s.scheduled = kept[n-1].seq + 1
	}
}
