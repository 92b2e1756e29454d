package scenarios

import (
	"fmt"
	"math"
)

// room is how many requests a workload can have under way while it is disrupted.
// Load that needs more would queue in the pods, and what is then lost to
// waiting could not be told from what is lost to the disruption.
type room struct {
	fixture string
	pods    int // that serve at the worst moment
	each    int // requests that a pod serves at once; 0: not known
}

// carries is half of what the pods can: the other half is for the uneven way in
// which connections fall to them.
func (r room) carries() int { return r.pods * r.each / 2 }

// underWay is how many requests the streams keep under way in the fixture
// (Little's law: rate × time). A fault may hold its hit for the response timeout.
func underWay(streams []Stream, o Overrides) float64 {
	var sum float64
	for _, s := range streams {
		if s.URL != "" {
			continue
		}
		s = s.filled(o)
		sum += s.Rate * s.Work.Seconds()
		if len(s.Faults) > 0 && s.FaultEvery > 0 {
			sum += s.Rate / float64(s.FaultEvery) * s.ResponseTimeout.Seconds()
		}
	}
	return sum
}

// refuse says why the streams are too much for the room; ok: they are not.
func (r room) refuse(streams []Stream, o Overrides) (problem, want string, ok bool) {
	need := underWay(streams, o)
	if r.each == 0 || need <= float64(r.carries()) {
		return "", "", true
	}
	return fmt.Sprintf("the streams keep %.0f requests under way at once (rate × work), more than half of what %d pods of %s serve at once while disrupted (%d each)",
			math.Ceil(need), r.pods, r.fixture, r.each),
		fmt.Sprintf("at most %d: a lower rate or shorter work", r.carries()), false
}

// Fits reports, as Faults, streams that need more than the fixture can carry
// with these overrides. Load has checked it without any.
func (s Scenario) Fits(o Overrides) error {
	problem, want, ok := s.room.refuse(s.Streams, o)
	if ok {
		return nil
	}
	return Faults{{File: s.File, Line: s.Line, Field: s.Name, Problem: problem, Want: want}}
}
