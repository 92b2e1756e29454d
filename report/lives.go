package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
)

// life is what events and hits tell of one pod, in harness time. Moments that are
// not known are notDone.
type life struct {
	name, node string

	created, createdBy             history.Micros // at the earliest, at the latest
	ready, deleted, gone           history.Micros
	endpointNotReady, endpointGone history.Micros
	sigterm                        history.Micros
	hook                           history.Micros // what the application's framework runs at the end begins
	killing, killingBy             history.Micros // the kubelet began to take it down: preStop first
	signals                        []string       // that the application logged, each once
	exits                          []exit
	processGone                    history.Micros // at the latest
	grace                          string
	restarts                       int            // -1: unknown
	before                         map[string]int // restarts of containers that ran when the trial began
	log                            podLog

	takenAway         bool
	lastNewConnection history.Micros
	answered, late    int
}

// exit is one end of a container, at from at the earliest and by at the latest.
type exit struct {
	from, by     history.Micros
	code, signal string
}

// podLog is what is known of the completeness of a pod's log.
type podLog struct {
	runs           map[string]bool // of the container, that something is logged to have started in
	several        bool            // more than one process may have written
	ends, complete int
	read           int // ends of logs that were read to their end after the container had ended
	running        int // ends of logs that were read as far as they went while their container ran
	gap            bool
	last           history.Micros // the time of its last line
	end            history.Micros // when it had been read to its end
	exit           history.Micros // the exit line of the only process, if that exited then and there
	code           string
	hits           bool // it holds one
}

// lives are the pods in the order of their names.
type lives struct {
	byID map[uint32]*life
	list []*life
}

func newLife(name string) *life {
	return &life{
		name: name, created: notDone, createdBy: notDone, ready: notDone, deleted: notDone, gone: notDone,
		endpointNotReady: notDone, endpointGone: notDone, sigterm: notDone, hook: notDone, killing: notDone, processGone: notDone, restarts: -1,
		lastNewConnection: notDone, log: podLog{runs: map[string]bool{}, last: notDone, end: notDone, exit: notDone},
	}
}

// lives assembles the pods' lives from events; hits add to them later.
func (ev *evidence) lives(ws windows) *lives {
	all := &lives{byID: map[uint32]*life{}}
	for i := range ev.events {
		e := &ev.events[i]
		if e.Pod == "" || e.Type == history.EventKubernetes || e.Type == history.EventNote {
			continue // those may be about other pods
		}
		l := all.of(ev, ev.names.id(e.Pod))
		if e.Node != "" {
			l.node = e.Node
		}
		if ev.beside(e) {
			continue
		}
		l.event(e, ev.shifts[e.Source])
		if start, begun := ws.start(); begun && l.takenBy(e) && e.T+e.Precision >= start && ws.duringLoad(e.T) {
			l.takenAway = true
		}
	}
	all.takenDown(ev)
	for _, l := range all.list {
		l.boundDeletion()
	}
	return all
}

// newsLag is how late the news of a deletion may come.
const newsLag = history.Micros(2 * time.Second / time.Microsecond)

// boundDeletion: the news of a deletion can come after what it led to, by the
// application's own log. The deletion was not later than that.
func (l *life) boundDeletion() {
	for _, effect := range []history.Micros{l.sigterm, l.log.exit} {
		if l.deleted != notDone && effect != notDone && effect < l.deleted && l.deleted-effect <= newsLag {
			l.deleted = effect
		}
	}
}

// takenBy reports whether e says that the pod was taken away. The end of an init
// container, before the pod was ever ready, does not.
func (l *life) takenBy(e *history.Event) bool {
	switch e.Type {
	case history.EventPodDeleted, history.EventExposed:
		return true
	case history.EventContainerExited:
		return l.created == notDone || l.ready != notDone
	}
	return false
}

func (ls *lives) of(ev *evidence, pod uint32) *life {
	l, known := ls.byID[pod]
	if !known {
		l = newLife(ev.names.text(pod))
		ls.byID[pod] = l
		i, _ := slices.BinarySearchFunc(ls.list, l.name, func(l *life, name string) int { return strings.Compare(l.name, name) })
		ls.list = slices.Insert(ls.list, i, l)
	}
	return l
}

