package tune

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"zarif/report/explain"
)

// words says what a search has come to.
type words struct {
	s  *Search
	of Story
	r  *Result
}

func (w words) summary() string {
	switch s := w.s; s.state {
	case Found:
		return w.found()
	case None:
		return fmt.Sprintf("no preStop sleep up to %d s is enough: %s", s.config.Max, w.lostAt(s.last()))
	case Unhealable:
		r := s.last()
		return fmt.Sprintf("no preStop sleep saves what is lost: %s. %s", w.lostAt(r), w.instead(r))
	case Inconclusive:
		return "it is open which preStop sleep it takes: " + s.why + ". " + w.soFar()
	case Skipped:
		return "nothing could be tried: " + s.why
	}
	cut := "the search has not ended. "
	if w.of.Cut {
		cut = "the search was interrupted. "
	}
	return cut + w.soFar()
}

// last is the row with the latest loss, else the latest one.
func (s *Search) last() *row {
	lo := slices.MaxFunc(s.rows, func(a, b *row) int {
		if (a.lost > 0) != (b.lost > 0) {
			return map[bool]int{true: 1, false: -1}[a.lost > 0]
		}
		return a.PreStop - b.PreStop
	})
	return lo
}

func (w words) found() string {
	s := w.s
	r := s.sleep
	head := fmt.Sprintf("preStop sleep %d s", r.PreStop)
	if r.PreStop == 0 {
		head = "no preStop sleep is needed"
	}
	text := fmt.Sprintf("%s: %s in a row lost nothing (per-trial loss below %s at 95 %% confidence)", head, plural(r.inRow, "trial"), percent(LossBelow(r.inRow)))
	if below := w.below(); below != "" {
		text += "; " + below
	}
	if cost := w.cost(); cost != "" {
		text += "; " + cost
	}
	return text
}

// below says what is known of one second less.
func (w words) below() string {
	s := w.s
	if s.sleep.PreStop == 0 {
		return ""
	}
	shorter := s.sleep.PreStop - 1
	trials, lost := 0, 0
	for _, r := range s.rows {
		if r.PreStop == shorter {
			trials += r.conclusive()
			lost += r.lost
		}
	}
	with := fmt.Sprintf("with %d s", shorter)
	if shorter == 0 {
		with = "without one"
	}
	switch {
	case lost > 0 && trials == 1:
		return with + " the only trial lost something"
	case lost > 0:
		return fmt.Sprintf("%s %d of %d trials lost something", with, lost, trials)
	case trials > 0:
		return fmt.Sprintf("%s none of %s lost anything: it is not shown to be too short", with, plural(trials, "trial"))
	}
	return fmt.Sprintf("%s none was tried: it is not shown to be too short", with)
}

// cost is what the sleep adds to the disruption.
func (w words) cost() string {
	s := w.s
	took, zero := medianOf(s.sleep.outcomes), s.median(0)
	switch {
	case s.sleep.PreStop == 0 || took == 0:
		return ""
	case zero == 0:
		return fmt.Sprintf("a %s of %s took %.1f s with it, and what it takes without is not known", w.of.Disruption, plural(w.of.Replicas, "pod"), took.Seconds())
	}
	more := (took - zero).Seconds()
	text := fmt.Sprintf("it costs %.1f s in a %s of %s (%.1f s against %.1f s without, medians of %d and %d)",
		more, w.of.Disruption, plural(w.of.Replicas, "pod"), took.Seconds(), zero.Seconds(), measured(s.sleep.outcomes), s.measuredAt(0))
	if w.of.Stateful && w.of.Replicas > 1 {
		text += fmt.Sprintf(", %.1f s per pod, since a StatefulSet waits for each", more/float64(w.of.Replicas))
	}
	return text
}

func (s *Search) measuredAt(sleep int) (n int) {
	for _, r := range s.rows {
		if r.PreStop == sleep {
			n += measured(r.outcomes)
		}
	}
	return n
}

// measured is how many outcomes a median rests on.
func measured(outcomes []Outcome) (n int) {
	for _, o := range outcomes {
		if (o.Kind == Clean || o.Kind == Lost) && o.Took > 0 {
			n++
		}
	}
	return n
}

// soFar is what a search that did not end with an answer knows.
func (w words) soFar() string {
	s := w.s
	var parts []string
	best := s.refusedUpTo()
	switch {
	case best == 0:
		parts = append(parts, "without a sleep something is lost")
	case best > 0:
		parts = append(parts, fmt.Sprintf("%d s is too short", best))
	}
	if hi, some := s.cleanAbove(best, 1); some {
		for _, r := range s.rows {
			if r.PreStop == hi && r.inRow > 0 && !r.left {
				parts = append(parts, fmt.Sprintf("with %d s %s in a row lost nothing, which leaves a per-trial loss of up to %s", hi, plural(r.inRow, "trial"), percent(LossBelow(r.inRow))))
			}
		}
	}
	if len(parts) == 0 {
		return "Nothing is known yet"
	}
	return "What is known: " + strings.Join(parts, "; ")
}

// lostAt names what a candidate lost by mechanism.
func (w words) lostAt(r *row) string {
	counts := map[string]int{}
	for _, o := range r.outcomes {
		if o.Kind == Lost {
			for mechanism, n := range o.Counted {
				counts[mechanism] += n
			}
		}
	}
	which := fmt.Sprintf("%d of %d trials", r.lost, r.conclusive())
	if r.conclusive() == 1 {
		which = "the only trial"
	}
	return fmt.Sprintf("%s with %s lost %s", which, r.name(), named(counts))
}

func named(counts map[string]int) string {
	var parts []string
	for _, mechanism := range most(counts) {
		parts = append(parts, fmt.Sprintf("%s to %s", plural(counts[mechanism], "hit"), mechanism))
	}
	return strings.Join(parts, ", ")
}

// instead says what helps where a sleep does not.
func (w words) instead(r *row) string {
	counts := map[string]int{}
	for _, o := range r.outcomes {
		for mechanism, n := range o.Counted {
			counts[mechanism] += n
		}
	}
	for _, mechanism := range most(counts) {
		if mechanism == explain.InFlightKilled {
			return "The grace period is too short, not the sleep: --grace searches one, too"
		}
		if text := r.cure(mechanism); text != "" {
			return "What does: " + text
		}
	}
	return "zarif explain names the hits"
}

// cure is what helps against a mechanism; empty: nobody said.
func (r *row) cure(mechanism string) string {
	for _, o := range r.outcomes {
		if text := o.Cures[mechanism]; text != "" {
			return text
		}
	}
	return ""
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", math.Ceil(100*share)) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
