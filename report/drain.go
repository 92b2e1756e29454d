package report

import (
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
)

// A Drain is what became of a pod's work from the moment on when it was asked to
// end. Counts hold only what can be told; nothing is inferred from silence.
type Drain struct {
	// From is when it was asked to end: as the application logged its signal, or,
	// where it logged none, the deletion and the preStop sleep behind it.
	From  time.Time `json:"from"`
	Basis string    `json:"basis"` // "signal" or "deletion"
	// InFlight are the requests that were being served at From, by the server's log;
	// absent: the application has none.
	InFlight *InFlight `json:"inFlight,omitempty"`
	// Idle are the kept-alive connections that were idle at From.
	Idle Idle `json:"idle"`
	// Hook is about the part of the application that its framework runs at the end;
	// absent: the application logged none, or several processes did.
	Hook *Hook `json:"hook,omitempty"`
}

// A Hook is the beginning of that part.
type Hook struct {
	At       time.Time `json:"at"`
	UnderWay int       `json:"underWay"` // requests that were being served at that moment, by the server's log
}

// What tells when a pod was asked to end.
const (
	BasisSignal   = "signal"
	BasisDeletion = "deletion"
)

// InFlight counts requests by what their clients got.
type InFlight struct {
	Kept    int `json:"kept"`    // a complete successful response
	Cut     int `json:"cut"`     // none, or only because the client sent it again
	Unknown int `json:"unknown"` // the client's record of it is lost
}

// Idle counts idle connections by what became of them.
type Idle struct {
	Told   int `json:"told"`   // answered once more at least, and closed by the client then, as Connection: close asks for
	Closed int `json:"closed"` // closed by the server while idle, and no request was lost by it
	Cut    int `json:"cut"`    // closed under a request, which was lost
	Other  int `json:"other"`  // not seen to end, or otherwise
}

// Met counts new connections by what they met.
type Met struct {
	Served  int `json:"served"`  // a complete successful answer
	Refused int `json:"refused"` // connect was refused
	Reset   int `json:"reset"`   // accepted, and reset or closed without a complete answer
	Hung    int `json:"hung"`    // no answer to the connect, or to the request, in time
	Errors  int `json:"errors"`  // an answer with an error status
	Other   int `json:"other"`
}

const (
	// askedWithin is how much later than a deletion's preStop sleep the signal may
	// come where the application logs none.
	askedWithin = history.Micros(time.Second / time.Microsecond)
	// blameAfter is how long after a pod's exit new connections may still be led to it.
	blameAfter = history.Micros(2 * time.Second / time.Microsecond)
)

// drain is one pod's, in harness time.
type drain struct {
	life          *life
	deleted       history.Micros
	from, certain history.Micros // asked to end at from at the earliest, at certain at the latest
	exit, gone    history.Micros // at the earliest, at the latest; notDone: never seen
	result        Drain
}

// draining are the drains of all pods that were deleted while there was load.
type draining struct {
	list []*drain
	new  Met
}

func (ev *evidence) draining(pods *lives) *draining {
	d := &draining{}
	for _, l := range pods.list {
		if l.deleted == notDone || !l.takenAway {
			continue
		}
		of := &drain{life: l, deleted: l.deleted, from: l.sigterm, certain: l.sigterm, exit: notDone, gone: notDone}
		of.result = Drain{Basis: BasisSignal}
		if l.sigterm == notDone {
			if (ev.meta.Users || ev.meta.Disrupts != "") && !sleeps(ev.meta.PreStop) {
				continue // how long its hook takes is not known
			}
			of.from = l.deleted + history.MicrosOf(preStopSleep(ev.meta.PreStop))
			of.certain = of.from + askedWithin
			of.result.Basis = BasisDeletion
		}
		of.result.From = ev.moment(of.from)
		if ev.meta.LogsHits {
			of.result.InFlight = &InFlight{}
		}
		if l.hook != notDone {
			of.result.Hook = &Hook{At: ev.moment(l.hook)}
		}
		if x, exited := l.ended(); exited {
			of.exit, of.gone = x.from, x.by
		}
		d.list = append(d.list, of)
	}
	if len(d.list) == 0 {
		return d
	}
	for i := range ev.streams {
		ev.join(i, func(j *joined) { d.hit(ev, j) })
		if ev.meta.Streams[i].Connection == history.Reused {
			d.idle(ev, i)
		}
	}
	return d
}