// event adds one event; events come in order of time. shift is that of its source.
func (l *life) event(e *history.Event, shift history.Micros) {
	latest := e.T + e.Precision
	if seen, err := strconv.ParseInt(e.Attrs["seen"], 10, 64); err == nil {
		latest = max(e.T, min(latest, history.Micros(seen)+shift))
	}
	switch e.Type {
	case history.EventPodCreated:
		l.created, l.createdBy = e.T, latest
	case history.EventPodReady:
		first(&l.ready, e.T)
	case history.EventPodDeleted:
		if first(&l.deleted, e.T) {
			l.grace = e.Attrs["grace"]
		}
	case history.EventPodGone:
		l.gone = e.T
	case history.EventEndpointReady:
		// An endpoint begins as not ready; what counts is when it last stopped to be.
		l.endpointNotReady, l.endpointGone = notDone, notDone
	case history.EventEndpointNotReady:
		first(&l.endpointNotReady, e.T)
	case history.EventEndpointGone:
		l.endpointGone = e.T
	case history.EventProcessGone:
		l.processGone = latest
	case history.EventContainerStarted:
		if latest < 0 { // it ran before the trial began: what had led to that is not ours
			l.began(e)
		}
		l.restarted(e)
	case history.EventContainerExited:
		l.restarted(e)
		l.exits = append(l.exits, exit{from: e.T, by: latest, code: e.Attrs["exitCode"], signal: e.Attrs["signal"]})
	}
	if e.Source == history.SourcePods {
		l.logged(e)
	}
}

// logged adds an event that comes from the pod's own log.
func (l *life) logged(e *history.Event) {
	writer := e.Attrs["writer"]
	l.log.several = l.log.several || writer != "" || e.Attrs["writers"] != ""
	switch e.Type {
	case history.EventLogGap:
		l.log.gap = true
		return
	case history.EventLogEnd:
		l.log.ends++
		if e.Attrs["complete"] == "true" {
			l.log.complete++
		} else if e.Attrs["end"] == history.LogEndRunning {
			l.log.running++
			l.log.last = max(l.log.last, e.T)
		}
		if how := e.Attrs["end"]; how != history.LogEndRunning && how != history.LogEndCut {
			l.log.read++
			l.log.end = e.T + e.Precision // read to its end, so the process had ended
		}
		return
	case history.EventAppStart:
		l.log.runs[e.Attrs["restarts"]] = true
	case history.EventAppSignal:
		if name := e.Attrs["signal"]; name != "" && !slices.Contains(l.signals, name) {
			l.signals = append(l.signals, name)
		}
		if strings.Contains(strings.ToUpper(e.Attrs["signal"]), "TERM") {
			first(&l.sigterm, e.T)
		}
	case history.EventAppShutdown:
		if writer == "" {
			first(&l.hook, e.T)
		}
	case history.EventAppExit:
		if code := e.Attrs["code"]; writer == "" && code != "" {
			l.log.exit, l.log.code = e.T, code
		}
	}
	l.log.last = max(l.log.last, e.T)
}

// restarted takes over how often a container was started again since the trial began.
func (l *life) restarted(e *history.Event) {
	if n, err := strconv.Atoi(e.Attrs["restarts"]); err == nil {
		l.restarts = max(l.restarts, n-l.before[e.Attrs["container"]])
	}
}

// restartsSeen is how often a container of the pod was started again, or had to be:
// every exit of a pod that was ready and not deleted leads to a restart.
func (l *life) restartsSeen() int {
	early := 0
	for _, x := range l.exits {
		if l.ready == notDone || x.by < l.ready {
			continue
		}
		if l.deleted == notDone && l.gone == notDone || l.deleted != notDone && x.by < l.deleted {
			early++
		}
	}
	return max(l.restarts, early, 0)
}

// existed reports whether the pod was there at t.
func (l *life) existed(t history.Micros) bool {
	return l.createdBy != notDone && l.createdBy <= t || l.ready != notDone && l.ready <= t
}

// ended is when the pod's container exited for the last time. What the
// application itself wrote down is exact; without that, whole seconds of the API
// are narrowed by what else is known.
func (l *life) ended() (x exit, known bool) {
	switch n := len(l.exits); {
	case n > 0:
		x = l.exits[n-1]
	case l.log.exit != notDone:
		x = exit{from: l.log.exit, by: l.log.exit, code: l.log.code}
	case l.processGone != notDone:
		x = exit{from: max(l.deleted, l.log.last, l.sigterm), by: l.processGone}
	default:
		return exit{}, false
	}
	if x.code == "" && l.log.exit != notDone {
		x.code = l.log.code
	}
	if at := l.log.exit; at != notDone && at+history.MicrosOf(time.Second) >= x.from && at <= x.by+history.MicrosOf(time.Second) {
		x.from, x.by = at, at
		return x, true
	}
	gone := l.gone
	if l.grace == "0" {
		gone = notDone // a forced deletion takes the object away before the process
	}
	for _, latest := range []history.Micros{gone, l.processGone, l.log.end} {
		if latest != notDone && latest >= x.from {
			x.by = min(x.by, latest)
		}
	}
	for _, earliest := range []history.Micros{l.deleted, l.sigterm, l.log.last} {
		if earliest <= x.by {
			x.from = max(x.from, earliest)
		}
	}
	return x, true
}

// first sets at to t unless it is known already.
func first(at *history.Micros, t history.Micros) bool {
	if *at != notDone {
		return false
	}
	*at = t
	return true
}
