package main

import (
	"slices"
	"time"

	"zarif/scenarios/trial"
)

// usualTrial is how long a trial takes before one has been seen: 3 s warm-up, 10 s
// baseline, 10 s recovery and what is around them, and a rollout, which on kind
// takes some 20 s longer.
func usualTrial(cluster string) time.Duration {
	if cluster == clusterLocal {
		return 35 * time.Second
	}
	return 55 * time.Second
}

// pace estimates how long the rest of a run takes from the trials that are done.
type pace struct {
	total, parallel int
	usual           time.Duration
	done            int
	spent           time.Duration        // on those that took their time
	measured        int                  // how many of those there are
	running         map[string]time.Time // when each trial under way began, by name
	until           map[string]time.Time // when it ends at the earliest
}

func newPace(total, parallel int, usual time.Duration) *pace {
	return &pace{total: total, parallel: max(parallel, 1), usual: usual, running: map[string]time.Time{}, until: map[string]time.Time{}}
}

func (p *pace) begin(name string) { p.running[name] = time.Now() }

// tell takes up how far a trial is.
func (p *pace) tell(name string, told trial.Progress) { p.until[name] = time.Now().Add(told.Left) }

// end ends a trial. One that never began, as those of a skipped scenario, counts
// as done and says nothing about the others.
func (p *pace) end(name string) {
	p.done++
	if began, ran := p.running[name]; ran {
		p.spent += time.Since(began)
		p.measured++
		delete(p.running, name)
		delete(p.until, name)
	}
}

// begun is how many trials have begun, those that are done included.
func (p *pace) begun() int { return p.done + len(p.running) }

// left is the time until the last trial ends, if all take as long as the ones
// before did, or as long as is known of them, and each begins as soon as one of
// those that run side by side ends.
func (p *pace) left() time.Duration {
	each := p.usual
	if p.measured > 0 {
		each = p.spent / time.Duration(p.measured)
	}
	ends := make([]time.Duration, max(p.parallel, len(p.running)))
	i := 0
	for name, began := range p.running {
		ends[i] = max(each-time.Since(began), time.Until(p.until[name]), 0)
		i++
	}
	slices.Sort(ends)
	waiting := max(p.total-p.begun(), 0)
	// All take the same time, so that whole rounds come on top of what runs now.
	for i := range ends {
		rounds := waiting / len(ends)
		if i < waiting%len(ends) {
			rounds++
		}
		ends[i] += each * time.Duration(rounds)
	}
	return slices.Max(ends).Round(time.Second)
}
