package explain

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"zarif/report/history"
)

// A span is a time of which only the bounds are known, or a time from one moment
// to another; to is 0 where it never ended.
type span struct{ from, to history.Micros }

// A pod is what events tell of one, in harness time; 0 is never.
type pod struct {
	name, node     string
	created, ready history.Micros
	deleted, gone  history.Micros
	grace          time.Duration // of its deletion
	forced         bool          // deleted with a grace period of 0
	endpoint       []span        // when it was ready
	runs           []*run        // of its container, in their order
	cluster        []*history.Event
	forgotten      history.Micros // by the client's proxy, certainly; 0: not known to be
	gaps, writers  bool           // its log has gaps; several processes wrote it
}

// A run is one life of a pod's containers.
type run struct {
	started  history.Micros // at the earliest
	listens  history.Micros // since then at the latest; 0: not known to
	killed   history.Micros // the disruption is about to signal it
	signal   history.Micros // SIGTERM, as the application logged it
	draining history.Micros
	closed   history.Micros // the listener, at the latest
	drained  history.Micros
	answered history.Micros // when the last new connection was dialled that it answered; 0: unknown
	last     history.Micros // the last line of its log
	exit     span           // from the earliest to the latest moment of its end; to is 0 where it was not seen
	exited   bool
	exact    bool // the exit is the application's own line
	began    bool // its log has its first line
	code     string
	sig      string
}

// pods are those that events name, by name, without the load's own.
func (c *inquiry) pods() {
	c.byName = map[string]*pod{}
	events := c.facts.Events()
	for i := range events {
		e := &events[i]
		if e.Pod == "" || e.Type == history.EventNote {
			continue
		}
		if e.Type == history.EventKubernetes {
			if p := c.byName[e.Pod]; p != nil {
				p.cluster = append(p.cluster, e)
			}
			continue
		}
		p := c.byName[e.Pod]
		if p == nil {
			p = &pod{name: e.Pod, grace: c.meta.Grace}
			c.byName[e.Pod] = p
			c.all = append(c.all, p)
		}
		p.node = cmp.Or(e.Node, p.node)
		c.tell(p, e)
	}
	for i := range c.meta.Streams {
		for line := range c.facts.Lines(i) {
			if p := c.byName[line.Pod]; p != nil {
				p.wrote(line.Start)
				p.wrote(line.Done)
			}
		}
	}
	for _, p := range c.all {
		p.settle()
	}
	c.answering()
	slices.SortFunc(c.all, func(a, b *pod) int { return cmp.Compare(a.name, b.name) })
}

// tell adds an event; events come in order of their earliest moments.
func (c *inquiry) tell(p *pod, e *history.Event) {
	latest := e.T + e.Precision
	if seen, err := strconv.ParseInt(e.Attrs["seen"], 10, 64); err == nil {
		latest = max(e.T, min(latest, history.Micros(seen)+c.facts.Shift(e.Source)))
	}
	switch e.Type {
	case history.EventPodCreated:
		first(&p.created, e.T)
	case history.EventPodReady:
		first(&p.ready, e.T)
	case history.EventPodDeleted:
		if p.deleted == 0 {
			if s, err := strconv.ParseFloat(e.Attrs["grace"], 64); err == nil {
				p.grace, p.forced = time.Duration(s*float64(time.Second)), s == 0
			}
		}
		first(&p.deleted, e.T)
	case history.EventPodGone:
		p.gone = e.T
	case history.EventEndpointReady:
		p.endpoint = append(p.endpoint, span{from: e.T})
	case history.EventEndpointNotReady, history.EventEndpointGone:
		if n := len(p.endpoint); n > 0 && p.endpoint[n-1].to == 0 {
			p.endpoint[n-1].to = e.T
		}
	case history.EventAct:
		if e.Attrs["action"] == "signal" {
			first(&p.latest().killed, e.T)
		}
	case history.EventContainerStarted:
		if r := p.run(e); !r.began {
			first(&r.started, e.T)
		}
	case history.EventContainerExited:
		p.run(e).ended(e.T, latest, e.Attrs["exitCode"], e.Attrs["signal"])
	case history.EventProcessGone:
		if r := p.latest(); !r.exited {
			r.ended(max(r.last, r.signal, p.deleted), latest, "", "")
		}
	}
	if e.Source == history.SourcePods {
		p.logged(e)
	}
}

