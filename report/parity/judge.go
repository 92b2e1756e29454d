package parity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// factor is by how much drop rates may differ, where neither is zero.
const factor = 3

// outcomes are how a question came out in several trials.
type outcomes struct{ yes, no int }

// like reports whether two sides answer a question the same way: both always, or
// both never; or mostly the same; or each of them sometimes and sometimes not,
// where it is a matter of luck which came more often.
func (a outcomes) like(b outcomes) bool {
	mixed := func(o outcomes) bool { return o.yes > 0 && o.no > 0 }
	return mixed(a) && mixed(b) || cmp.Compare(a.yes, a.no) == cmp.Compare(b.yes, b.no)
}

// alike reports whether both sides give the answer equally surely: always, never,
// or sometimes.
func (a outcomes) alike(b outcomes) bool {
	return (a.yes > 0) == (b.yes > 0) && (a.no > 0) == (b.no > 0)
}

// verdicts of a scenario: how many trials passed, and how many failed.
func (s side) verdicts() (o outcomes) {
	for _, t := range s.Conclusive {
		if t.Verdict == report.Pass {
			o.yes++
		} else {
			o.no++
		}
	}
	return o
}

func (t *Table) verdicts(a, b outcomes) (Agreement, []string) {
	if a.like(b) {
		return Agree, nil
	}
	return Differ, []string{fmt.Sprintf("passed in %s", t.both(a, b))}
}

// both says how often something was so on both sides.
func (t *Table) both(a, b outcomes) string {
	return fmt.Sprintf("%d of %d trials on %s and in %d of %d on %s", a.yes, a.yes+a.no, t.A.Name, b.yes, b.yes+b.no, t.B.Name)
}

// judge holds one stream against itself.
func (t *Table) judge(a, b side, s *Stream) (result Agreement, reasons []string) {
	result = Agree
	note := func(of Agreement, format string, args ...any) {
		if result = result.and(of); of != Agree {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	if len(a.of(s.Name)) == 0 || len(b.of(s.Name)) == 0 {
		note(Inconclusive, "only one side has it")
		return result, reasons
	}
	if within := a.within(s.Name); !within.like(b.within(s.Name)) {
		note(Differ, "within its budget in %s", t.both(within, b.within(s.Name)))
	}
	met, other := a.met(s), b.met(s)
	switch {
	// Where a suite expects none, a single trial with a drop on one side only is a
	// drop hidden or invented. Where it expects some, one without is luck.
	case s.Expected == report.ExpectNone && !met.alike(other), s.Expected == report.ExpectSome && !met.like(other):
		note(Differ, "as expected (%s dropped) in %s", s.Expected, t.both(met, other))
	}
	if s.A.Dropped == 0 || s.B.Dropped == 0 {
		return result, reasons
	}
	t.rates(a, b, s, note)
	t.causes(s, note)
	return result, reasons
}

// within counts the trials in which a stream kept to its budget.
func (s side) within(stream string) (o outcomes) {
	return s.count(stream, func(t *report.Trial, st *report.Stream) bool { return st.Dropped <= t.Limits.Budget[st.Name] })
}

// met counts those in which what a suite expects came, whether or not the trial
// was of that suite.
func (s side) met(of *Stream) (o outcomes) {
	return s.count(of.Name, func(_ *report.Trial, st *report.Stream) bool {
		return (st.Dropped > 0) == (of.Expected == report.ExpectSome)
	})
}

func (s side) count(stream string, yes func(*report.Trial, *report.Stream) bool) (o outcomes) {
	for _, t := range s.Conclusive {
		for i := range t.Streams {
			if t.Streams[i].Name != stream {
				continue
			}
			if yes(&t, &t.Streams[i]) {
				o.yes++
			} else {
				o.no++
			}
		}
	}
	return o
}

// rates differ where one is more than factor times the other, and not by chance:
// where less is within the error of what was measured, it is open.
func (t *Table) rates(a, b side, s *Stream, note func(Agreement, string, ...any)) {
	more, less := s.A, s.B
	if s.A.Rate() < s.B.Rate() {
		more, less = s.B, s.A
	}
	if more.Dropped*less.Sent <= factor*less.Dropped*more.Sent {
		return
	}
	distance := math.Log(more.Rate() / less.Rate())
	const twoSigma = 1.96
	result, by := Differ, ""
	if distance-twoSigma*math.Sqrt(a.uncertainty(s.Name)+b.uncertainty(s.Name)) <= math.Log(factor) {
		result, by = Inconclusive, ", which may be chance"
	}
	note(result, "the drop rates differ by a factor of %.1f, the limit is %d%s", math.Exp(distance), factor, by)
}

// uncertainty is the variance of the logarithm of a stream's drop rate: that of
// independent hits, or by the jackknife over trials, whatever is more, since the
// drops of a trial depend on one another.
func (s side) uncertainty(stream string) float64 {
	all := s.drops(stream)
	variance := 1 / float64(all.Dropped)
	trials := s.of(stream)
	if len(trials) < 2 {
		return variance
	}
	var logs []float64
	sum := 0.0
	for _, st := range trials {
		if all.Dropped == st.Dropped || all.Sent == st.Sent {
			return math.Inf(1) // one trial decides it all
		}
		logs = append(logs, math.Log(float64(all.Dropped-st.Dropped)/float64(all.Sent-st.Sent)))
		sum += logs[len(logs)-1]
	}
	n, squares := float64(len(logs)), 0.0
	for _, l := range logs {
		squares += (l - sum/n) * (l - sum/n)
	}
	return max(variance, squares*(n-1)/n)
}

// causes differ where neither side's main cause can be the other's.
func (t *Table) causes(s *Stream, note func(Agreement, string, ...any)) {
	a, sureA := lead(s.A.Causes)
	b, sureB := lead(s.B.Causes)
	if slices.ContainsFunc(a, func(cause string) bool { return slices.Contains(b, cause) }) {
		return
	}
	result, by := Differ, ""
	if !sureA || !sureB {
		result, by = Inconclusive, ", of too few drops to tell"
	}
	note(result, "the main cause is %s on %s and %s on %s%s", strings.Join(a, " or "), t.A.Name, strings.Join(b, " or "), t.B.Name, by)
}

// lead are the causes that may be the main one: the most frequent, and those that
// are not fewer by more than two standard deviations of the difference. sure is
// false where that can be said of causes that did not come at all.
func lead(causes map[string]int) (main []string, sure bool) {
	most := 0
	for _, n := range causes {
		most = max(most, n)
	}
	near := func(n int) bool { return float64(most-n) <= 2*math.Sqrt(float64(most+n)) }
	for _, cause := range order(causes) {
		if n := causes[cause]; n > 0 && near(n) {
			main = append(main, cause)
		}
	}
	return main, !near(0)
}

// order is that in which reports show causes; those that this version does not
// know come last, by name.
func order(causes map[string]int) (names []string) {
	known := history.Causes()
	place := func(name string) int {
		if i := slices.Index(known, history.Cause(name)); i >= 0 {
			return i
		}
		return len(known)
	}
	for name, n := range causes {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(place(a)-place(b), strings.Compare(a, b)) })
	return names
}
