package report

import (
	"math/rand/v2"
	"slices"
)

const (
	intervalTrials = 5     // fewer say nothing about how trials differ
	resamples      = 10000 // of the bootstrap
)

// share is one trial's part of a stream's drop rate.
type share struct{ dropped, sent int }

// interval is the 95 % interval of the drop rate over trials: the bootstrap's
// percentile interval, resampling whole trials, since hits of one trial are not
// independent. The seed is fixed, so that equal trials give equal intervals. nil
// under five trials, or if nothing was sent.
func interval(trials []share) *[2]float64 {
	if len(trials) < intervalTrials {
		return nil
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rates := make([]float64, 0, resamples)
	for range resamples {
		var sum share
		for range trials {
			t := trials[rng.IntN(len(trials))]
			sum.dropped += t.dropped
			sum.sent += t.sent
		}
		if sum.sent > 0 {
			rates = append(rates, float64(sum.dropped)/float64(sum.sent))
		}
	}
	if len(rates) == 0 {
		return nil
	}
	slices.Sort(rates)
	rank := func(permille int) float64 { return rates[max(1, (len(rates)*permille+999)/1000)-1] }
	return &[2]float64{rank(25), rank(975)}
}
