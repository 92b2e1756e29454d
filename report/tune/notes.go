package tune

import (
	"fmt"
	"math"
	"strings"

	"zarif/report/explain"
)

// notes are what else is to be known, a sentence each.
func (w words) notes() (list []string) {
	add := func(text string) {
		if text != "" {
			list = append(list, text)
		}
	}
	add(w.sure())
	add(w.own())
	add(w.graceWords())
	add(w.others())
	add(w.doubted())
	if len(w.s.rows) > 0 {
		add("a longer sleep is assumed to lose no more than a shorter one")
	}
	return list
}

// sure says how far the confidence goes.
func (w words) sure() string {
	s := w.s
	if s.state != Found {
		return ""
	}
	n := s.sleep.inRow
	text := fmt.Sprintf("%s in a row that lose nothing do not say that nothing is ever lost: it takes %d to say that fewer than 5 %% of all trials lose something", plural(n, "trial"), TrialsFor(0.05))
	if tried := s.triedSleeps(); tried > 1 {
		text += fmt.Sprintf(". The bound holds for this sleep as if it alone had been tried; for the best of the %d that were it is %s",
			tried, percent(1-powRoot((1-confidence)/float64(tried), n)))
	}
	if n >= TrialsFor(0.05) {
		return ""
	}
	return text
}

func (s *Search) triedSleeps() int {
	sleeps := map[int]bool{}
	for _, r := range s.rows {
		if r.conclusive() > 0 {
			sleeps[r.PreStop] = true
		}
	}
	return len(sleeps)
}

func (w words) own() string {
	have := w.s.config.Own.PreStop
	if w.s.state != Found {
		return ""
	}
	switch found := w.s.sleep.PreStop; {
	case have == 0 && found == 0:
		return ""
	case have == 0:
		return "you have no preStop sleep"
	case have == found:
		return fmt.Sprintf("you have a preStop sleep of %d s, too", have)
	}
	return fmt.Sprintf("you have a preStop sleep of %d s", have)
}

// graceWords says which grace period the sleep takes.
func (w words) graceWords() string {
	s := w.s
	if s.state != Found {
		return ""
	}
	g := w.r.Grace
	if g == nil {
		if n := s.sleep.killed(); n > 0 {
			return fmt.Sprintf("no grace period can be named: %s of %s with %s by SIGKILL at the end of %d s, so that how long draining takes is not known (zarif explain tells whether they had heard SIGTERM)",
				plural(n, "pod"), plural(s.sleep.conclusive(), "trial"), ended(n), s.sleep.Grace)
		}
		return "no grace period can be named: no pod was seen to exit"
	}
	text := fmt.Sprintf("terminationGracePeriodSeconds %d: the longest of %s took %.1f s beyond the sleep (no shorter than %.0f %% of all, at 95 %% confidence), with half of that on top, a second at least; ",
		g.Seconds, plural(g.Sample, "exit"), g.Longest, math.Floor(100*powRoot(1-confidence, g.Sample)))
	switch {
	case g.Verified:
		text += "trials ran with it, and no pod was killed"
	default:
		text += fmt.Sprintf("it is derived from trials with %d s in which no pod was killed, and none ran with it (--grace does that)", s.sleep.Grace)
	}
	if slowest := s.slowest(); slowest > 0 {
		text += fmt.Sprintf(". It holds for requests like these: the slowest answer took %.1f s", slowest)
	}
	return text
}

func ended(n int) string {
	if n == 1 {
		return "it was ended"
	}
	return "them were ended"
}

func (s *Search) slowest() (longest float64) {
	for _, o := range s.sleep.outcomes {
		longest = max(longest, o.Slowest.Seconds())
	}
	return longest
}

// others says what streams lost that do not count.
func (w words) others() string {
	s := w.s
	if s.sleep == nil {
		return ""
	}
	counts := map[string]int{}
	trials := 0
	for _, o := range s.sleep.outcomes {
		if o.Kind != Clean {
			continue
		}
		for mechanism, n := range o.Others {
			counts[mechanism] += n
		}
		if len(o.Others) > 0 {
			trials++
		}
	}
	if trials == 0 {
		return ""
	}
	text := fmt.Sprintf("of streams that do not count %d of %s with %s lost %s", trials, plural(s.sleep.conclusive(), "trial"), s.sleep.name(), named(counts))
	if counts[explain.IdleRace] > 0 {
		text += ": a sleep heals no idle-race; what does: " + s.sleep.cure(explain.IdleRace)
	}
	return text
}

// doubted says what inconclusive trials lost: it counts for nothing, and is not
// nothing.
func (w words) doubted() string {
	var parts []string
	for _, r := range w.s.ordered() {
		trials, hits := 0, 0
		for _, o := range r.outcomes {
			if o.Kind == Doubtful && o.dropped() > 0 {
				trials++
				hits += o.dropped()
			}
		}
		if trials > 0 && r.lost == 0 {
			parts = append(parts, fmt.Sprintf("%s with %s lost %s", plural(trials, "inconclusive trial"), r.name(), plural(hits, "hit")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ": that refuses nothing, and the row began anew behind it"
}
