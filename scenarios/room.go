package scenarios

import (
	"fmt"
	"math"
	"strconv"
)

// room is how many requests a workload can have under way while it is disrupted.
// Load that needs more would queue in the pods, and what is then lost to
// waiting could not be told from what is lost to the disruption.
type room struct {
	fixture string
	pods    int  // that serve at the worst moment
	each    int  // requests that a pod serves at once; 0: not known
	rest    bool // before the disruption; during it more may be asked of them
}

// carries is half of what the pods can: the other half is for the uneven way in
// which connections fall to them.
func (r room) carries() float64 { return float64(r.pods*r.each) / 2 }

// held is for how long, in seconds, a hit of s is under way in the fixture, on
// average. A fault may hold its hit for the response timeout.
func (s Stream) held() float64 {
	if s.URL != "" {
		return 0
	}
	held := s.Work.Seconds()
	if len(s.Faults) > 0 && s.FaultEvery > 0 {
		held += s.filled().ResponseTimeout.Seconds() / float64(s.FaultEvery)
	}
	return held
}

// underWay is how many requests the streams keep under way in the fixture at
// these rates (Little's law: rate × time).
func underWay(streams []Stream, rates []float64) float64 {
	var sum float64
	for i, s := range streams {
		sum += rates[i] * s.held()
	}
	return sum
}

// fits reports whether the streams leave the other half free at these rates.
func (r room) fits(streams []Stream, rates []float64) bool {
	const rounding = 1e-9
	return r.each == 0 || underWay(streams, rates) <= r.carries()+rounding
}

// refusal says why streams do not fit.
func (r room) refusal(streams []Stream, rates []float64) string {
	need := underWay(streams, rates)
	digits := 0
	if need < 10 {
		digits = 1
	}
	unit := math.Pow10(digits)
	shown := strconv.FormatFloat(math.Ceil(need*unit)/unit, 'f', digits, 64)
	verb := "serve"
	if r.pods == 1 {
		verb = "serves"
	}
	when := "while disrupted"
	if r.rest {
		when = "before they are disrupted"
	}
	return fmt.Sprintf("the streams keep %s requests under way at once (rate × work), more than half of what %s of %s %s at once %s (%d each)",
		shown, plural(r.pods, "pod"), r.fixture, verb, when, r.each)
}

// most is the highest rate that the chosen streams can all have beside the others,
// whose rates are these; 0: none.
func (r room) most(streams []Stream, rates []float64, chosen func(int) bool) float64 {
	free, held := r.carries(), 0.0
	for i, s := range streams {
		if chosen(i) {
			held += s.held()
		} else {
			free -= rates[i] * s.held()
		}
	}
	if held == 0 {
		return 0
	}
	return readable(free / held)
}
