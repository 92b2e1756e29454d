package tune_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report/explain"
	"zarif/report/tune"
)

// A truth is what trials of a simulated workload do.
type truth struct {
	loses        func(c tune.Candidate) float64 // the chance of a trial to
	mechanism    func(c tune.Candidate) string  // nil: late-endpoint
	inconclusive float64                        // the chance of a trial to be
	late, drain  time.Duration                  // what is measured in each
	killed       func(c tune.Candidate) bool    // nil: never
}

// threshold is a workload that loses something in every trial with a shorter sleep,
// and never with one as long.
func threshold(sleep int) func(tune.Candidate) float64 {
	return func(c tune.Candidate) float64 {
		if c.PreStop < sleep {
			return 1
		}
		return 0
	}
}

// fading loses something in each trial with these chances, by sleep; never beyond.
func fading(chances ...float64) func(tune.Candidate) float64 {
	return func(c tune.Candidate) float64 {
		if c.PreStop < len(chances) {
			return chances[c.PreStop]
		}
		return 0
	}
}

func (of truth) trial(c tune.Candidate, lot *rand.Rand) tune.Outcome {
	o := tune.Outcome{
		Dropped: map[string]int{"fresh": 0}, Counted: map[string]int{}, Others: map[string]int{}, Took: time.Duration(10+c.PreStop) * time.Second,
		Late: []time.Duration{of.late}, Drains: []time.Duration{of.drain},
	}
	lost := lot.Float64() < of.loses(c)
	if of.killed != nil && of.killed(c) {
		o.Killed, o.Drains = 1, nil
	}
	if lost {
		mechanism := explain.LateEndpoint
		if of.mechanism != nil {
			mechanism = of.mechanism(c)
		}
		o.Kind, o.Dropped["fresh"], o.Counted = tune.Lost, 3, map[string]int{mechanism: 3}
	}
	if lot.Float64() < of.inconclusive {
		o.Kind, o.Reason = tune.Doubtful, "the machine was busy"
	}
	return o
}

func lot() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// A walk is a search with all of its trials.
type walk struct {
	*tune.Search
	trials   []tune.Candidate
	outcomes []tune.Outcome
}

func search(t *testing.T, c tune.Config, of truth, seed uint64) walk {
	t.Helper()
	if c.Own.Grace == 0 {
		c.Own.Grace = 30
	}
	s, err := tune.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w, lot := walk{Search: s}, rand.New(rand.NewPCG(seed, 1))
	for {
		next, more := s.Next()
		if !more {
			return w
		}
		if len(w.trials) > 10*c.Most {
			t.Fatal("the search does not end")
		}
		w.trials = append(w.trials, next)
		w.outcomes = append(w.outcomes, of.trial(next, lot))
		s.Add(w.outcomes[len(w.outcomes)-1])
	}
}

func (w walk) result() tune.Result {
	return w.Result(tune.Story{Scenario: "shop.rollout", Disruption: "rollout", Cluster: "kind", Replicas: 3, Streams: []string{"fresh"}})
}

// TestFindsTheSmallest of every threshold, whatever the measured guess, and no
// longer one.
func TestFindsTheSmallest(t *testing.T) {
	for sleep := 0; sleep <= 30; sleep++ {
		for _, late := range []time.Duration{0, 300 * time.Millisecond, 1400 * time.Millisecond, 9 * time.Second, 40 * time.Second} {
			w := search(t, tune.Defaults(), truth{loses: threshold(sleep), late: late}, 1)
			r := w.result()
			if r.State != tune.Found || r.PreStop == nil || *r.PreStop != sleep {
				t.Fatalf("threshold %d, guess %s: %s %v after %v", sleep, late, r.State, r.PreStop, w.trials)
			}
		}
	}
}

