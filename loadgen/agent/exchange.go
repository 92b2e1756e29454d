package agent

import (
	"fmt"
	"time"

	"zarif/report/history"
)

// rounds of a clock exchange. The quickest one counts: what delays a round only
// widens its bounds.
const rounds = 12

// A pinger asks the agent for its time.
type pinger interface {
	ping(n uint64) (history.Micros, error)
}

// exchange compares the agent's clock with the harness's. The agent read its time
// somewhere between a ping and its answer, so the offset is off by half of that
// at most, whatever the ways there and back took.
func exchange(p pinger, now func() time.Time, epoch time.Time) (history.Clock, error) {
	clock := history.Clock{Source: history.SourceAgent, Epoch: epoch}
	var best time.Duration
	for n := uint64(1); n <= rounds; n++ {
		asked := now()
		at, err := p.ping(n)
		if err != nil {
			return history.Clock{}, fmt.Errorf("compare clocks with the agent: %w", err)
		}
		took := now().Sub(asked)
		if n > 1 && took >= best {
			continue
		}
		best = took
		clock.Offset = epoch.Add(at.Duration()).Sub(asked.Add(took / 2))
		clock.Uncertainty = took/2 + time.Microsecond // its time comes rounded down
	}
	return clock, nil
}
