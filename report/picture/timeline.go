package picture

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// Measures of a timeline, in pixels.
const (
	timelineWidth = 980
	labelsWidth   = 176
	rightMargin   = 18
	loadHeight    = 74
	loadGap       = 16
)

// A timeline is one trial: its hits by outcome on top, a panel per stream, and below
// each pod's life on the same axis.
type timeline struct {
	*sheet
	axis
	trial  *report.Trial
	loads  []load
	prefix string // that all pods' names share
}

// Timeline draws trial t, of whose history records are: hits by outcome over the time
// they were scheduled at, and below on the same axis each pod's life. Every hit is in
// a bar, and a bar with a drop shows it.
func Timeline(w io.Writer, t *report.Trial, records iter.Seq2[history.Record, error]) error {
	loads, err := loadsOf(axisOf(t), t, records)
	if err != nil {
		return fmt.Errorf("draw %s, trial %d: %w", t.Scenario, t.Trial, err)
	}
	l := &timeline{axis: axisOf(t), trial: t, loads: loads}
	pods := l.pods()
	const top = 62
	lanes := top + float64(len(l.loads))*(loadHeight+loadGap) + 6
	height := lanes + 22
	for _, p := range pods {
		height += p.height()
	}
	l.sheet = newSheet(timelineWidth, height+70, l.title(), l.said())
	l.head(top, height)
	for i := range l.loads {
		l.load(i, top+float64(i)*(loadHeight+loadGap))
	}
	l.shadows(lanes, height)
	l.lives(pods, lanes)
	l.foot(height)
	l.legend(height+38, len(pods) > 0)
	return l.finish(w)
}

// hitsInBar is how many hits of the slowest stream a bar should hold: one more or less
// is then no notch.
const hitsInBar = 5

// axisOf is from the first window, or the beginning of the trial, to the moment when
// the load had drained, as far as the history tells.
func axisOf(t *report.Trial) axis {
	a := axis{left: labelsWidth, right: timelineWidth - rightMargin}
	for i, w := range t.Windows {
		if i == 0 {
			a.from = w.Start.Sub(t.Started)
		}
		if w.Name == history.WindowDisruption {
			a.zero = w.Start.Sub(t.Started)
		}
		a.to = max(a.to, w.Start.Sub(t.Started))
		if !w.End.IsZero() {
			a.to = max(a.to, w.End.Sub(t.Started))
		}
	}
	if n := len(t.Windows); (n == 0 || t.Windows[n-1].End.IsZero()) && !t.Finished.IsZero() {
		a.to = max(a.to, t.Finished.Sub(t.Started))
	}
	if a.zero == 0 {
		a.zero = a.from
	}
	a.to = max(a.to, a.from+time.Second)
	for _, s := range t.Streams {
		if s.Rate > 0 {
			a.bar = max(a.bar, time.Duration(hitsInBar/s.Rate*float64(time.Second)))
		}
	}
	return a
}

func (l *timeline) title() string {
	return fmt.Sprintf("%s, trial %d: %s", l.trial.Scenario, l.trial.Trial, l.trial.Verdict)
}

// said is the picture in words.
func (l *timeline) said() string {
	var parts []string
	for _, s := range l.trial.Streams {
		parts = append(parts, fmt.Sprintf("%s: %d of %d dropped, %d masked, %d missed, %d unresolved", s.Name, s.Dropped, s.Sent, s.Masked, s.Missed, s.Unresolved))
	}
	for i := range l.trial.Pods {
		if p := &l.trial.Pods[i]; p.TakenAway {
			parts = append(parts, p.Name+" "+l.story(p))
		}
	}
	return strings.Join(parts, ". ") + "."
}

// subtitle is what the trial was.
func (l *timeline) subtitle() string {
	m := &l.trial.Meta
	parts := []string{fmt.Sprintf("%d pods", m.Replicas)}
	if m.PreStop != "" {
		parts = append(parts, "preStop "+m.PreStop)
	}
	parts = append(parts, fmt.Sprintf("grace period %g s", m.Grace.Seconds()))
	if m.Cluster.Type != "" {
		parts = append(parts, "cluster "+m.Cluster.Type)
	}
	if m.Cluster.Kubernetes != "" {
		parts = append(parts, "Kubernetes "+m.Cluster.Kubernetes)
	}
	if m.Cluster.Modelled {
		parts = append(parts, "what surrounds the pods is modelled")
	}
	return strings.Join(parts, " · ")
}