// TestStopsEarly: a guess that is right costs one trial without, one too few, and
// those in a row.
func TestStopsEarly(t *testing.T) {
	tests := map[string]struct {
		of   truth
		most int
		end  tune.State
	}{
		"nothing is ever lost":               {truth{loses: threshold(0)}, 10, tune.Found},
		"one second, as measured":            {truth{loses: threshold(1), late: 600 * time.Millisecond}, 11, tune.Found},
		"two seconds, as measured":           {truth{loses: threshold(2), late: 1400 * time.Millisecond}, 12, tune.Found},
		"two seconds, measured as one":       {truth{loses: threshold(2), late: 900 * time.Millisecond}, 12, tune.Found},
		"five seconds, nothing was measured": {truth{loses: threshold(5)}, 30, tune.Found},
		"no sleep is enough":                 {truth{loses: threshold(99)}, 10, tune.None},
		"the application fails": {truth{loses: threshold(99), mechanism: func(tune.Candidate) string { return explain.Application }},
			1, tune.Unhealable},
		"the application fails, too, from 2 s on": {truth{loses: threshold(99), late: 1400 * time.Millisecond, mechanism: func(c tune.Candidate) string {
			return map[bool]string{true: explain.LateEndpoint, false: explain.Application}[c.PreStop < 2]
		}}, 2, tune.Unhealable},
		"every trial is inconclusive": {truth{loses: threshold(0), inconclusive: 1}, 6, tune.Inconclusive},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := search(t, tune.Defaults(), test.of, 1)
			if r := w.result(); r.State != test.end || len(w.trials) > test.most {
				t.Errorf("%s after %d trials, want %s after %d at most: %v", r.State, len(w.trials), test.end, test.most, w.trials)
			}
		})
	}
}

// simulated are searches of many workloads with fixed seeds.
func simulated(t *testing.T, each func(name string, c tune.Config, of truth, w walk)) {
	t.Helper()
	lot := rand.New(rand.NewPCG(7, 7))
	for seed := range uint64(500) {
		chances := make([]float64, lot.IntN(8))
		for i := range chances {
			chances[i] = lot.Float64()
		}
		slices.Sort(chances)
		slices.Reverse(chances) // a longer sleep loses no more
		of := truth{loses: fading(chances...), late: time.Duration(lot.Float64() * 6 * float64(time.Second)), drain: time.Duration(lot.IntN(3000)) * time.Millisecond}
		if seed%3 == 0 {
			of.inconclusive = 0.2
		}
		c := tune.Defaults()
		c.Max, c.Trials, c.Below, c.Grace = 1+lot.IntN(10), 1+lot.IntN(12), 1+lot.IntN(24), seed%5 == 0
		c.Most = c.Trials + lot.IntN(80)
		each(fmt.Sprintf("seed %d: %v, %+v", seed, chances, c), c, of, search(t, c, of, seed))
	}
}

// TestNeverExceeds its budgets, never asks again for what was refused, nor for a
// shorter one, and says Found only of a row of trials that lost nothing.
func TestNeverExceeds(t *testing.T) {
	simulated(t, func(name string, c tune.Config, of truth, w walk) {
		conclusive, doubtful, inRow := map[tune.Candidate]int{}, map[tune.Candidate]int{}, map[int]int{}
		refused := -1
		for i, at := range w.trials {
			if at.PreStop <= refused {
				t.Fatalf("%s: trial %d is of %d s, %d s was refused", name, i, at.PreStop, refused)
			}
			if at.PreStop > c.Max || at.Grace > c.MaxGrace || at.Grace <= at.PreStop {
				t.Fatalf("%s: trial %d is of %+v", name, i, at)
			}
			switch w.outcomes[i].Kind {
			case tune.Lost:
				refused = at.PreStop
				conclusive[at]++
			case tune.Clean:
				inRow[at.PreStop]++
				conclusive[at]++
			default:
				doubtful[at]++
				if len(w.outcomes[i].Counted) > 0 {
					inRow[at.PreStop] = 0
				}
			}
		}
		for at, n := range doubtful {
			if n > c.Inconclusive+1 {
				t.Errorf("%s: %d inconclusive trials of %+v", name, n, at)
			}
		}
		for at, n := range conclusive {
			// A row begins anew behind a doubtful loss.
			if most := max(c.Trials, c.Below) * (1 + doubtful[at]); n > most {
				t.Errorf("%s: %d trials of %+v", name, n, at)
			}
		}
		if len(w.trials) > c.Most {
			t.Errorf("%s: %d trials", name, len(w.trials))
		}
		r := w.result()
		if (r.State == tune.Found) != (r.PreStop != nil) {
			t.Fatalf("%s: %s with %v", name, r.State, r.PreStop)
		}
		if r.State == tune.Found && (inRow[*r.PreStop] < c.Trials || *r.PreStop <= refused) {
			t.Errorf("%s: found %d s with %d in a row, refused %d s", name, *r.PreStop, inRow[*r.PreStop], refused)
		}
		if r.State == tune.Searching {
			t.Errorf("%s: has not ended", name)
		}
	})
}

