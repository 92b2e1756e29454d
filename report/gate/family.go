package gate

import (
	"cmp"
	"slices"
)

// Holm corrects the chances of several tests for their number, in place of each:
// rejecting where the corrected one is at most alpha rejects a true hypothesis
// anywhere with a chance of at most alpha, however the tests hang together (Holm,
// 1979). size is how many tests there are, those counted that are not in ps.
func Holm(ps []float64, size int) []float64 {
	order := rising(ps)
	corrected, last := make([]float64, len(ps)), 0.0
	for i, at := range order {
		last = max(last, min(1, ps[at]*float64(size-i)))
		corrected[at] = last
	}
	return corrected
}

// FalseDiscovery corrects the chances of several tests so that, of those at most at
// alpha, at most the share alpha is true hypotheses in the mean (Benjamini and
// Hochberg, 1995). It suits a list that is read, not one that decides.
func FalseDiscovery(ps []float64) []float64 {
	order := rising(ps)
	corrected, last := make([]float64, len(ps)), 1.0
	for i, at := range slices.Backward(order) {
		last = min(last, ps[at]*float64(len(ps))/float64(i+1))
		corrected[at] = last
	}
	return corrected
}

func rising(ps []float64) []int {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	return order
}
