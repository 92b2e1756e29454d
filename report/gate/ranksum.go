package gate

import (
	"cmp"
	"math"
	"slices"
)

// exactWork is how many additions the exact distribution may take: 65 against 65
// trials, a fifth of a second.
const exactWork = 2e8

// RankSum is the Wilcoxon–Mann–Whitney test on the values of two groups of trials:
// the chance that a grouping by lot would put those of a as high as they are
// (greater), or as far off to either side (either). It is exact, ties included, by
// counting all groupings of the pooled values; above exactWork the normal
// approximation with correction for ties and continuity. Values may be infinite but
// not NaN. 1 and 1 where a group is empty.
func RankSum(a, b []float64) (greater, either float64) {
	if len(a) == 0 || len(b) == 0 {
		return 1, 1
	}
	ranks, sum := midranks(a, b)
	if ranks[0] == ranks[len(ranks)-1] {
		return 1, 1
	}
	// The smaller group has the shorter table; what it has low, the other has high.
	n, swapped := len(a), false
	if len(b) < len(a) {
		total := 0
		for _, r := range ranks {
			total += r
		}
		n, sum, swapped = len(b), total-sum, true
	}
	low, high := tails(ranks, n, sum)
	if swapped {
		low, high = high, low
	}
	return min(1, high), min(1, 2*min(low, high))
}

// midranks are the ranks of the pooled values in their order, as whole numbers
// (mean ranks times two, divided by what all have in common), and the sum of a's.
func midranks(a, b []float64) (ranks []int, sumA int) {
	type value struct {
		v   float64
		ofA bool
	}
	var pooled []value
	for _, v := range a {
		pooled = append(pooled, value{v, true})
	}
	for _, v := range b {
		pooled = append(pooled, value{v, false})
	}
	slices.SortFunc(pooled, func(x, y value) int { return cmp.Compare(x.v, y.v) })
	ranks = make([]int, len(pooled))
	common := 0
	for from := 0; from < len(pooled); {
		to := from
		for to < len(pooled) && pooled[to].v == pooled[from].v {
			to++
		}
		for i := from; i < to; i++ {
			ranks[i] = from + 1 + to
		}
		common = gcd(common, from+1+to)
		from = to
	}
	for i := range ranks {
		ranks[i] /= common
		if pooled[i].ofA {
			sumA += ranks[i]
		}
	}
	return ranks, sumA
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// tails are the chances that n of the ranks, drawn by lot, add up to no more, and
// to no less, than sum. ranks rise.
func tails(ranks []int, n, sum int) (low, high float64) {
	most := 0
	for _, r := range ranks[len(ranks)-n:] {
		most += r
	}
	if float64(len(ranks))*float64(n)*float64(most) > exactWork {
		return approximate(ranks, n, sum)
	}
	ways := count(ranks, n, most)
	all := 0.0
	for _, w := range ways {
		all += w
	}
	for s, w := range ways {
		if s <= sum {
			low += w / all
		}
		if s >= sum {
			high += w / all
		}
	}
	return low, high
}

// count is in how many ways n of the ranks add up to each sum.
func count(ranks []int, n, most int) []float64 {
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, most+1)
	}
	ways[0][0] = 1
	reach := 0 // the largest sum so far of up to n ranks
	for i, r := range ranks {
		reach = min(most, reach+r)
		for k := min(i+1, n); k > 0; k-- {
			into, from := ways[k], ways[k-1]
			for s := r; s <= reach; s++ {
				into[s] += from[s-r]
			}
		}
	}
	return ways[n]
}

func approximate(ranks []int, n, sum int) (low, high float64) {
	size := float64(len(ranks))
	mean, squares := 0.0, 0.0
	for _, r := range ranks {
		mean += float64(r) / size
	}
	step := ranks[len(ranks)-1]
	for i, r := range ranks {
		squares += (float64(r) - mean) * (float64(r) - mean)
		if i > 0 && r > ranks[i-1] {
			step = min(step, r-ranks[i-1])
		}
	}
	deviation := math.Sqrt(float64(n) * (size - float64(n)) * squares / (size * (size - 1)))
	off, half := float64(sum)-float64(n)*mean, float64(step)/2
	above := func(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }
	return above(-(off + half) / deviation), above((off - half) / deviation)
}
