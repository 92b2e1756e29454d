package main

import (
	"fmt"
	"runtime"
	"slices"
)

// hitsPerCore is how many hits per second a core carries on the local cluster so
// that half of it stays free: trials that run side by side roll out at the same
// moment. With its share of pods, probes and rollouts a hit took 1 ms of a slow
// virtual core in the demo suite, both ends of the connection included.
const hitsPerCore = 500

// atOnce is how many trials run side by side, and in a sentence why; the sentence
// is empty where there is nothing to say.
//
// Where the user does not say it, kind gets one at a time: its trials share nodes,
// and so the slots in which a node's proxy takes over changes, which are what is
// measured. The local cluster gets as many as the cores carry: the trials with the
// highest rates are taken together for as long as their hits per second do not
// exceed cores × hitsPerCore. One always runs.
func (s *session) atOnce(cluster string) (n int, why string) {
	trials := len(s.planned) * s.trials
	switch {
	case s.parallel > 1 && cluster != clusterLocal:
		return s.parallel, fmt.Sprintf("%d trials at a time share the nodes, and so the moments at which a node's proxy takes over changes: "+
			"one may drop what it would not drop alone; and each waits, up to 2 min, for half a core of the first node for its load agent", s.parallel)
	case s.parallel > 0:
		return s.parallel, ""
	case cluster != clusterLocal || trials == 1:
		return 1, ""
	}
	cores := runtime.GOMAXPROCS(0)
	n = carried(s.rates(), float64(cores*hitsPerCore))
	return n, fmt.Sprintf("%d of %d trials at a time: %s, %d hits/s each (--parallel changes it)", n, trials, plural(cores, "core"), hitsPerCore)
}

// rates are the hits per second of every trial.
func (s *session) rates() (rates []float64) {
	for _, p := range s.planned {
		sum := 0.0
		for _, stream := range p.meta.Streams {
			sum += stream.Rate
		}
		rates = append(rates, slices.Repeat([]float64{sum}, s.trials)...)
	}
	return rates
}

// carried is how many of the trials with these rates can run together, whichever
// they are.
func carried(rates []float64, capacity float64) int {
	rates = slices.Sorted(slices.Values(rates))
	slices.Reverse(rates)
	n := 0
	for _, rate := range rates {
		if capacity -= rate; capacity < 0 {
			break
		}
		n++
	}
	return max(n, 1)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
