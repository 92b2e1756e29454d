package gate

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"zarif/report"
)

// A pool draws trials of a simulated run from recorded ones, with replacement: then
// all trials of a scenario are independent and of one distribution, whichever run
// they are drawn for.
type pool struct {
	rng    *rand.Rand
	trials map[string][]report.Trial
	began  int // trials drawn, so that no two are the same
}

// draw draws n trials of the recorded scenario of, and calls them name.
func (p *pool) draw(name, of string, n int) (trials []report.Trial) {
	from := p.trials[of]
	for i := range n {
		t := from[p.rng.IntN(len(from))]
		p.began++
		t.Scenario, t.Trial, t.Seed = name, i+1, uint64(p.began)
		trials = append(trials, t)
	}
	return trials
}

// A simulated run has trials of what is in it, by the name it has now.
type simulated struct {
	pool   *pool
	of     map[string]string // name → recorded scenario
	trials map[string][]report.Trial
	asked  int
}

func (s *simulated) results() (r report.Results) {
	r = resultsOf()
	for _, name := range simulatedNames(s.of) {
		r.Trials = append(r.Trials, s.trials[name]...)
	}
	return r
}

func simulatedNames(of map[string]string) (names []string) {
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// More is a Sampler that draws.
func (s *simulated) More(_ context.Context, scenarios []string, n int) (report.Results, error) {
	s.asked++
	for _, name := range scenarios {
		have := len(s.trials[name])
		s.trials[name] = append(s.trials[name], s.pool.draw(name, s.of[name], n-have)...)
	}
	return s.results(), nil
}

func (p *pool) run(of map[string]string, n int) *simulated {
	s := &simulated{pool: p, of: of, trials: map[string][]report.Trial{}}
	for _, name := range simulatedNames(of) {
		s.trials[name] = p.draw(name, of[name], n)
	}
	return s
}

// simulatedGates is how many gate runs there are when nothing changed, and half of
// them when something did.
const simulatedGates = 200

// The rollouts of four set-ups, as they were recorded.
var unchanged = map[string]string{
	"go-exit.rollout": "go-exit.rollout", "go-shutdown.rollout": "go-shutdown.rollout",
	"go-prestop.rollout": "go-prestop.rollout", "go-drain.rollout": "go-drain.rollout",
}

// A setting is how the gates of a simulation are run.
type setting struct {
	name                   string
	baseline, trials, most int
	budget                 *Budget
}

// gates runs n gates of what now says against baselines of what unchanged says, and
// counts what they came to, and those in which a test by itself would be an alarm.
func (s setting) gates(t *testing.T, n int, p *pool, now map[string]string) (came map[Outcome]int, alone int) {
	t.Helper()
	came = map[Outcome]int{}
	for range n {
		was := p.run(unchanged, s.baseline).results()
		r := p.run(now, s.trials)
		j, err := newJudge(Config{Baseline: &was, Budget: s.budget, MaxTrials: s.most}, r.results())
		if err != nil {
			t.Fatal(err)
		}
		rep, err := j.run(t.Context(), r.results(), r) // without the intervals, which decide nothing
		if err != nil {
			t.Fatal(err)
		}
		came[rep.Outcome]++
		if slices.ContainsFunc(rep.Scenarios, alarming) {
			alone++
		}
	}
	return came, alone
}

func alarming(s Scenario) bool {
	return slices.ContainsFunc(s.Checks, func(c Check) bool { return c.P != nil && *c.P <= DefaultAlpha })
}

// strict is a budget that tolerates nothing and compares all there is, so that
// chance alone can fail every test.
func strict() *Budget {
	b := &Budget{Tolerances: map[string]Tolerance{}}
	for _, m := range Metrics() {
		b.Tolerances[m.Name] = Tolerance{Times: 1}
	}
	return b
}

// The gate's promise over whole runs: no more than 5 % false alarms when nothing
// changed, and no more than 5 % misses when a preStop was removed. Inconclusive is
// no false alarm, but it is a miss.
func TestSimulatedGates(t *testing.T) {
	if underRace {
		t.Skip("it has one goroutine, and would take minutes: make test runs it")
	}
	trials := trialsRecorded(t, -1)
	removed := maps.Clone(unchanged)
	removed["go-prestop.rollout"] = "go-shutdown.rollout"
	for i, s := range []setting{
		{"5 trials against 20", 20, 5, 0, nil},
		{"3 trials and up to 12, against 10", 10, 3, 12, nil},
		{"5 trials against 20, strictly", 20, 5, 0, strict()},
		{"5 trials and up to 20, against 20, strictly", 20, 5, 20, strict()},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := &pool{rng: rand.New(rand.NewPCG(20261122, uint64(i))), trials: trials}
			came, alone := s.gates(t, simulatedGates, p, unchanged)
			t.Logf("nothing changed: %v, a test alone in %d", came, alone)
			if n := came[Worse]; n > simulatedGates*5/100 {
				t.Errorf("%d false alarms in %d gates", n, simulatedGates)
			}
			// What more there is to compare is for false alarms, which only the correction
			// for the number of tests prevents: the recorded trials do differ enough.
			if s.budget != nil {
				if alone <= simulatedGates*5/100 {
					t.Errorf("%d of %d gates have a test at 5 %% by itself: nothing in the trials can raise a false alarm", alone, simulatedGates)
				}
				return
			}
			const gates = simulatedGates / 2
			came, _ = s.gates(t, gates, p, removed)
			t.Logf("preStop removed: %v", came)
			if n := gates - came[Worse]; n > gates*5/100 {
				t.Errorf("%d misses in %d gates: %v", n, gates, came)
			}
		})
	}
}
