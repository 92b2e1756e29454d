package gate

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// Every grouping by lot, counted one by one.
func byHand(a, b []float64) (greater float64) {
	pooled := append(append([]float64{}, a...), b...)
	rank := func(v float64) (r float64) {
		for _, w := range pooled {
			if w < v {
				r++
			} else if w == v {
				r += 0.5
			}
		}
		return r
	}
	seen, all, n := 0, 0, len(a)
	this := 0.0
	for _, v := range a {
		this += rank(v)
	}
	for set := range 1 << len(pooled) {
		sum, size := 0.0, 0
		for i, v := range pooled {
			if set>>i&1 == 1 {
				sum, size = sum+rank(v), size+1
			}
		}
		if size != n {
			continue
		}
		if all++; sum >= this-1e-9 {
			seen++
		}
	}
	return float64(seen) / float64(all)
}

func TestRankSumIsExact(t *testing.T) {
	for name, tc := range map[string]struct{ a, b []float64 }{
		"all above":       {[]float64{9, 8, 7, 6, 5}, []float64{0, 1, 2, 3, 4}},
		"all below":       {[]float64{0, 1, 2}, []float64{5, 6, 7, 8}},
		"ties across":     {[]float64{0, 0, 1, 3}, []float64{0, 0, 0, 1, 1}},
		"mostly zero":     {[]float64{0, 0, 7}, []float64{0, 0, 0, 0, 0, 0, 1}},
		"more than other": {[]float64{1, 2, 3, 4, 5, 6, 7}, []float64{3.5, 0}},
		"infinite":        {[]float64{math.Inf(1), 3}, []float64{1, 2, math.Inf(1)}},
		"one each":        {[]float64{1}, []float64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			greater, either := RankSum(tc.a, tc.b)
			if want := byHand(tc.a, tc.b); !near(greater, want) {
				t.Errorf("greater: %v, want %v", greater, want)
			}
			other, _ := RankSum(tc.b, tc.a)
			if want := min(1, 2*min(greater, other)); !near(either, want) {
				t.Errorf("either: %v, want %v", either, want)
			}
		})
	}
}

func TestRankSumWithoutADifference(t *testing.T) {
	for name, tc := range map[string]struct{ a, b []float64 }{
		"nothing":   {nil, []float64{1, 2}},
		"all alike": {[]float64{0, 0, 0}, []float64{0, 0, 0, 0}},
	} {
		if greater, either := RankSum(tc.a, tc.b); greater != 1 || either != 1 {
			t.Errorf("%s: %v and %v, want 1 and 1", name, greater, either)
		}
	}
}

// Beyond what can be counted the approximation is near what would be.
func TestRankSumOfManyTrials(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func(n int, above float64) (values []float64) {
		for range n {
			values = append(values, math.Round(rng.ExpFloat64()*3+above))
		}
		return values
	}
	a, b := draw(40, 0.6), draw(50, 0)
	exact, _ := RankSum(a, b)
	ranks, sum := midranks(a, b)
	low, high := approximate(ranks, len(a), sum)
	if math.Abs(high-exact) > 0.003 || low+high < 1 {
		t.Errorf("approximated %v (and %v below), exact %v", high, low, exact)
	}
	if p, _ := RankSum(draw(400, 5), draw(400, 0)); p > 1e-6 || math.IsNaN(p) {
		t.Errorf("400 against 400 far apart: %v", p)
	}
	if p, _ := RankSum(draw(400, 0), draw(400, 5)); p < 0.999 {
		t.Errorf("400 against 400, all of them lower: %v", p)
	}
}

// Published values: Fisher's tea tasting and convictions of twins, as R's fisher.test has them.
func TestFisher(t *testing.T) {
	for name, tc := range map[string]struct {
		withA, a, withB, b int
		greater, either    float64
	}{
		"tea":          {3, 4, 1, 4, 17.0 / 70, 34.0 / 70},
		"all and none": {5, 5, 0, 5, 1.0 / 252, 2.0 / 252},
		"none at all":  {0, 5, 0, 7, 1, 1},
		"no trials":    {0, 0, 3, 7, 1, 1},
		"twins":        {10, 13, 2, 17, 0.0004652, 0.0005367},
	} {
		greater, either := Fisher(tc.withA, tc.a, tc.withB, tc.b)
		if math.Abs(greater-tc.greater) > 1e-7 || math.Abs(either-tc.either) > 1e-7 {
			t.Errorf("%s: %v and %v, want %v and %v", name, greater, either, tc.greater, tc.either)
		}
	}
}