// sleeps reports whether a preStop hook does nothing but sleep; there may be none.
func sleeps(preStop string) bool { return preStop == "" || preStopSleep(preStop) > 0 }

// preStopSleep is that of a preStop hook as Meta says it; 0: none, or another.
func preStopSleep(text string) time.Duration {
	n, err := strconv.Atoi(strings.TrimPrefix(text, "sleep "))
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// of is the drain of a pod; nil: it has none.
func (d *draining) of(l *life) *Drain {
	for _, of := range d.list {
		if of.life == l {
			return &of.result
		}
	}
	return nil
}

// met is what new connections met; nil: none is known to have come.
func (d *draining) met() *Met {
	if d.new == (Met{}) {
		return nil
	}
	return &d.new
}

// hit counts a hit that a pod was serving when it was asked to end, or whose new
// connection came to one afterwards. What asked for a fault says nothing.
func (d *draining) hit(ev *evidence, j *joined) {
	in := &ev.meta.Streams[j.stream]
	if in.Fault(j.seq) != "" || ev.throughEdge(j.stream) {
		return
	}
	for _, of := range d.list {
		of.underWay(ev, j)
		of.underHook(ev, j)
	}
	if j.hit != nil && in.Connection == history.Fresh {
		d.fresh(ev, j)
	}
}

// underWay counts a hit that was being served at the pod's signal. Where that
// moment is not exact, only what was under way during all of its range.
func (of *drain) underWay(ev *evidence, j *joined) {
	if of.result.InFlight == nil {
		return
	}
	for _, sv := range j.served {
		if ev.names.text(sv.pod) != of.life.name || sv.start >= of.from || sv.done != notDone && sv.done <= of.certain {
			continue
		}
		switch {
		case j.hit == nil || ev.cause(j.hit) == history.Unresolved:
			of.result.InFlight.Unknown++
		case ev.cause(j.hit) == history.OK && !j.hit.masked:
			of.result.InFlight.Kept++
		default:
			of.result.InFlight.Cut++
		}
		return
	}
}

// underHook counts the requests of a hit that were being served as the hook began.
func (of *drain) underHook(ev *evidence, j *joined) {
	if of.result.Hook == nil {
		return
	}
	for _, sv := range j.served {
		if ev.names.text(sv.pod) == of.life.name && sv.start < of.life.hook && (sv.done == notDone || sv.done > of.life.hook) {
			of.result.Hook.UnderWay++
		}
	}
}

// fresh counts a hit with a connection of its own that came to a draining pod. An
// answer, or a line in a log, says to which pod. A connection that failed names
// none: it counts where every pod that can have failed it was draining.
func (d *draining) fresh(ev *evidence, j *joined) {
	c := ev.streams[j.stream].conn(j.hit.conn)
	if c == nil || ev.cause(j.hit) == history.Missed || ev.cause(j.hit) == history.Unresolved {
		return
	}
	if name := ev.names.text(j.pod()); name != "" {
		for _, of := range d.list {
			if of.life.name == name && of.within(c.dial) {
				d.new.add(ev.cause(j.hit))
			}
		}
		return
	}
	if !ev.cause(j.hit).Dropped() {
		return
	}
	suspects, silence := 0, ev.cause(j.hit) == history.ConnectTimeout
	for _, of := range d.list {
		if j.hit.done < of.deleted || !silence && of.gone != notDone && c.dial > of.gone+blameAfter {
			continue // silence has no end: a node may lead a port to a gone pod for minutes
		}
		if !of.within(c.dial) {
			return // not asked to end yet, or gone: it may have been that one
		}
		suspects++
	}
	if suspects > 0 {
		d.new.add(ev.cause(j.hit))
	}
}

// within reports whether the pod had certainly been asked to end at t and had
// certainly not exited.
func (of *drain) within(t history.Micros) bool {
	return t > of.certain && of.exit != notDone && t < of.exit
}

func (m *Met) add(cause history.Cause) {
	switch cause {
	case history.OK:
		m.Served++
	case history.Refused:
		m.Refused++
	case history.Reset, history.Closed, history.Truncated:
		m.Reset++
	case history.ConnectTimeout, history.ResponseTimeout:
		m.Hung++
	case history.Status502, history.Status503, history.Status504, history.Status5xx, history.Status4xx:
		m.Errors++
	default:
		m.Other++
	}
}