// logged adds an event from the pod's own log. What one of several writers says of
// its own end is not the container's.
func (p *pod) logged(e *history.Event) {
	r, alone := p.run(e), e.Attrs["writer"] == ""
	p.writers = p.writers || !alone || e.Attrs["writers"] != ""
	switch e.Type {
	case history.EventAppStart:
		r.began, r.started = true, e.T
	case history.EventAppReady:
		first(&r.listens, e.T)
	case history.EventAppSignal:
		first(&r.signal, e.T)
	case history.EventAppDraining:
		first(&r.draining, e.T)
	case history.EventAppClosed:
		if alone {
			first(&r.closed, e.T)
		}
	case history.EventAppDrained:
		if alone {
			first(&r.drained, e.T)
		}
	case history.EventAppExit:
		if alone && e.Attrs["code"] != "" {
			r.exited, r.exact = true, true
			r.exit, r.code = span{e.T, e.T}, cmp.Or(r.code, e.Attrs["code"])
		}
	case history.EventLogEnd:
		if how := e.Attrs["end"]; how == history.LogEndExit || how == history.LogEndExited {
			if r.exited && !r.exact && r.exit.to > e.T+e.Precision && e.T >= r.exit.from {
				r.exit.to = e.T + e.Precision // it was read to its end, so the process had ended
			}
		}
		return // not a line
	case history.EventLogGap:
		p.gaps = true
		return
	}
	r.last = max(r.last, e.T)
}

// wrote notes a request's line: the run that was there then still lived.
func (p *pod) wrote(t history.Micros) {
	if t == 0 {
		return
	}
	for i := len(p.runs) - 1; i >= 0; i-- {
		if r := p.runs[i]; r.started <= t || i == 0 {
			r.last = max(r.last, t)
			return
		}
	}
}

// run is the one that an event is about.
func (p *pod) run(e *history.Event) *run {
	n, _ := strconv.Atoi(e.Attrs["restarts"])
	for len(p.runs) <= min(max(n, 0), 1000) {
		p.runs = append(p.runs, &run{})
	}
	return p.runs[min(max(n, 0), 1000)]
}

func (p *pod) latest() *run {
	if len(p.runs) == 0 {
		p.runs = append(p.runs, &run{})
	}
	return p.runs[len(p.runs)-1]
}

// ended adds the end of one of the run's containers: of several, none was gone
// before the first, and all were after the last.
func (r *run) ended(from, by history.Micros, code, signal string) {
	r.sig = cmp.Or(r.sig, signal)
	r.code = cmp.Or(code, r.code)
	switch {
	case r.exact:
	case r.exited:
		r.exit = span{min(r.exit.from, from), max(r.exit.to, by)}
	default:
		r.exited, r.exit = true, span{from, by}
	}
}

// newsLag is how late the news of a deletion, or of a ready endpoint, may come.
const newsLag = history.Micros(2 * time.Second / time.Microsecond)

// settle narrows what is only roughly known by what is known better.
func (p *pod) settle() {
	if len(p.runs) == 0 {
		p.runs = []*run{{}}
	}
	for i, r := range p.runs {
		if r.exited && !r.exact {
			for _, earliest := range []history.Micros{r.last, r.signal, r.killed} {
				if earliest <= r.exit.to {
					r.exit.from = max(r.exit.from, earliest)
				}
			}
			if i+1 < len(p.runs) && p.runs[i+1].began && p.runs[i+1].started >= r.exit.from {
				r.exit.to = min(r.exit.to, p.runs[i+1].started)
			}
			if p.gone >= r.exit.from && p.gone != 0 && !p.forced {
				r.exit.to = min(r.exit.to, p.gone)
			}
		}
		silent := r.last == 0 || i == 0 && p.ready != 0 // no log, or one of an application that cannot tell
		if r.listens == 0 && silent && (i == 0 || p.runs[i-1].exited) {
			r.listens = max(p.ready, r.started) // its probe passed
		}
	}
	// The news of a deletion can come after what it led to.
	last := p.latest()
	for _, effect := range []history.Micros{last.signal, exactExit(last)} {
		if p.deleted != 0 && effect != 0 && effect < p.deleted && p.deleted-effect <= newsLag {
			p.deleted = effect
		}
	}
}

func exactExit(r *run) history.Micros {
	if r.exact {
		return r.exit.from
	}
	return 0
}

func first(at *history.Micros, t history.Micros) {
	if *at == 0 {
		*at = t
	}
}
