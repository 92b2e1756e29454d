package agent

import (
	"errors"
	"fmt"
	"time"

	"zarif/loadgen"
	"zarif/report/history"
)

const (
	maxStreams   = 64
	maxLimit     = 24 * time.Hour
	defaultLimit = time.Hour
)

// A Plan is all the load that an agent runs in its life. It begins when the agent
// takes the plan and lasts until it is told to end.
type Plan struct {
	// Streams to send; their Source is history.SourceAgent, their IDs are unique
	// but need not begin at 0.
	Streams []history.Stream `json:"streams"`
	// Seed decides every stream's phase.
	Seed uint64 `json:"seed"`
	// Limit ends the load if nobody does: a harness that was killed must not leave
	// load behind. 0: an hour; at most 24 hours.
	Limit time.Duration `json:"limit_ns,omitempty"`
}

// Validate says everything that is wrong with the plan; the errors are ErrBadPlan.
func (p Plan) Validate() error {
	var faults []error
	if n := len(p.Streams); n < 1 || n > maxStreams {
		faults = append(faults, fmt.Errorf("streams: %d, want 1 to %d", n, maxStreams))
	}
	if p.Limit < 0 || p.Limit > maxLimit {
		faults = append(faults, fmt.Errorf("limit: %s, want 0 (an hour) to %s", p.Limit, maxLimit))
	}
	for i, s := range p.Streams {
		if s.Source != history.SourceAgent {
			faults = append(faults, fmt.Errorf("stream %d (%s): source %q, want %q", i, s.Name, s.Source, history.SourceAgent))
		}
	}
	if len(p.Streams) > 0 {
		if err := p.config(time.Now(), func(history.Record) {}).Validate(); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrBadPlan, errors.Join(faults...))
}

func (p Plan) config(epoch time.Time, put func(history.Record)) loadgen.Config {
	return loadgen.Config{Streams: p.Streams, Seed: p.Seed, Epoch: epoch, Put: put}
}

func (p Plan) limit() time.Duration {
	if p.Limit == 0 {
		return defaultLimit
	}
	return p.Limit
}
