package report

import (
	"fmt"
	"time"

	"zarif/report/history"
)

// A Ledger is the fixtures' logs against the client's hits, by id: Matched +
// ClientOnly is the number of sent hits, and every id that only a server knows
// is in ServerOnly.
type Ledger struct {
	Matched    int `json:"matched"`
	ClientOnly int `json:"clientOnly"`
	ServerOnly int `json:"serverOnly"`
	// LogsComplete: the log of every pod that ran is known to hold every line, to
	// its exit line, or to the end of the trial where its container still ran.
	LogsComplete bool `json:"logsComplete"`
	// Repeated are hits that servers logged more than once.
	Repeated int `json:"repeated"`

	// DoneButLost are hits that a server logged as done and the client saw as
	// failed; the first listLimit are listed.
	DoneButLost      []LostHit `json:"doneButLost"`
	DoneButLostTotal int       `json:"doneButLostTotal"`

	// Contradictions are what cannot both be true; the first listLimit are listed.
	Contradictions      []Contradiction `json:"contradictions"`
	ContradictionsTotal int             `json:"contradictionsTotal"`
}

// A LostHit is a request that was served and whose client got nothing for it.
type LostHit struct {
	Hit    string    `json:"hit"`
	Stream string    `json:"stream"`
	Pod    string    `json:"pod"`
	Done   time.Time `json:"done"`             // by the server's log
	Status int       `json:"status,omitempty"` // that the server believes it answered
	Cause  string    `json:"cause"`            // that the client saw
	Fault  string    `json:"fault,omitempty"`  // that the hit had asked for
}

// A Contradiction is one hit of which log and client cannot both be right.
type Contradiction struct {
	Hit  string `json:"hit"`
	Pod  string `json:"pod,omitempty"`
	Text string `json:"text"`
}

// listLimit bounds the lists of a ledger.
const listLimit = 1000

// logSlack is how much later than a hit's end a pod's log must go on before the
// absence of the hit's line proves anything: two clocks are compared.
const logSlack = history.Micros(100 * time.Millisecond / time.Microsecond)

// ledger matches the servers' lines with the hits; nil where there are no logs.
func (ev *evidence) ledger(pods *lives) *Ledger {
	if !ev.meta.LogsHits {
		return nil
	}
	l := &Ledger{LogsComplete: pods.logsComplete(), DoneButLost: []LostHit{}, Contradictions: []Contradiction{}}
	for i := range ev.streams {
		ev.join(i, func(j *joined) { l.hit(ev, pods, j) })
		for _, g := range ev.streams[i].gaps {
			l.ClientOnly += g.len()
		}
	}
	for _, sv := range ev.foreign {
		id := history.HitID(sv.stream, sv.seq)
		if sv.id != 0 {
			id = ev.unreadable[sv.id-1]
		}
		l.ServerOnly++
		l.contradict(id, ev.names.text(sv.pod), "hit %s: pod %s logged it, and no stream has such a hit", id, ev.names.text(sv.pod))
	}
	return l
}

func (l *Ledger) hit(ev *evidence, pods *lives, j *joined) {
	if len(j.served) > 1 {
		l.Repeated++
	}
	switch {
	case j.hit == nil && j.seq >= ev.streams[j.stream].scheduled:
		l.ServerOnly++
		l.contradict(j.id(), ev.names.text(j.served[0].pod), "hit %s: pod %s logged it, and the load scheduled only %d hits of its stream",
			j.id(), ev.names.text(j.served[0].pod), ev.streams[j.stream].scheduled)
	case j.hit == nil:
		l.Matched++ // sent, and the client's record of it is lost
		l.ClientOnly--
	case ev.cause(j.hit) == history.Missed:
		if len(j.served) > 0 {
			l.ServerOnly++
			l.contradict(j.id(), ev.names.text(j.served[0].pod), "hit %s: pod %s logged it, and the client says that it never sent it",
				j.id(), ev.names.text(j.served[0].pod))
		}
	case len(j.served) == 0:
		l.ClientOnly++
		l.absent(ev, pods, j)
	default:
		l.Matched++
		l.lost(ev, j)
		l.absent(ev, pods, j)
		l.repeated(ev, j)
	}
}

// lost lists a hit that a server finished and the client got nothing for.
func (l *Ledger) lost(ev *evidence, j *joined) {
	cause := ev.cause(j.hit)
	if !cause.Dropped() {
		return
	}
	for _, sv := range j.served {
		if sv.done == notDone || sv.status < 200 || sv.status >= 400 {
			continue // the server itself knows that it failed, or does not say
		}
		l.DoneButLostTotal++
		if len(l.DoneButLost) < listLimit {
			in := &ev.meta.Streams[j.stream]
			l.DoneButLost = append(l.DoneButLost, LostHit{
				Hit: j.id(), Stream: in.Name, Pod: ev.names.text(sv.pod), Done: ev.moment(sv.done), Status: int(sv.status),
				Cause: string(cause), Fault: in.Fault(j.seq),
			})
		}
		return
	}
}

// absent finds an answer of which the pod's log knows nothing, although it would.
func (l *Ledger) absent(ev *evidence, pods *lives, j *joined) {
	h := j.hit
	if ev.cause(h) != history.OK || h.pod == 0 || j.by(h.pod) || ev.cut {
		return
	}
	if pod := pods.byID[h.pod]; pod != nil && pod.log.proves(h.done+logSlack) {
		l.contradict(j.id(), pod.name, "hit %s: the client got a complete answer from pod %s, whose log goes on after it and does not hold it",
			j.id(), pod.name)
	}
}

// repeated finds a hit that arrived more often than it was sent. A proxy may send
// one again by itself.
func (l *Ledger) repeated(ev *evidence, j *joined) {
	if ev.cause(j.hit) == history.Unresolved || ev.meta.Streams[j.stream].Vantage == history.VantageEdge {
		return
	}
	tries := max(1, int(j.hit.tries), len(ev.streams[j.stream].lost[j.seq])+1)
	if len(j.served) > tries {
		l.contradict(j.id(), ev.names.text(j.served[0].pod), "hit %s: servers logged it %d times, and the client tried %d times",
			j.id(), len(j.served), tries)
	}
}

func (l *Ledger) contradict(hit, pod, format string, args ...any) {
	l.ContradictionsTotal++
	if len(l.Contradictions) < listLimit {
		l.Contradictions = append(l.Contradictions, Contradiction{Hit: hit, Pod: pod, Text: fmt.Sprintf(format, args...)})
	}
}