// head has the title and the windows, which are bands through the whole picture.
func (l *timeline) head(top, bottom float64) {
	l.text(14, 24, l.title(), "title")
	l.text(timelineWidth-rightMargin, 24, l.subtitle(), "small soft end")
	for _, w := range l.trial.Windows {
		from, to := l.x(w.Start.Sub(l.trial.Started)), l.right
		if !w.End.IsZero() {
			to = l.x(w.End.Sub(l.trial.Started))
		}
		if w.Name == history.WindowDisruption {
			l.Rect(from, top-22, to-from, bottom-top+22, class("band"))
		}
		l.Line(from, top-22, from, bottom, class("grid"))
		if name := map[string]string{history.WindowWarmup: "warm-up"}[w.Name]; name != "" {
			w.Name = name
		}
		if to-from > 7*float64(len(w.Name)) {
			l.text(from+4, top-10, w.Name, "small soft")
		}
	}
}

// load is a stream's panel: bars of hits, the lost ones on the ground.
func (l *timeline) load(i int, top float64) {
	s, all := &l.trial.Streams[i], &l.loads[i]
	bottom := top + loadHeight
	l.text(14, top+14, fmt.Sprintf("%s, %g/s", s.Name, s.Rate), "strong")
	l.text(14, top+30, fmt.Sprintf("%d of %d dropped", s.Dropped, s.Sent), "small")
	line := top + 43
	for _, more := range []struct {
		n    int
		what string
	}{{s.Masked, "masked"}, {s.Missed, "missed"}, {s.Unresolved, "unresolved"}} {
		if more.n > 0 {
			l.text(14, line, fmt.Sprintf("%d %s", more.n, more.what), "small soft")
			line += 13
		}
	}
	highest := all.highest()
	l.text(labelsWidth-6, top+8, fmt.Sprint(highest), "small soft end")
	l.text(labelsWidth-6, bottom, "0", "small soft end")
	// One shape per outcome and not per bar: a picture of hours is no larger.
	for outcome := range report.Outcomes {
		var path strings.Builder
		for b, bar := range all.bars {
			if bar[outcome] == 0 {
				continue
			}
			left, right := l.x(l.begins(b)), l.x(l.begins(b+1))
			low, high := stack(bar, outcome, highest)
			fmt.Fprintf(&path, "M%.1f %.1fH%.1fV%.1fH%.1fZ", left, bottom-low, right, bottom-high, left)
		}
		if path.Len() > 0 {
			l.told(fmt.Sprintf("%s, %s: %d", s.Name, outcome.String(), all.total[outcome]), func() { l.Path(path.String(), class(outcome.String())) })
		}
	}
	l.Line(l.left, bottom, l.right, bottom, class("edge"))
}

// least is how high the least of what is not ok stands, so that one lost hit is seen.
const least = 3

// stack is where an outcome begins and ends in a bar, above its ground. What is ok
// gives way where there is not the room.
func stack(bar [report.Outcomes]int, outcome report.Outcome, highest int) (low, high float64) {
	size := func(i report.Outcome) float64 {
		share := loadHeight * float64(bar[i]) / float64(highest)
		if bar[i] > 0 && i != report.HitOK {
			return max(share, least)
		}
		return share
	}
	lost := 0.0
	for i := range report.HitOK {
		lost += size(i)
	}
	shrunk := loadHeight / max(lost, loadHeight)
	for i := range outcome {
		low += size(i) * shrunk
	}
	return low, min(low+size(outcome)*shrunk, loadHeight)
}

// shadows go from the bars with a drop down through the pods' lanes.
func (l *timeline) shadows(top, bottom float64) {
	var path strings.Builder
	for b := range l.bins() {
		lost := 0
		for i := range l.loads {
			lost += l.loads[i].bars[b][report.HitDropped]
		}
		if lost > 0 {
			left, right := l.x(l.begins(b)), l.x(l.begins(b+1))
			fmt.Fprintf(&path, "M%.1f %.1fH%.1fV%.1fH%.1fZ", left, top, right, bottom, left)
		}
	}
	if path.Len() > 0 {
		l.told("dropped hits were scheduled then", func() { l.Path(path.String(), class("shadow")) })
	}
}

// foot is the axis.
func (l *timeline) foot(y float64) {
	l.Line(l.left, y, l.right, y, class("edge"))
	for _, t := range l.ticks(80) {
		x := l.x(t)
		l.Line(x, y, x, y+4, class("edge"))
		l.text(x, y+16, fmt.Sprintf("%g s", (t-l.zero).Seconds()), "small soft middle")
	}
	what := "since the disruption began"
	if l.zero == l.from {
		what = "since the load began"
	}
	l.text(14, y+16, what, "small soft")
}
