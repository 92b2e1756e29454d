package picture

import (
	"fmt"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

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
