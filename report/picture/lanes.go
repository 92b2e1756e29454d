package picture

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A lane is one pod's life.
type lane struct {
	pod *report.Pod
	// running are the stretches in which its container ran, endpoint those in which
	// new traffic was sent to it.
	running, endpoint []stretch
}

// A stretch of time; open: no end was seen.
type stretch struct {
	from, to time.Duration
	open     bool
}

func (p lane) height() float64 {
	if p.pod.TakenAway {
		return 40
	}
	return 26
}

// pods are the lanes: who was taken away first comes first, and who was made later
// comes later.
func (l *timeline) pods() (lanes []lane) {
	for i := range l.trial.Pods {
		p := &l.trial.Pods[i]
		lanes = append(lanes, lane{pod: p, running: l.running(p), endpoint: l.endpoint(p)})
	}
	end := func(p *report.Pod) time.Time {
		switch {
		case !p.Deleted.IsZero():
			return p.Deleted
		case !p.Exited.IsZero():
			return p.Exited
		}
		return time.Unix(1<<40, 0)
	}
	slices.SortStableFunc(lanes, func(a, b lane) int {
		return cmp.Or(strings.Compare(b.pod.Role, a.pod.Role), end(a.pod).Compare(end(b.pod)), a.pod.Created.Compare(b.pod.Created), cmp.Compare(a.pod.Name, b.pod.Name))
	})
	l.prefix = sharedPrefix(l.trial.Pods)
	return lanes
}

// sharedPrefix is what all pods' names begin with, up to a hyphen.
func sharedPrefix(pods []report.Pod) string {
	if len(pods) < 2 {
		return ""
	}
	prefix := pods[0].Name
	for _, p := range pods[1:] {
		for !strings.HasPrefix(p.Name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix[:strings.LastIndexByte(prefix, '-')+1]
}

func (l *timeline) since(t time.Time) time.Duration { return t.Sub(l.trial.Started) }

// running is when the pod's container ran: from its creation, or a start after an
// end, to an end. The last end is the pod's own, which is known better than events say.
func (l *timeline) running(p *report.Pod) (all []stretch) {
	if p.Created.IsZero() && p.Ready.IsZero() {
		return nil
	}
	from := p.Created
	if from.IsZero() {
		from = p.Ready
	}
	now := stretch{from: l.since(from), open: true}
	for _, e := range l.trial.Events {
		at := l.since(e.T)
		switch {
		case e.Pod != p.Name:
		case e.Type == history.EventContainerExited && now.open && e.T.Before(p.Exited) && p.Exited.Sub(e.T) > time.Second:
			now.to, now.open = at, false
			all = append(all, now)
		case !now.open && (e.Type == history.EventContainerStarted || e.Type == history.EventAppStart):
			now = stretch{from: at, open: true}
		}
	}
	if now.open {
		if !p.Exited.IsZero() {
			now.to, now.open = max(now.from, l.since(p.Exited)), false
		}
		all = append(all, now)
	}
	return l.restarted(p, all)
}

// restarted adds the stretch after a last end that the pod outlived: what was started
// again after it.
func (l *timeline) restarted(p *report.Pod, all []stretch) []stretch {
	if n := len(all); n == 0 || all[n-1].open || !p.Deleted.IsZero() && !p.Exited.Before(p.Deleted) {
		return all
	}
	for _, e := range l.trial.Events {
		if e.Pod == p.Name && (e.Type == history.EventContainerStarted || e.Type == history.EventAppStart) && l.since(e.T) >= all[len(all)-1].to {
			return append(all, stretch{from: l.since(e.T), open: true})
		}
	}
	return all
}

// endpoint is when new traffic was sent to the pod, as the endpoints told it.
func (l *timeline) endpoint(p *report.Pod) (all []stretch) {
	now := stretch{}
	for _, e := range l.trial.Events {
		switch {
		case e.Pod != p.Name:
		case e.Type == history.EventEndpointReady && !now.open:
			now = stretch{from: l.since(e.T), open: true}
		case (e.Type == history.EventEndpointNotReady || e.Type == history.EventEndpointGone) && now.open:
			now.to, now.open = l.since(e.T), false
			all = append(all, now)
		}
	}
	if now.open {
		all = append(all, now)
	}
	return all
}
