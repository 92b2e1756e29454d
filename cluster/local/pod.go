package local

import (
	"net/netip"
	"syscall"
	"time"

	"zarif/cluster"
	"zarif/cluster/local/supervisor"
)

// A pod is one of the target's. All but the fixed fields is guarded by the
// Deployed's lock.
type pod struct {
	name, uid string
	at        netip.AddrPort
	revision  int // of the template that it was made from
	created   time.Time

	// What the API server would show. It lags behind what is.
	scheduled bool
	status    status
	newsAt    time.Time // when it will say the last of what is known by now
	deleting  bool
	gone      bool // its object is no more
	isolated  bool // it has lost the label that the Service asks for

	// What is.
	probed      bool          // the readiness probe's present result
	run         *run          // the present one; nil: none
	restarts    int32         // runs that have ended, or could not be started
	again       time.Duration // from the end of the last run to the next one, without back-off
	addressGone bool          // nothing answers there, not even a refusal

	grace   time.Duration // from its deletion
	deleted chan struct{} // closed when the kubelet learns of the deletion
	over    chan struct{} // closed when its last process has ended and none will follow
}

// A run is one of a pod's container.
type run struct {
	*supervisor.Run
	started  time.Time
	relist   time.Duration      // from then until the kubelet knows of it
	obsolete chan time.Duration // the grace period, once the liveness or startup probe gave up on it
	stopping bool               // the kubelet takes it down
}

// status is what a pod's status says.
type status struct {
	container string // id of the present run; empty before the first
	ready     bool
	since     time.Time // when that became so
	restarts  int32
	exitCode  *int32
	finished  bool
}

// state is the pod as a State has it.
func (p *pod) state(revision int) cluster.Pod {
	s := cluster.Pod{
		Name: p.name, UID: p.uid, Current: p.revision == revision,
		Ready: p.status.ready, Deleting: p.deleting, Finished: p.status.finished,
		ContainerID: p.status.container, Restarts: p.status.restarts, ExitCode: p.status.exitCode,
	}
	if p.scheduled {
		s.Node = Node
	}
	if p.at.IsValid() {
		s.IP = p.at.Addr().String()
	}
	return s
}

// available reports whether the pod counts as available, and if not, when it will
// if nothing happens; zero: never.
func (p *pod) available(now time.Time, minReady time.Duration) (is bool, from time.Time) {
	if !p.status.ready || p.deleting {
		return false, time.Time{}
	}
	from = p.status.since.Add(minReady)
	return !now.Before(from), from
}

// signals are those that a stop signal can name.
var signals = map[string]syscall.Signal{
	"": syscall.SIGTERM, "SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "SIGQUIT": syscall.SIGQUIT,
	"SIGHUP": syscall.SIGHUP, "SIGKILL": syscall.SIGKILL, "SIGUSR1": syscall.SIGUSR1, "SIGUSR2": syscall.SIGUSR2,
	"SIGABRT": syscall.SIGABRT, "SIGALRM": syscall.SIGALRM,
}
