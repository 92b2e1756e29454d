package gate

import "math"

// logChoose is the logarithm of n over k.
func logChoose(n, k int) float64 {
	of := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	return of(n) - of(k) - of(n-k)
}

// Fisher is Fisher's exact test on two groups of trials: the chance that a grouping
// by lot would give a as many of the trials with a drop as it has (greater), or a
// table as rare as this one (either). 1 and 1 where a group is empty.
func Fisher(withA, a, withB, b int) (greater, either float64) {
	if a == 0 || b == 0 {
		return 1, 1
	}
	with := withA + withB
	chance := func(k int) float64 {
		return math.Exp(logChoose(a, k) + logChoose(b, with-k) - logChoose(a+b, with))
	}
	this := chance(withA)
	for k := max(0, with-b); k <= min(a, with); k++ {
		p := chance(k)
		if k >= withA {
			greater += p
		}
		if p <= this*(1+1e-9) {
			either += p
		}
	}
	return min(1, greater), min(1, either)
}

// Best is the smallest chance that RankSum or Fisher can come to, to one side, with
// n trials against m: where each of the one group is above all of the other.
func Best(n, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	return math.Exp(-logChoose(n+m, n))
}

// binomial are the chances that of n trials, each with the chance p, no more than k
// come out, and no fewer.
func binomial(k, n int, p float64) (low, high float64) {
	for i := 0; i <= n; i++ {
		chance := math.Exp(logChoose(n, i)) * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
		if i <= k {
			low += chance
		}
		if i >= k {
			high += chance
		}
	}
	return min(1, low), min(1, high)
}
