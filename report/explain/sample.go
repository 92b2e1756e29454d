package explain

import (
	"math"
	"slices"
)

// confidence is that with which a figure covers what it is said to cover.
const confidence = 0.95

// wanted is the share of all cases that a figure should cover.
const wanted = 0.90

// A sample is what was measured, in seconds.
type sample []float64

func (s sample) longest() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// covers is the share of all cases that the longest of the sample covers: with
// confidence, at least that share is no longer. Whatever the distribution, the
// longest of n is below its p-quantile with probability pⁿ (Wilks, Ann. Math.
// Statist. 12, 1941).
func (s sample) covers() float64 {
	if len(s) == 0 {
		return 0
	}
	return math.Pow(1-confidence, 1/float64(len(s)))
}

// needed is how many values it takes for the longest to cover the wanted share: 29
// for nine cases of ten.
func needed() int {
	return int(math.Ceil(math.Log(1-confidence) / math.Log(wanted)))
}
