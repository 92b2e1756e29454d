package gate

import (
	"context"
	"fmt"

	"zarif/report"
)

// A Sampler measures more trials.
type Sampler interface {
	// More runs these scenarios until each has n trials, and returns all results there
	// are then, with what it could not measure as the error.
	More(ctx context.Context, scenarios []string, n int) (report.Results, error)
}

// Run judges r, and where that leaves something open adds trials of those scenarios
// with more, until all is clear or c.MaxTrials is reached. The looks are fixed before
// the first one, and share c.Alpha. An error of more comes with the last judgement.
func Run(ctx context.Context, c Config, r report.Results, more Sampler) (Report, error) {
	j, err := newJudge(c, r)
	if err != nil {
		return Report{}, err
	}
	rep, err := j.run(ctx, r, more)
	rep.intervals()
	return rep, err
}

func (j *judge) run(ctx context.Context, r report.Results, more Sampler) (Report, error) {
	j.looks = looks(j.trials(r), j.MaxTrials, j.alpha())
	for at := 0; ; at++ {
		rep := j.judge(r, at)
		open := rep.extendable()
		if rep.Outcome != Inconclusive || at == len(j.looks)-1 || len(open) == 0 {
			return rep, nil
		}
		for _, s := range rep.Scenarios {
			if s.Outcome == OK {
				j.settled[s.Name] = s
			}
		}
		next := j.looks[at+1].trials
		grown, err := more.More(ctx, open, next)
		if err != nil {
			return rep, fmt.Errorf("measure up to %d trials: %w", next, err)
		}
		r = grown
	}
}

// trials is how many the scenario with the most has.
func (j *judge) trials(r report.Results) (most int) {
	for _, name := range report.ScenariosOf(r) {
		if j.judged(name) {
			most = max(most, len(report.SideOf(r, name).All))
		}
	}
	return most
}

// extendable are the scenarios of which more trials may decide what is open.
func (r Report) extendable() (names []string) {
	for _, s := range r.Scenarios {
		if s.Outcome == Inconclusive && s.extendable {
			names = append(names, s.Name)
		}
	}
	return names
}