// TestClaimsHold: what is found loses something with a chance below the bound that is
// claimed, but for the one time in twenty that the confidence leaves.
func TestClaimsHold(t *testing.T) {
	found, wrong := 0, 0
	lot := rand.New(rand.NewPCG(3, 3))
	for seed := range uint64(2000) {
		// Chances near the bound of ten trials, where luck decides.
		chances := []float64{1, 0.2 + 0.4*lot.Float64(), 0.1 + 0.2*lot.Float64(), 0.1 * lot.Float64()}
		slices.Sort(chances)
		slices.Reverse(chances)
		of := truth{loses: fading(chances...), late: 2500 * time.Millisecond, inconclusive: 0.05}
		r := search(t, tune.Defaults(), of, seed).result()
		for _, row := range r.Candidates {
			if row.Verdict == tune.RowFound {
				found++
				if of.loses(tune.Candidate{PreStop: row.PreStop}) > *row.LossBelow {
					wrong++
				}
			}
		}
	}
	if found < 1500 {
		t.Fatalf("only %d searches found something", found)
	}
	if share := float64(wrong) / float64(found); share > 0.05 {
		t.Errorf("%d of %d claims are wrong (%.1f %%), at most 5 %% may be", wrong, found, 100*share)
	}
}

// TestOneSecondLess: what is found has been seen to be the smallest: one second less
// lost something, in this search.
func TestOneSecondLess(t *testing.T) {
	simulated(t, func(name string, c tune.Config, _ truth, w walk) {
		r := w.result()
		if r.State != tune.Found || *r.PreStop == 0 || c.Below < c.Trials {
			return
		}
		i := slices.IndexFunc(r.Candidates, func(row tune.Row) bool { return row.PreStop == *r.PreStop-1 && row.Lost > 0 })
		if i < 0 {
			t.Errorf("%s: found %d s, and no loss below it: %+v", name, *r.PreStop, r.Candidates)
		}
	})
}

// TestSameAgain: a search that is told the same again asks the same, which is what
// going on with one that was cut rests upon.
func TestSameAgain(t *testing.T) {
	simulated(t, func(name string, c tune.Config, _ truth, w walk) {
		if c.Own.Grace == 0 {
			c.Own.Grace = 30
		}
		again, err := tune.New(c)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range w.outcomes {
			if next, more := again.Next(); !more || next != w.trials[i] {
				t.Fatalf("%s: trial %d is of %+v, it was of %+v", name, i, next, w.trials[i])
			}
			again.Add(o)
		}
		if _, more := again.Next(); more {
			t.Errorf("%s: goes on", name)
		}
	})
}

func TestLossBelow(t *testing.T) {
	for trials, want := range map[int]string{1: "95.0 %", 3: "63.2 %", 10: "25.9 %", 59: "5.0 %"} {
		if got := fmt.Sprintf("%.1f %%", 100*tune.LossBelow(trials)); got != want {
			t.Errorf("%d trials without a loss: below %s, want %s", trials, got, want)
		}
	}
	if n := tune.TrialsFor(0.05); n != 59 {
		t.Errorf("%d trials for 5 %%, want 59", n)
	}
}

// TestBelow: a sleep that loses something in its twelfth trial only passes ten, and is
// not taken instead of one second more that lost nothing.
func TestBelow(t *testing.T) {
	late := func(below int) tune.Result {
		c := tune.Defaults()
		c.Own.Grace, c.Below = 30, below
		s, err := tune.New(c)
		if err != nil {
			t.Fatal(err)
		}
		for {
			at, more := s.Next()
			if !more {
				return s.Result(tune.Story{Disruption: "rollout"})
			}
			o := tune.Outcome{Dropped: map[string]int{}, Late: []time.Duration{1900 * time.Millisecond}}
			if at.PreStop == 0 || at.PreStop == 1 && s.Tried(at) == 11 {
				o.Kind, o.Counted = tune.Lost, map[string]int{explain.LateEndpoint: 1}
			}
			s.Add(o)
		}
	}
	for below, want := range map[int]int{20: 2, 10: 1, 5: 2} {
		r := late(below)
		if r.State != tune.Found || *r.PreStop != want {
			t.Errorf("with %d trials: %s %v, want %d s", below, r.State, r.PreStop, want)
		}
		if unshown := strings.Contains(r.Summary, "with 1 s none of 5 trials lost anything: it is not shown to be too short"); unshown != (below == 5) {
			t.Errorf("with %d trials: %s", below, r.Summary)
		}
	}
}
