package report

import "zarif/report/history"

// An Outcome is what became of a hit, as it is counted: each hit has one.
type Outcome int

// The outcomes, those that are to be seen first.
const (
	HitDropped Outcome = iota
	HitUnresolved
	HitMissed
	HitMasked
	HitOK    // and not masked
	Outcomes // how many there are
)

var outcomeNames = [Outcomes]string{"dropped", "unresolved", "missed", "masked", "ok"}

func (o Outcome) String() string { return outcomeNames[o] }

// Outcome says where a hit counts.
func (h *Hit) Outcome() Outcome {
	switch {
	case h.Masked():
		return HitMasked
	case h.Cause == history.OK:
		return HitOK
	case h.Cause == history.Missed:
		return HitMissed
	case h.Cause == history.Unresolved:
		return HitUnresolved
	}
	return HitDropped
}
