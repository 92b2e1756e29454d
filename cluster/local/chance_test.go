package local

import (
	"slices"
	"testing"
	"time"
)

// draws are the first delays of a sequence, with what happens in between.
func draws(workload string, seed uint64, between func(*chance)) (all []time.Duration) {
	delays := Delays{Start: Distribution{Quantiles: []time.Duration{0, time.Second}}, Program: Distribution{Quantiles: []time.Duration{0, time.Second}}}
	c := chanceOf(workload, seed, &delays)
	for range 10 {
		all = append(all, c.draw(&delays.Start), c.draw(&delays.Program))
		between(&c)
	}
	return all
}

func TestDelaysDependOnSeedAndWorkloadAlone(t *testing.T) {
	nothing := func(*chance) {}
	a := draws("a", 1, nothing)
	if busy := draws("a", 1, func(c *chance) { c.picks.IntN(3); c.names.IntN(9); c.phase(time.Second) }); !slices.Equal(a, busy) {
		t.Errorf("connections change the delays:\n%v\n%v", a, busy)
	}
	if other := draws("a", 2, nothing); slices.Equal(a, other) {
		t.Error("another seed has the same delays")
	}
	if other := draws("b", 1, nothing); slices.Equal(a, other) {
		t.Error("another workload has the same delays")
	}
	if a[0] == a[1] {
		t.Error("two delays share a sequence")
	}
}
