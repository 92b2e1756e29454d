package loadgen

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tsenart/vegeta/v12/lib"
)

// maxRate keeps the interval between two hits at a microsecond or more, the
// resolution of a history.
const maxRate = 1e6

// A schedule says when each hit of a stream is due, as a pure function of the
// hit's number, so that no delay and no rounding of earlier hits can shift a
// later one.
type schedule struct {
	rate  float64 // hits per second
	phase time.Duration
}

// newSchedule gives a stream its phase within [0, interval), so that streams of
// one rate do not fire in step, and do so again with the same seed.
func newSchedule(rate float64, seed uint64, stream uint8) schedule {
	part := float64(mix(mix(seed)+uint64(stream))>>11) / (1 << 53)
	return schedule{rate: rate, phase: time.Duration(part * float64(time.Second) / rate)}
}

// due is the time of hit n after the load began. The quotient is rounded once:
// in the first eleven days of a load it is off by less than a nanosecond.
func (s schedule) due(n uint64) time.Duration {
	at := float64(n) * float64(time.Second) / s.rate
	if at >= math.MaxInt64/2 {
		return math.MaxInt64
	}
	return s.phase + time.Duration(at)
}

// Pace implements vegeta.Pacer: how long to wait for the hit after so many. A
// schedule by itself never ends.
func (s schedule) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	return max(0, s.due(hits)-elapsed), false
}

// Rate implements vegeta.Pacer.
func (s schedule) Rate(time.Duration) float64 { return s.rate }

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A pacer is a schedule that began at a moment and can be ended. It waits by
// itself instead of leaving that to the attack, which cannot be woken: a hit
// that is due after the end is never handed out, and nobody waits for it.
type pacer struct {
	schedule
	began time.Time
	timer *time.Timer

	end   atomic.Int64 // hits due later are not handed out; ns since began
	once  sync.Once
	ended chan struct{}

	// scheduled is how many hits were handed out; set before the attack ends.
	scheduled uint64
}

var _ vegeta.Pacer = (*pacer)(nil)

func newPacer(s schedule, began time.Time) *pacer {
	p := &pacer{schedule: s, began: began, timer: time.NewTimer(0), ended: make(chan struct{})}
	p.end.Store(math.MaxInt64)
	return p
}

// Pace implements vegeta.Pacer. Time is taken from began, not from the attack's
// own beginning, which is a little later and known to nobody else. Hits that were
// due before the end are handed out, however late.
func (p *pacer) Pace(_ time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if wait, _ := p.schedule.Pace(time.Since(p.began), hits); wait > 0 {
		p.sleep(wait)
	}
	if int64(p.due(hits)) > p.end.Load() {
		p.scheduled = hits
		return 0, true
	}
	return 0, false
}

// shortWait is one that the end of the load need not cut. A plain sleep costs
// less than half of a timer that something else can overtake.
const shortWait = 20 * time.Millisecond

// sleep waits for d, or until the end if that is sooner and worth while.
func (p *pacer) sleep(d time.Duration) {
	if d <= shortWait {
		time.Sleep(d)
		return
	}
	p.timer.Reset(d)
	select {
	case <-p.timer.C:
	case <-p.ended:
		p.timer.Stop()
	}
}

// endNow lets no hit be due after now.
func (p *pacer) endNow() {
	p.end.CompareAndSwap(math.MaxInt64, int64(time.Since(p.began)))
	p.once.Do(func() { close(p.ended) })
}

// abort lets no hit be handed out from now on, due or not.
func (p *pacer) abort() {
	p.end.Store(-1)
	p.once.Do(func() { close(p.ended) })
}
