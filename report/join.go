package report

import (
	"cmp"
	"slices"

	"zarif/report/history"
)

// joined is one hit as both sides know it.
type joined struct {
	stream int
	seq    uint64
	hit    *hit     // nil: the client recorded none
	served []served // by start; empty: no server logged it
}

func (j *joined) id() string { return history.HitID(uint8(j.stream), j.seq) }

// by reports whether pod logged the hit.
func (j *joined) by(pod uint32) bool {
	return slices.ContainsFunc(j.served, func(sv served) bool { return sv.pod == pod })
}

// sortServed brings the servers' lines into the order of the hits. Lines whose id
// is none of ours go to the end.
func (ev *evidence) sortServed() {
	slices.SortFunc(ev.served, func(a, b served) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.stream, b.stream), cmp.Compare(a.seq, b.seq),
			cmp.Compare(a.start, b.start), cmp.Compare(a.pod, b.pod))
	})
	readable, _ := slices.BinarySearchFunc(ev.served, 1, func(sv served, id int) int { return cmp.Compare(int(sv.id), id) })
	ev.served, ev.foreign = ev.served[:readable], ev.served[readable:]
	first := func(stream int) int {
		i, _ := slices.BinarySearchFunc(ev.served, stream, func(sv served, stream int) int { return cmp.Compare(int(sv.stream), stream) })
		return i
	}
	for i := range ev.streams {
		s := &ev.streams[i]
		s.served = ev.served[first(i):first(i+1)]
		// What a server logged was sent, also where the client's record was lost.
		if n := len(s.served); n > 0 && !s.ended {
			s.scheduled = max(s.scheduled, s.served[n-1].seq+1)
		}
	}
	beyond := ev.served[first(len(ev.streams)):]
	ev.foreign = append(slices.Clone(beyond), ev.foreign...)
}

// join yields every hit of a stream that either side knows, in order. What it
// yields is only valid until the next one.
func (ev *evidence) join(stream int, yield func(*joined)) {
	s := &ev.streams[stream]
	hits, lines := s.hits, s.served
	for len(hits) > 0 || len(lines) > 0 {
		j := joined{stream: stream}
		if len(lines) == 0 || len(hits) > 0 && hits[0].seq <= lines[0].seq {
			j.seq, j.hit, hits = hits[0].seq, &hits[0], hits[1:]
		} else {
			j.seq = lines[0].seq
		}
		n := 0
		for n < len(lines) && lines[n].seq == j.seq {
			n++
		}
		j.served, lines = lines[:n], lines[n:]
		yield(&j)
	}
}
