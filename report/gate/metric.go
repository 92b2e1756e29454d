package gate

import (
	"math"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A Metric is what a trial is held to by: one number of a stream, or of the whole
// trial. More is always worse.
type Metric struct {
	Name  string // in the file of budgets, and in JSON
	Title string // for people, e.g. "longest outage"
	Unit  Unit
	// Trial: it is one of the whole trial, not of a stream.
	Trial bool
	// of is the value of one trial; NaN: unknown. s is nil for one of the trial.
	of func(t *report.Trial, s *report.Stream) float64
	// typical puts the values of several trials into one; Mean or Median.
	typical func([]float64) float64
}

// A Unit is what a metric's values count.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Share   Unit = "share" // 0 to 1
	Millis  Unit = "ms"
	Seconds Unit = "s"
)

// Metrics are all that trials can be held to by.
func Metrics() []Metric {
	return []Metric{
		{Name: "drops", Title: "drops per trial", Unit: Count, of: drops, typical: Mean},
		{Name: "any", Title: "trials with a drop", Unit: Share, of: anyDrop, typical: Mean},
		{Name: "rate", Title: "drop rate", Unit: Share, of: rate, typical: Mean},
		{Name: "outage", Title: "longest outage", Unit: Millis, of: outage, typical: Median},
		{Name: "p99", Title: "p99 in the disruption", Unit: Millis, of: p99, typical: Median},
		{Name: "added", Title: "p99 that the disruption added", Unit: Millis, of: added, typical: Median},
		{Name: "time", Title: "time of the disruption", Unit: Seconds, Trial: true, of: duration, typical: Median},
		{Name: "exit", Title: "time from deletion to exit", Unit: Seconds, Trial: true, of: exit, typical: Median},
		{Name: "kills", Title: "pods killed at the end of their grace period", Unit: Count, Trial: true, of: kills, typical: Mean},
	}
}

// Named finds a metric.
func Named(name string) (Metric, bool) {
	for _, m := range Metrics() {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// Values are those of the trials where it is known, in their order, of a stream or,
// for a metric of the trial, of all of it.
func (m Metric) Values(trials []report.Trial, stream string) (values []float64) {
	add := func(v float64) {
		if !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	for i := range trials {
		if m.Trial {
			add(m.of(&trials[i], nil))
			continue
		}
		for j := range trials[i].Streams {
			if trials[i].Streams[j].Name == stream {
				add(m.of(&trials[i], &trials[i].Streams[j]))
			}
		}
	}
	return values
}

// Typical puts the values of several trials into one: their mean, or their median.
// NaN without any.
func (m Metric) Typical(values []float64) float64 { return m.typical(values) }

// Mean reports whether Typical is the mean.
func (m Metric) Mean() bool { return m.Unit == Count || m.Unit == Share }

func drops(_ *report.Trial, s *report.Stream) float64 { return float64(s.Dropped) }

func anyDrop(_ *report.Trial, s *report.Stream) float64 { return float64(min(1, s.Dropped)) }

func rate(_ *report.Trial, s *report.Stream) float64 {
	if s.Sent == 0 {
		return math.NaN()
	}
	return float64(s.Dropped) / float64(s.Sent)
}

func outage(_ *report.Trial, s *report.Stream) float64 {
	longest := time.Duration(0)
	for _, o := range s.Outages {
		longest = max(longest, o.Duration())
	}
	return milliseconds(longest)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// p99 is infinite where hits were sent and none succeeded: no limit holds that.
func p99(_ *report.Trial, s *report.Stream) float64 { return p99In(s, history.WindowDisruption) }

func p99In(s *report.Stream, window string) float64 {
	switch w := s.Windows[window]; {
	case w.Latency != nil:
		return w.Latency.P99
	case w.Dropped > 0:
		return math.Inf(1)
	}
	return math.NaN()
}

// added is what remains of the latency in the disruption without that in the
// baseline window of the same trial: a machine that is slower today is slower in both.
func added(_ *report.Trial, s *report.Stream) float64 {
	before := p99In(s, history.WindowBaseline)
	if math.IsInf(before, 0) {
		return math.NaN()
	}
	return p99In(s, history.WindowDisruption) - before
}

// duration is unknown for none, whose window is as long as it was asked to be.
func duration(t *report.Trial, _ *report.Stream) float64 {
	for _, w := range t.Windows {
		if w.Name == history.WindowDisruption && !w.End.IsZero() && t.Disruption != "none" {
			return w.End.Sub(w.Start).Seconds()
		}
	}
	return math.NaN()
}

// exit is the longest of all pods.
func exit(t *report.Trial, _ *report.Stream) float64 {
	longest := math.NaN()
	for _, p := range t.Pods {
		if p.TakenAway && p.GraceUsed != nil && !(longest >= *p.GraceUsed) {
			longest = *p.GraceUsed
		}
	}
	return longest
}

// kills is unknown where a pod was deleted of which nobody saw how it ended, and no
// other was seen to be killed.
func kills(t *report.Trial, _ *report.Stream) float64 {
	killed, unknown := 0, false
	for _, p := range t.Pods {
		switch {
		case p.Killed != nil && *p.Killed:
			killed++
		case p.Killed == nil && p.TakenAway && !p.Deleted.IsZero():
			unknown = true
		}
	}
	if killed == 0 && unknown {
		return math.NaN()
	}
	return float64(killed)
}
