package explain

import (
	"zarif/report/history"
)

// A mechanism is one way to lose a hit.
type mechanism struct {
	name string
	doc  string // what happens, in one sentence
	// explains reports whether it lost the hit, and whose hit that was.
	explains func(*inquiry, *loss) (found, bool)
	// advice is what stops it, without a figure.
	advice string
}

// found is what a mechanism found of one hit.
type found struct {
	pods    []*pod
	way     string // how it is known that it was they
	detail  string // tells findings of one mechanism apart; empty: there is one kind
	missing string // evidence that would have told more
	stale   bool   // a node's memory led it there, no proxy
}

// led reports whether a proxy led a new connection to the pods that were found. What
// an old entry of connection tracking did says nothing of proxies.
func (f found) led(l *loss) bool { return l.fresh && !l.through && !f.stale }

// last is the pod to which the proxy certainly still led when it led to any of
// those that were found: it forgets them in the order in which they went.
func (f found) last() (last *pod) {
	for _, p := range f.pods {
		if last == nil || p.outOfService() > last.outOfService() {
			last = p
		}
	}
	return last
}

// mechanisms are all there are, in the order in which they are asked: the first
// that explains a hit is the one. The last explains every hit.
func mechanisms() []mechanism {
	return []mechanism{
		application(), gateway(), truncated(), inFlightKilled(), inFlightCut(), idleRace(), notReady(), noEndpoint(), goneAddress(), lateEndpoint(), staleEntry(),
		neverServed(), overload(), unexplained(),
	}
}

// The names of mechanisms.
const (
	Application    = history.Application
	Gateway        = history.Gateway
	Truncated      = history.CutAnswer
	InFlightKilled = history.InFlightKilled
	InFlightCut    = history.InFlightCut
	IdleRace       = history.IdleRace
	NotReady       = history.NotReady
	NoEndpoint     = history.NoEndpoint
	GoneAddress    = history.GoneAddress
	LateEndpoint   = history.LateEndpoint
	StaleEntry     = history.StaleEntry
	NeverServed    = history.NeverServed
	Overload       = history.Overload
	Unexplained    = history.Unexplained
)

const (
	noLog    = "the application does not log requests, so it is not known whether it had begun them"
	notWhole = "the pod's log is not whole, so it is not known whether it had begun them"
)

// silent says what is missing where no line tells of a request, and none would
// prove anything.
func (c *inquiry) silent() string {
	if !c.meta.LogsHits {
		return noLog
	}
	return notWhole
}

// proves reports whether the absence of a line from before t in the log of the
// run that was there then is evidence.
func (c *inquiry) proves(p *pod, t history.Micros) bool {
	if !c.meta.LogsHits {
		return false
	}
	if c.facts.LogProves(p.name, t) {
		return true
	}
	if p.gaps || p.writers {
		return false
	}
	for i := len(p.runs) - 1; i >= 0; i-- {
		if r := p.runs[i]; r.began && r.started <= t {
			return r.last > t
		}
	}
	return false
}
