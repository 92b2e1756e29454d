package tune

import (
	"fmt"
	"slices"
	"time"

	"zarif/report"
	"zarif/report/explain"
	"zarif/report/history"
)

// A Kind is what a trial says of its candidate.
type Kind int

// The kinds.
const (
	Clean    Kind = iota // no hit of the streams that count was dropped
	Lost                 // at least one was
	Doubtful             // inconclusive: it says nothing
	Skip                 // the cluster cannot do what the scenario needs
)

// An Outcome is what a search takes in of one trial.
type Outcome struct {
	Kind   Kind
	Reason string // of a doubtful or skipped one
	// Dropped are hits by stream, and Counted those of the streams that count, by
	// mechanism.
	Dropped map[string]int
	Counted map[string]int
	// Others are the hits of the other streams by mechanism.
	Others map[string]int
	// Cures say, by mechanism, what helps against it.
	Cures map[string]string
	// Killed are pods that were ended by SIGKILL with their grace period used up.
	Killed int
	// Late is, of each pod that was deleted, how long after its deletion a new
	// connection was last tried; Drains how much longer than its preStop sleep it took
	// to exit, at most.
	Late, Drains []time.Duration
	// Took is from the beginning of the disruption to its end; 0: unknown.
	Took time.Duration
	// Slowest is the longest latency of an answered hit; 0: none was.
	Slowest time.Duration
	// Unseen is the evidence that was missing, Stays what was not put back.
	Unseen, Stays []string
}

// A longer sleep keeps the pod serving for longer. That does nothing about these.
var beyondSleep = []string{explain.IdleRace, explain.Application, explain.InFlightKilled, explain.Overload, explain.NotReady}

// healable is how many hits were lost of which it is not known that no sleep would
// have saved them.
func (o Outcome) healable() (n int) {
	for mechanism, hits := range o.Counted {
		if !slices.Contains(beyondSleep, mechanism) {
			n += hits
		}
	}
	return n
}

// onlyKilled reports whether all that was lost was lost to the end of the grace
// period.
func (o Outcome) onlyKilled() bool {
	return o.Counted[explain.InFlightKilled] > 0 && len(o.Counted) == 1
}

func (o Outcome) dropped() (n int) {
	for _, hits := range o.Counted {
		n += hits
	}
	return n
}

// OutcomeOf reads a trial of a candidate; streams are the names of those that
// count. The budgets of the trial must be 0 for those and more than any loss for the
// others, so that its verdict is about those that count alone.
func OutcomeOf(t report.Trial, c Candidate, streams []string) Outcome {
	o := Outcome{Dropped: map[string]int{}, Counted: map[string]int{}, Others: map[string]int{}, Cures: map[string]string{}, Unseen: t.Unseen, Stays: t.Stays}
	for _, s := range t.Streams {
		o.Dropped[s.Name] = s.Dropped
		for _, w := range s.Windows {
			if w.Latency != nil {
				o.Slowest = max(o.Slowest, time.Duration(w.Latency.Max*float64(time.Millisecond)))
			}
		}
		by := o.Others
		if slices.Contains(streams, s.Name) {
			by = o.Counted
		}
		left := s.Dropped
		for _, f := range t.Findings {
			if f.Stream == s.Name && f.Dropped > 0 {
				by[f.Mechanism] += f.Dropped
				left -= f.Dropped
				o.Cures[f.Mechanism] = f.Advice
			}
		}
		if left > 0 {
			by[explain.Unexplained] += left
		}
	}
	for i := range t.Pods {
		o.pod(&t.Pods[i], c)
	}
	o.Took = took(t)
	o.Kind, o.Reason = kind(t, c, o.dropped())
	return o
}

// kind is what the trial says.
func kind(t report.Trial, c Candidate, dropped int) (Kind, string) {
	switch {
	case t.Skipped != "":
		return Skip, t.Skipped
	case t.Verdict == report.Inconclusive && len(t.Reasons) > 0:
		return Doubtful, t.Reasons[0]
	case t.Verdict == report.Inconclusive:
		return Doubtful, "it was not told why"
	}
	for i := range t.Pods {
		if early, was := cutShort(&t.Pods[i], c); was {
			return Doubtful, fmt.Sprintf("the preStop sleep of pod %s did not run to its end: it exited %.1f s after its deletion", t.Pods[i].Name, early.Seconds())
		}
	}
	switch {
	case dropped > 0:
		return Lost, ""
	case t.Verdict != report.Pass:
		return Doubtful, "other streams than those that count were over a budget"
	}
	return Clean, ""
}

// hookSlack is how much less than its sleep a pod may seem to have taken: a
// deletion is known by the news of it, and an exit to the second at worst.
const hookSlack = time.Second

// cutShort reports whether a pod ended before its sleep could have: the candidate
// was not what the trial ran with.
func cutShort(p *report.Pod, c Candidate) (after time.Duration, was bool) {
	if !p.TakenAway || p.Deleted.IsZero() || p.GraceUsed == nil {
		return 0, false
	}
	after = seconds(*p.GraceUsed)
	return after, after+precision(p)+hookSlack < time.Duration(c.PreStop)*time.Second
}

// pod takes in what a pod's end tells.
func (o *Outcome) pod(p *report.Pod, c Candidate) {
	if !p.TakenAway || p.Deleted.IsZero() {
		return
	}
	if !p.LastAttempt.IsZero() {
		o.Late = append(o.Late, max(0, p.LastAttempt.Sub(p.Deleted)))
	}
	switch {
	case p.Killed != nil && *p.Killed:
		o.Killed++
	case p.GraceUsed != nil:
		used := seconds(*p.GraceUsed) + precision(p)
		o.Drains = append(o.Drains, max(0, used-time.Duration(c.PreStop)*time.Second))
	}
}

func precision(p *report.Pod) time.Duration {
	if p.ExitedPrecision == nil {
		return 0
	}
	return time.Duration(*p.ExitedPrecision * float64(time.Millisecond))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// took is how long the disruption lasted, where it was seen to be complete.
func took(t report.Trial) time.Duration {
	complete := slices.ContainsFunc(t.Events, func(e report.Event) bool { return e.Type == history.EventComplete })
	for _, w := range t.Windows {
		if complete && w.Name == history.WindowDisruption && !w.End.IsZero() {
			return w.End.Sub(w.Start)
		}
	}
	return 0
}
