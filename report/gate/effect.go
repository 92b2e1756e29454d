package gate

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	intervalTrials = 5    // fewer say nothing about how trials differ
	resamples      = 2000 // of the bootstrap
)

// Superiority is the chance that a trial of a has a higher value than one of b,
// ties counted half (Vargha and Delaney's A): 0.5 without a difference, 1 where all
// of a are above all of b. NaN where a group is empty.
func Superiority(a, b []float64) float64 {
	wins := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				wins++
			case x == y:
				wins += 0.5
			}
		}
	}
	return wins / float64(len(a)*len(b))
}

// Mean of values; NaN without any.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Median of values; NaN without any.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	values = slices.Sorted(slices.Values(values))
	mid := len(values) / 2
	if len(values)%2 == 1 {
		return values[mid]
	}
	return (values[mid-1] + values[mid]) / 2
}

// Interval is the 95 % interval of of(a) − of(b) by resampling whole trials within
// each group (percentile bootstrap). Its seed is fixed, so that equal trials give
// equal intervals. nil with fewer than five trials in a group, or where a bound is
// infinite.
func Interval(a, b []float64, of func([]float64) float64) *[2]float64 {
	if len(a) < intervalTrials || len(b) < intervalTrials {
		return nil
	}
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(from, into []float64) []float64 {
		for i := range into {
			into[i] = from[rng.IntN(len(from))]
		}
		return into
	}
	differences := make([]float64, resamples)
	as, bs := make([]float64, len(a)), make([]float64, len(b))
	for i := range differences {
		differences[i] = of(draw(a, as)) - of(draw(b, bs))
	}
	slices.Sort(differences)
	ends := [2]float64{differences[resamples*25/1000-1], differences[resamples*975/1000-1]}
	if math.IsNaN(ends[0]+ends[1]) || math.IsInf(ends[0], 0) || math.IsInf(ends[1], 0) {
		return nil
	}
	return &ends
}
