package report

import (
	"strconv"
	"time"

	"zarif/report/history"
)

// A Pod is one pod of the target and its life as far as it was seen.
type Pod struct {
	Name string `json:"name"`
	Node string `json:"node,omitempty"`
	// Role is "old" for a pod that was there when the disruption began, "new" for
	// one that came later.
	Role string `json:"role"`
	// TakenAway: it was deleted, or its container exited, from the beginning of the
	// disruption until the load had drained.
	TakenAway bool `json:"takenAway"`

	Created time.Time `json:"created,omitzero"`
	Ready   time.Time `json:"ready,omitzero"` // for the first time
	Deleted time.Time `json:"deleted,omitzero"`
	// PreStop is when the hook began, as the kubelet said it: the earliest moment it can
	// have been. Without a hook it is absent.
	PreStop time.Time `json:"prestop,omitzero"`
	// PreStopPrecision is how much later than PreStop it can have been.
	PreStopPrecision *float64  `json:"prestopPrecision_ms,omitempty"`
	SIGTERM          time.Time `json:"sigterm,omitzero"` // as the application logged it
	EndpointNotReady time.Time `json:"endpointNotReady,omitzero"`
	EndpointGone     time.Time `json:"endpointGone,omitzero"`
	Exited           time.Time `json:"exited,omitzero"` // for the last time; the earliest moment it can have been
	// ExitedPrecision is how much later than Exited it can have been.
	ExitedPrecision   *float64  `json:"exitedPrecision_ms,omitempty"`
	LastNewConnection time.Time `json:"lastNewConnection,omitzero"` // opened; among those that it was seen to answer on
	// LastAttempt is when a new connection to it was last tried, also where that failed.
	LastAttempt time.Time `json:"lastAttempt,omitzero"`

	ExitCode   *int     `json:"exitCode,omitempty"`
	Signal     *int     `json:"signal,omitempty"`
	Restarts   *int     `json:"restarts,omitempty"`
	GraceLimit *float64 `json:"graceLimit_s,omitempty"` // of its deletion
	GraceUsed  *float64 `json:"graceUsed_s,omitempty"`  // from its deletion to Exited
	Killed     *bool    `json:"killed,omitempty"`       // true: SIGKILL at the end of the grace period
	Answered   *int     `json:"answered,omitempty"`     // hits that got an ok answer from it; absent: answers do not name their pod
	LateHits   *int     `json:"lateHits,omitempty"`     // hits seen to reach it after its deletion; absent: it was not deleted
	// Signals are those that the application logged, each once; empty: none, by a log
	// that was read to its end, or without a gap to well after the moment at which it
	// was asked to end. Absent: that is not known, or it has no log.
	Signals *[]string `json:"signals,omitempty"`
	// Drain is what became of its work from the moment on when it was asked to end;
	// absent: it was not deleted.
	Drain *Drain `json:"drain,omitempty"`
}

// The roles of a pod.
const (
	RoleOld = "old"
	RoleNew = "new"
)

// killGrace is how much before the end of the grace period a SIGKILL still counts
// as that of its end: the API server's deletion and the kubelet's clock are not one.
const killGrace = 500 * time.Millisecond

// pod is the life as it is reported.
func (ev *evidence) pod(l *life, ws windows) Pod {
	p := Pod{
		Name: l.name, Node: l.node, Role: RoleNew, TakenAway: l.takenAway,
		Created: ev.known(l.created), Ready: ev.known(l.ready), Deleted: ev.known(l.deleted), SIGTERM: ev.known(l.sigterm),
		EndpointNotReady: ev.known(l.endpointNotReady), EndpointGone: ev.known(l.endpointGone),
		LastNewConnection: ev.known(l.lastNewConnection),
	}
	if !ev.meta.Users {
		p.Answered = new(l.answered)
	}
	if start, begun := ws.start(); !begun || l.existed(start) {
		p.Role = RoleOld
	}
	if ev.meta.PreStop != "" && l.killing != notDone {
		p.PreStop, p.PreStopPrecision = ev.moment(l.killing), new(millis(l.killingBy-l.killing))
	}
	if l.restarts >= 0 || l.restartsSeen() > 0 {
		p.Restarts = new(l.restartsSeen())
	}
	if l.deleted != notDone {
		if !ev.meta.Users { // else no hit says where it went
			p.LateHits = new(l.late)
		}
		p.GraceLimit = new(ev.graceLimit(l).Seconds())
	}
	if len(l.signals) > 0 || ev.unsignalled(l) {
		p.Signals = new(append([]string{}, l.signals...))
	}
	x, exited := l.ended()
	if !exited {
		return p
	}
	p.Exited, p.ExitedPrecision = ev.moment(x.from), new(millis(x.by-x.from))
	p.ExitCode, p.Signal = number(x.code), number(x.signal)
	if p.Signal != nil && *p.Signal == 0 {
		p.Signal = nil // the API's way to say that there was none
	}
	if l.deleted == notDone || x.by < l.deleted {
		return p
	}
	p.GraceUsed = new(float64(max(0, x.from-l.deleted)) / 1e6)
	if p.ExitCode != nil {
		sigkill := *p.ExitCode == 137 || p.Signal != nil && *p.Signal == 9
		p.Killed = new(sigkill && (x.by-l.deleted).Duration() >= ev.graceLimit(l)-killGrace)
	}
	return p
}

// unsignalled reports whether the log of a pod that holds no signal shows that the
// application was told of none.
func (ev *evidence) unsignalled(l *life) bool {
	if l.log.over() {
		return true
	}
	asked := l.deleted != notDone && sleeps(ev.meta.PreStop)
	return asked && l.log.proves(l.deleted+history.MicrosOf(preStopSleep(ev.meta.PreStop))+askedWithin)
}

func (ev *evidence) known(t history.Micros) time.Time {
	if t == notDone {
		return time.Time{}
	}
	return ev.moment(t)
}

// graceLimit is the grace period of the pod's deletion; without one of its own it
// is the pod's.
func (ev *evidence) graceLimit(l *life) time.Duration {
	if s, err := strconv.ParseFloat(l.grace, 64); err == nil {
		return time.Duration(s * float64(time.Second))
	}
	return ev.meta.Grace
}

func number(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}
