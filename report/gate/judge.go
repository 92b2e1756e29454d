package gate

import (
	"fmt"
	"strings"

	"zarif/report"
)

// Judge holds results against c, once. The error is document.Faults where the budget limits
// what is not there.
func Judge(c Config, r report.Results) (Report, error) {
	j, err := newJudge(c, r)
	if err != nil {
		return Report{}, err
	}
	j.looks = []look{{0, c.alpha()}}
	rep := j.judge(r, 0)
	rep.intervals()
	return rep, nil
}

// A judge judges the same results again while they grow.
type judge struct {
	Config
	budget *Budget
	looks  []look
	// settled are scenarios that were ok at an earlier look. They get no more trials
	// and are not tested again, and count among the tests all the same.
	settled map[string]Scenario
}

func newJudge(c Config, r report.Results) (*judge, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	j := &judge{Config: c, budget: c.Budget, settled: map[string]Scenario{}}
	if c.Budget == nil && c.Baseline == nil {
		j.budget = own(r)
	}
	if c.Budget != nil {
		if faults := c.Budget.Idle(r); len(faults) > 0 {
			return nil, faults
		}
	}
	if c.Baseline != nil {
		if err := Alike(r, *c.Baseline); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// judge judges r at a look.
func (j *judge) judge(r report.Results, at int) Report {
	rep := Report{Schema: Schema, Outcome: Inconclusive, Alpha: j.alpha(), Level: j.looks[at].level, Look: at + 1, Looks: len(j.looks)}
	names := report.ScenariosOf(r)
	if j.Baseline != nil {
		names = report.ScenariosOf(r, *j.Baseline)
		if d := Differences(r, *j.Baseline); len(d) > 0 {
			rep.Notes = append(rep.Notes, "not as in the baseline: "+strings.Join(d, "; "))
		}
	}
	var open []*trying
	var free []string
	scenarios := []*Scenario{}
	for _, name := range names {
		if !j.judged(name) {
			continue
		}
		s, tests := j.settledOr(r, name)
		if s == nil {
			free = append(free, name)
			continue
		}
		scenarios = append(scenarios, s)
		open = append(open, tests...)
		rep.Tests += tested(s)
	}
	if len(free) > 0 {
		rep.Notes = append(rep.Notes, "held to nothing, and not judged: "+strings.Join(free, ", "))
	}
	decide(open, rep.Tests, rep.Level, rep.Alpha)
	for i, s := range scenarios {
		s.conclude()
		if i == 0 {
			rep.Outcome = s.Outcome
		}
		rep.Outcome = rep.Outcome.and(s.Outcome)
		rep.Scenarios = append(rep.Scenarios, *s)
	}
	rep.Exit = rep.Outcome.ExitCode()
	return rep
}

func (j *judge) settledOr(r report.Results, name string) (*Scenario, []*trying) {
	if s, ok := j.settled[name]; ok {
		return &s, nil
	}
	return j.scenario(r, name)
}

// tested is how many of the checks of s are tests.
func tested(s *Scenario) (n int) {
	for _, c := range s.Checks {
		if c.P != nil {
			n++
		}
	}
	return n
}

// scenario sets up the checks of one; nil: nothing holds it.
func (j *judge) scenario(r report.Results, name string) (*Scenario, []*trying) {
	now, was := report.SideOf(r, name), report.Side{}
	s := &Scenario{Name: name, Outcome: OK, Trials: len(now.All), Conclusive: len(now.Conclusive), Checks: []Check{}}
	var tests []*trying
	if j.Baseline != nil {
		was = report.SideOf(*j.Baseline, name)
		s.BaselineTrials, s.BaselineConclusive = len(was.All), len(was.Conclusive)
	}
	limited := j.limited(now, name)
	compared := j.Baseline != nil && (len(was.All) > 0 || was.Skipped != "" || !j.budget.holds(name))
	if !compared && !j.budget.holds(name) {
		return nil, nil
	}
	if why := now.Open(); why != "" {
		s.Reasons = append(s.Reasons, why)
		s.extendable = len(now.All) > 0
	}
	switch why := was.Open(); {
	case compared && why != "":
		s.Reasons = append(s.Reasons, "in the baseline "+why)
		s.extendable = false
	case compared:
		tests = append(tests, j.compared(now, was)...)
	}
	tests = append(tests, limited...)
	if len(now.Conclusive) == 0 {
		tests = nil // there is nothing to test, and the reason says so
	}
	for _, t := range tests {
		s.Checks = append(s.Checks, t.Check)
	}
	for i := range tests {
		tests[i].into = &s.Checks[i]
	}
	return s, tests
}

// conclude puts the checks of a scenario together.
func (s *Scenario) conclude() {
	if len(s.Reasons) > 0 {
		s.Outcome = Inconclusive
	}
	for _, c := range s.Checks {
		s.Outcome = s.Outcome.and(c.Outcome)
		s.extendable = s.extendable || c.extendable
	}
}

// eachMetric calls each for every metric of every stream, and then of the trial.
func eachMetric(streams []string, each func(m Metric, stream string)) {
	for _, stream := range streams {
		for _, m := range Metrics() {
			if !m.Trial {
				each(m, stream)
			}
		}
	}
	for _, m := range Metrics() {
		if m.Trial {
			each(m, "")
		}
	}
}

// Where says what a check is about, for people.
func (c Check) Where() string {
	if c.Stream == "" {
		return c.Title()
	}
	return fmt.Sprintf("stream %s, %s", c.Stream, c.Title())
}
