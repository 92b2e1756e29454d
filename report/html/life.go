package html

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A life is one pod on the axis: what happened to it, and two bars: from when to
// when its container ran, and its endpoint was ready.
type life struct {
	Name      string   `json:"name"`
	Node      string   `json:"node,omitempty"`
	Role      string   `json:"role"`
	TakenAway bool     `json:"takenAway"`
	Moments   []moment `json:"moments"`
	Ran       []bar    `json:"ran"`
	Serving   []bar    `json:"serving"`
	Ending    string   `json:"ending,omitempty"` // how it exited, in words
	Answered  *int     `json:"answered,omitempty"`
	Late      *int     `json:"late,omitempty"`
}

// A moment is one of the kinds below.
type moment struct {
	Kind string `json:"kind"`
	At   int64  `json:"at"`
	// Within is how much later than At it can have been, in µs.
	Within int64 `json:"within,omitempty"`
}

// A bar has no beginning, or no end, where it reaches beyond what was recorded.
type bar struct {
	From *int64 `json:"from,omitempty"`
	To   *int64 `json:"to,omitempty"`
}

// lifeOf is the pod's life as report tells it, and from the events what may come
// more than once.
func lifeOf(t *report.Trial, p *report.Pod, since func(time.Time) int64) life {
	l := life{
		Name: p.Name, Node: p.Node, Role: p.Role, TakenAway: p.TakenAway, Moments: []moment{}, Answered: p.Answered, Late: p.LateHits, Ending: ending(p),
		Serving: []bar{}, Ran: []bar{},
	}
	add := func(kind string, at time.Time, within int64) {
		if !at.IsZero() {
			l.Moments = append(l.Moments, moment{kind, since(at), within})
		}
	}
	add("created", p.Created, 0)
	add("ready", p.Ready, 0)
	add("deleted", p.Deleted, 0)
	add("preStop", p.PreStop, 0)
	add("SIGTERM", p.SIGTERM, 0)
	add("endpoint not ready", p.EndpointNotReady, 0)
	add("endpoint gone", p.EndpointGone, 0)
	add("last new connection", p.LastNewConnection, 0)
	within := int64(0)
	if p.ExitedPrecision != nil {
		within = int64(*p.ExitedPrecision * 1000)
	}
	add("exited", p.Exited, within)
	l.bars(t, p, since)
	return l
}

// bars draws the two bars. The last exit is the pod's, which is narrower than that
// of its event.
func (l *life) bars(t *report.Trial, p *report.Pod, since func(time.Time) int64) {
	running, serving := opening(p.Created, since), bar{}
	up, ready, vague := true, false, false
	for _, e := range t.Events {
		if e.Pod != p.Name {
			continue
		}
		at := since(e.T)
		switch e.Type {
		case history.EventContainerStarted:
			if !up {
				running, up, vague = bar{From: new(max(at, *running.To))}, true, e.Precision > 0
			}
		case history.EventAppStart:
			if up && vague { // whole seconds of the API: the application knows better
				running.From, vague = new(max(at, *running.From)), false
			}
		case history.EventContainerExited:
			if up && !(!p.Ready.IsZero() && e.T.Before(p.Ready)) {
				running.To = new(at)
				l.Ran, up = append(l.Ran, running), false
			}
		case history.EventEndpointReady:
			if !ready {
				serving, ready = bar{From: new(at)}, true
			}
		case history.EventEndpointNotReady, history.EventEndpointGone:
			if ready {
				serving.To = new(at)
				l.Serving, ready = append(l.Serving, serving), false
			}
		}
	}
	if ready {
		l.Serving = append(l.Serving, serving)
	}
	l.last(p, up, running, since)
}

// last ends what is open.
func (l *life) last(p *report.Pod, up bool, running bar, since func(time.Time) int64) {
	switch exited := p.Exited; {
	case up && !exited.IsZero() && !p.Deleted.IsZero():
		running.To = new(since(exited))
		l.Ran = append(l.Ran, running)
	case up:
		l.Ran = append(l.Ran, running)
	case !exited.IsZero():
		l.Ran[len(l.Ran)-1].To = new(since(exited))
	}
}

func opening(created time.Time, since func(time.Time) int64) bar {
	if created.IsZero() {
		return bar{}
	}
	return bar{From: new(since(created))}
}

// ending says how the pod's container ended, e.g. "exit code 137, 30.0 s after the
// deletion, killed at the end of the grace period"; empty: it did not.
func ending(p *report.Pod) string {
	var parts []string
	if p.ExitCode != nil {
		parts = append(parts, "exit code "+strconv.Itoa(*p.ExitCode))
	}
	if p.Signal != nil {
		parts = append(parts, "signal "+strconv.Itoa(*p.Signal))
	}
	if p.GraceUsed != nil {
		from, to := fmt.Sprintf("%.1f", *p.GraceUsed), fmt.Sprintf("%.1f", *p.GraceUsed)
		if p.ExitedPrecision != nil {
			to = fmt.Sprintf("%.1f", *p.GraceUsed+*p.ExitedPrecision/1000)
		}
		if from != to {
			from += "–" + to
		}
		text := from + " s after the deletion"
		if p.GraceLimit != nil {
			text += fmt.Sprintf(" (grace period %.0f s)", *p.GraceLimit)
		}
		parts = append(parts, text)
	}
	if p.Killed != nil && *p.Killed {
		parts = append(parts, "killed at the end of the grace period")
	}
	if p.Restarts != nil && *p.Restarts > 0 {
		parts = append(parts, fmt.Sprintf("restarted %d×", *p.Restarts))
	}
	return strings.Join(parts, ", ")
}
