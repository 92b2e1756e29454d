package local

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// chance is what is random of one deployment. Each delay has a sequence of its own,
// so that what happens for real, such as how many connections are opened, does not
// change which delays there will be. Guarded by the Deployed's lock.
type chance struct {
	names  *rand.Rand // of pods and containers, and which of equal pods goes first
	phases *rand.Rand // of a kubelet's clocks
	picks  *rand.Rand // where connections go
	delays map[*Distribution]*rand.Rand
}

func chanceOf(workload string, seed uint64, delays *Delays) chance {
	sequence := func(of string) *rand.Rand {
		h := fnv.New64a()
		h.Write([]byte(workload + "/" + of))
		return rand.New(rand.NewPCG(seed, h.Sum64()))
	}
	c := chance{names: sequence("names"), phases: sequence("phases"), picks: sequence("picks"), delays: map[*Distribution]*rand.Rand{}}
	for name, of := range delays.Named() {
		c.delays[of] = sequence("delay " + name)
	}
	return c
}

// part is a number from 0 to 1, the next one of a delay.
func (c *chance) part(of *Distribution) float64 { return c.delays[of].Float64() }

// draw is the next one of a delay.
func (c *chance) draw(of *Distribution) time.Duration { return of.At(c.part(of)) }

// phase is a moment within a period of a clock that started some time ago.
func (c *chance) phase(period time.Duration) time.Duration {
	return time.Duration(c.phases.Float64() * float64(period))
}
