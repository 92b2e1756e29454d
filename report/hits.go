package report

import (
	"iter"
	"math"
	"time"

	"zarif/report/history"
)

// A Hit is one hit of a trial, or a run of hits that left no record, on the clock
// of the harness. What is counted of a trial is what is counted of its hits.
type Hit struct {
	Stream int    // its place in the trial's streams
	Seq    uint64 // in its stream
	// Run is how many hits in a row this is: 1, and more only for hits without a
	// record, which are unresolved and were scheduled Every apart.
	Run   uint64
	Every time.Duration
	// At is when it was scheduled, since the trial was started.
	At    time.Duration
	Cause history.Cause
	// Lost are the attempts that the client repeated by itself, in order.
	Lost []LostAttempt
	// Pod is where its last attempt went; empty: unknown.
	Pod   string
	Known PodKnown
	Fault string // that it asked the server for; empty: none

	sent, done history.Micros
}

// A LostAttempt is one that the client swallowed.
type LostAttempt struct {
	Cause history.Cause
	Pod   string // that last answered on its connection; empty: unknown
}

// PodKnown is how it is known to which pod a hit went.
type PodKnown string

// How a pod is known, the surest first.
const (
	PodUnknown    PodKnown = ""
	PodAnswered   PodKnown = "answer"     // the response names it
	PodLogged     PodKnown = "log"        // it is the only one that logged the hit
	PodConnection PodKnown = "connection" // it last answered on the hit's connection
)

// Masked reports whether the hit succeeded only because the client sent it again.
func (h *Hit) Masked() bool { return h.Cause == history.OK && len(h.Lost) > 0 }

// ID is the hit's name in server logs.
func (h *Hit) ID() string { return history.HitID(uint8(h.Stream), h.Seq) }

// Sent is when it left, since the trial was started; false: it did not, or nothing
// is recorded of it.
func (h *Hit) Sent() (time.Duration, bool) { return h.sent.Duration(), h.sent != notDone }

// Done is when its end was known, since the trial was started; false: nothing is
// recorded of it.
func (h *Hit) Done() (time.Duration, bool) { return h.done.Duration(), h.done != notDone }

// Hits shows every hit of one history to see, by stream and in the order of the
// schedule, each once, as Analyse counts them. A *Hit is good until see returns.
// It reads as far as Analyse does, and fails where that does.
func Hits(records iter.Seq2[history.Record, error], see func(*Hit)) error {
	ev, err := gather(records)
	if err != nil {
		return err
	}
	for i := range ev.streams {
		ev.show(i, see)
	}
	return nil
}

func (ev *evidence) show(stream int, see func(*Hit)) {
	s, in := &ev.streams[stream], &ev.meta.Streams[stream]
	gaps := s.gaps
	missing := func(before uint64) {
		for ; len(gaps) > 0 && gaps[0].first < before; gaps = gaps[1:] {
			see(s.unrecorded(stream, gaps[0]))
		}
	}
	ev.join(stream, func(j *joined) {
		if j.hit == nil {
			return // only a server knows it: it is in a gap
		}
		missing(j.seq)
		h := Hit{
			Stream: stream, Seq: j.seq, Run: 1, At: j.hit.at.Duration(), Cause: ev.cause(j.hit), Fault: in.Fault(j.seq),
			sent: j.hit.sent, done: j.hit.done,
		}
		h.Pod, h.Known = ev.whereTo(j)
		for _, a := range s.lost[j.seq] {
			h.Lost = append(h.Lost, LostAttempt{Cause: a.Cause, Pod: ev.behind(stream, a.Conn)})
		}
		see(&h)
	})
	missing(math.MaxUint64)
}

func (s *streamEvidence) unrecorded(stream int, g gap) *Hit {
	every := s.interval
	if math.IsInf(every, 1) {
		every = 0
	}
	at := s.origin + history.Micros(float64(g.first)*every)
	return &Hit{
		Stream: stream, Seq: g.first, Run: uint64(g.len()), Every: history.Micros(every).Duration(), At: at.Duration(),
		Cause: history.Unresolved, sent: notDone, done: notDone,
	}
}

// whereTo is the pod that a hit's last attempt went to, and how that is known.
func (ev *evidence) whereTo(j *joined) (string, PodKnown) {
	if pod := j.pod(); pod != 0 {
		if j.hit.pod != 0 {
			return ev.names.text(pod), PodAnswered
		}
		return ev.names.text(pod), PodLogged
	}
	if pod := ev.behind(j.stream, j.hit.conn); pod != "" {
		return pod, PodConnection
	}
	return "", PodUnknown
}

// behind is who last answered on a connection; empty: unknown, or the connection
// ends at a proxy.
func (ev *evidence) behind(stream int, id uint32) string {
	c := ev.streams[stream].conn(id)
	if c == nil || ev.throughEdge(stream) {
		return ""
	}
	return ev.names.text(c.pod)
}