func TestBestIsWhatTheTestsCanComeTo(t *testing.T) {
	p, _ := RankSum([]float64{5, 6, 7, 7, 8}, []float64{1, 2, 3, 3})
	f, _ := Fisher(5, 5, 0, 4)
	if best := Best(5, 4); !near(p, best) || !near(f, best) {
		t.Errorf("rank sum %v, Fisher %v, best %v", p, f, best)
	}
}

func TestBinomial(t *testing.T) {
	for _, tc := range []struct {
		k, n      int
		p         float64
		low, high float64
	}{
		{0, 5, 0.5, 1.0 / 32, 1}, {5, 5, 0.5, 1, 1.0 / 32}, {1, 3, 0.1, 0.972, 0.271}, {0, 4, 0, 1, 1}, {1, 4, 0, 1, 0},
	} {
		if low, high := binomial(tc.k, tc.n, tc.p); !near(low, tc.low) || !near(high, tc.high) {
			t.Errorf("%d of %d at %v: %v and %v, want %v and %v", tc.k, tc.n, tc.p, low, high, tc.low, tc.high)
		}
	}
}

func TestCorrections(t *testing.T) {
	ps := []float64{0.04, 0.01, 0.03, 0.005}
	for i, want := range []float64{0.06, 0.03, 0.06, 0.02} {
		if got := Holm(ps, 4)[i]; !near(got, want) {
			t.Errorf("Holm of %v: %v, want %v", ps[i], got, want)
		}
	}
	if got := Holm(ps, 10)[3]; !near(got, 0.05) {
		t.Errorf("Holm among 10: %v, want 0.05", got)
	}
	for i, want := range []float64{0.04, 0.02, 0.04, 0.02} {
		if got := FalseDiscovery(ps)[i]; !near(got, want) {
			t.Errorf("false discovery of %v: %v, want %v", ps[i], got, want)
		}
	}
}

func TestLooksSpendAlphaOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		now, most int
		trials    []int
	}{
		"none":             {5, 0, []int{5}},
		"enough":           {20, 20, []int{20}},
		"by as many":       {5, 20, []int{5, 10, 15, 20}},
		"a rest":           {3, 10, []int{3, 6, 9, 10}},
		"four at the most": {2, 42, []int{2, 12, 22, 32, 42}},
		"nothing yet":      {0, 20, []int{0}},
	} {
		all, spent := looks(tc.now, tc.most, 0.05), 0.0
		if len(all) != len(tc.trials) {
			t.Fatalf("%s: %v, want looks at %v trials", name, all, tc.trials)
		}
		for i, l := range all {
			spent += l.level
			if l.trials != tc.trials[i] || l.level <= 0 {
				t.Errorf("%s: look %d is %+v, want one at %d trials", name, i, l, tc.trials[i])
			}
		}
		if !near(spent, 0.05) {
			t.Errorf("%s: %v is spent, want 0.05", name, spent)
		}
	}
}

func TestEffects(t *testing.T) {
	if a := Superiority([]float64{1, 3}, []float64{1, 2}); !near(a, 2.5/4) {
		t.Errorf("superiority %v, want 0.625", a)
	}
	if m := Median([]float64{5, 1, 3, 2}); m != 2.5 {
		t.Errorf("median %v, want 2.5", m)
	}
	a, b := []float64{10, 12, 14, 16, 18}, []float64{0, 1, 2, 3, 4}
	first, second := Interval(a, b, Mean), Interval(a, b, Mean)
	if first == nil || *first != *second {
		t.Fatalf("the interval is %v, and then %v", first, second)
	}
	if first[0] < 8 || first[0] > 12 || first[1] < 12 || first[1] > 16 {
		t.Errorf("the interval of a difference of 12 is %v", *first)
	}
	if Interval(a[:4], b, Mean) != nil {
		t.Error("four trials have an interval")
	}
	if Interval([]float64{math.Inf(1), math.Inf(1), 1, 1, 1}, b, Median) != nil {
		t.Error("a difference that may be infinite has an interval")
	}
}
