package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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

// lives draws the lanes.
func (l *timeline) lives(pods []lane, top float64) {
	if len(pods) > 0 {
		l.text(14, top+14, "pods", "strong")
		if l.prefix != "" {
			l.text(52, top+14, l.prefix+"…", "small soft")
		}
	}
	y := top + 22
	for _, p := range pods {
		l.life(p, y)
		y += p.height()
	}
}

// life is a lane: above a line for as long as new traffic was sent to the pod, below
// a bar for as long as its container ran.
func (l *timeline) life(p lane, y float64) {
	l.told(p.pod.Name+" "+l.story(p.pod), func() {
		l.text(14, y+14, strings.TrimPrefix(p.pod.Name, l.prefix), "small")
		l.text(labelsWidth-6, y+14, p.pod.Role, "small soft end")
		for _, s := range p.endpoint {
			l.stretch(s, func(from, to float64) {
				l.Line(from, y+4, to, y+4, class("endpoint"))
				if !s.open {
					l.Line(to, y, to, y+8, class("mark"))
				}
			})
		}
		for _, s := range p.running {
			l.phases(p.pod, s, y+9)
		}
		if p.pod.TakenAway {
			l.label(p.pod, y+31)
		}
	})
}

// stretch draws s as far as it is on the axis.
func (l *timeline) stretch(s stretch, draw func(from, to float64)) {
	if s.open {
		s.to = l.to
	}
	if s.to >= l.from && s.from <= l.to {
		draw(l.x(s.from), max(l.x(s.to), l.x(s.from)+1))
	}
}

// barHeight is that of a pod's bar.
const barHeight = 10

// phases are what a container went through while it ran: starting, serving, asked to
// go, asked to end.
func (l *timeline) phases(p *report.Pod, s stretch, y float64) {
	end := s.to
	if s.open {
		end = l.to
	}
	at := []struct {
		from  time.Time
		class string
	}{{l.ready(p, s), "serving"}, {p.Deleted, "deleted"}, {p.SIGTERM, "draining"}}
	from, phase := s.from, "starting"
	part := func(to time.Duration) {
		to = min(to, end)
		if to > from {
			l.stretch(stretch{from: from, to: to}, func(x1, x2 float64) { l.Rect(x1, y, x2-x1, barHeight, class(phase)) })
			from = to
		}
	}
	for _, next := range at {
		if !next.from.IsZero() {
			part(l.since(next.from))
			phase = next.class
		}
	}
	part(end)
	l.stretch(s, func(x1, x2 float64) { l.Rect(x1, y, x2-x1, barHeight, class("edge")) })
	l.marks(p, s, y)
}

// ready is when the pod was ready first in stretch s of its container; zero: never.
func (l *timeline) ready(p *report.Pod, s stretch) time.Time {
	if !p.Ready.IsZero() && l.since(p.Ready) >= s.from {
		return p.Ready
	}
	for _, e := range l.trial.Events {
		if e.Pod == p.Name && (e.Type == history.EventPodReady || e.Type == history.EventEndpointReady) && l.since(e.T) >= s.from {
			return e.T
		}
	}
	return time.Time{}
}

// marks are the moments of a life: deleted ▼, SIGTERM ●, end ✕.
func (l *timeline) marks(p *report.Pod, s stretch, y float64) {
	on := func(t time.Duration) bool { return t >= l.from && t <= l.to }
	if t := l.since(p.Deleted); !p.Deleted.IsZero() && on(t) && t >= s.from {
		x := l.x(t)
		l.Polygon([]float64{x - 4, x + 4, x}, []float64{y - 8, y - 8, y - 1}, class("ink"))
	}
	if t := l.since(p.PreStop); !p.PreStop.IsZero() && on(t) {
		x := l.x(t)
		l.Polygon([]float64{x - 4, x, x + 4, x}, []float64{y + barHeight/2, y + barHeight/2 - 4, y + barHeight/2, y + barHeight/2 + 4}, class("ground mark"))
	}
	if t := l.since(p.SIGTERM); !p.SIGTERM.IsZero() && on(t) {
		l.Circle(l.x(t), y+barHeight/2, 3, class("ink"))
	}
	if !s.open && on(s.to) {
		l.Path(cross(l.x(s.to)-4, y+barHeight/2-4), class("mark"))
	}
}

func cross(x, y float64) string { return fmt.Sprintf("M%.1f %.1fl8 8m0 -8l-8 8", x, y) }

// label is the end of a life in words, below its bar, as near to where it ended as
// there is room for.
func (l *timeline) label(p *report.Pod, y float64) {
	at := p.Deleted
	if at.IsZero() {
		at = p.Exited
	}
	text, x := l.story(p), l.left
	if !at.IsZero() {
		x = l.x(l.since(at)) - 4
	}
	l.text(max(14, min(x, l.right-smallLetter*float64(len([]rune(text))))), y, text, "small soft")
}

// story is how a pod ended: when it was deleted, and what came how long after that.
func (l *timeline) story(p *report.Pod) string {
	if p.Deleted.IsZero() {
		if p.Exited.IsZero() {
			return ""
		}
		return "exited at " + l.axis.label(l.since(p.Exited)) + exitWords(p)
	}
	parts := []string{"deleted at " + l.axis.label(l.since(p.Deleted))}
	for _, m := range []struct {
		name string
		at   time.Time
	}{{"preStop", p.PreStop}, {"SIGTERM", p.SIGTERM}, {"endpoint not ready", p.EndpointNotReady}, {"last new connection", p.LastNewConnection}} {
		if !m.at.IsZero() {
			parts = append(parts, m.name+" "+after(m.at.Sub(p.Deleted)))
		}
	}
	switch {
	case p.Exited.IsZero():
		parts = append(parts, "no exit seen")
	case p.ExitedPrecision != nil && *p.ExitedPrecision >= 10:
		earliest := p.Exited.Sub(p.Deleted)
		parts = append(parts, fmt.Sprintf("exit %s to %s", after(earliest), after(earliest+time.Duration(*p.ExitedPrecision*float64(time.Millisecond))))+exitWords(p))
	default:
		parts = append(parts, "exit "+after(p.Exited.Sub(p.Deleted))+exitWords(p))
	}
	return strings.Join(parts, " · ")
}

func exitWords(p *report.Pod) string {
	text := ""
	if p.ExitCode != nil {
		text += ", code " + strconv.Itoa(*p.ExitCode)
	}
	if p.Killed != nil && *p.Killed {
		text += ", killed"
	}
	return text
}

// after is "+0.03 s", and never a zero with a minus.
func after(d time.Duration) string {
	d = d.Round(10 * time.Millisecond)
	return strings.ReplaceAll(fmt.Sprintf("%+.2f s", d.Seconds()), "-", "−")
}
