package loadgen

import (
	"math"
	"math/big"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

func TestScheduleDoesNotDrift(t *testing.T) {
	for _, rate := range []float64{0.1, 1.0 / 3, 1, 7, 33.3, 100, 2000, 99999.9, maxRate} {
		s := newSchedule(rate, 1, 2)
		interval := float64(time.Second) / rate
		if s.phase < 0 || float64(s.phase) >= interval {
			t.Errorf("rate %v: phase %v, want it within the interval of %v ns", rate, s.phase, interval)
		}
		for _, n := range []uint64{0, 1, 2, 3, 999, 1_000_000, 86_400_001, 999_999_999} {
			exact := new(big.Rat).SetInt64(int64(n) * int64(time.Second))
			exact.Quo(exact, new(big.Rat).SetFloat64(rate))
			want, _ := exact.Float64()
			if want > 1e15 {
				continue
			}
			if off := float64(s.due(n)-s.phase) - want; math.Abs(off) > 1 {
				t.Errorf("rate %v: hit %d is off by %v ns", rate, n, off)
			}
		}
	}
}

func TestPace(t *testing.T) {
	s := schedule{rate: 4, phase: 100 * time.Millisecond}
	for _, tt := range []struct {
		name    string
		elapsed time.Duration
		hits    uint64
		want    time.Duration
	}{
		{"first hit after the phase", 0, 0, 100 * time.Millisecond},
		{"on time", 350 * time.Millisecond, 1, 0},
		{"early", 300 * time.Millisecond, 1, 50 * time.Millisecond},
		{"behind: at once", 10 * time.Second, 1, 0},
		{"so late that it never is", 0, math.MaxUint64, math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if wait, stop := s.Pace(tt.elapsed, tt.hits); wait != tt.want || stop {
				t.Errorf("got %v, %t; want %v, false", wait, stop, tt.want)
			}
		})
	}
}

func TestPhases(t *testing.T) {
	seen := map[time.Duration]bool{}
	for seed := range uint64(10) {
		for id := range uint8(10) {
			s := newSchedule(1, seed, id)
			if seen[s.phase] {
				t.Errorf("seed %d, stream %d: phase %v for the second time", seed, id, s.phase)
			}
			seen[s.phase] = true
			if again := newSchedule(1, seed, id); again != s {
				t.Errorf("seed %d, stream %d: phases %v and %v", seed, id, s.phase, again.phase)
			}
		}
	}
}

// In a bubble the clock stands still while anything runs, so that every hit must
// leave at the very moment it is due.
func TestHitsLeaveWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, nil)
		a := streamTo("web", func(s *history.Stream) { s.ID, s.Rate = 1, 33.3 })
		b := streamTo("web", fresh, func(s *history.Stream) { s.ID, s.Rate = 9, 7 })
		k, l := web.start(t, a, b)
		time.Sleep(60*time.Second - time.Nanosecond)
		l.End()
		l.End()
		got := collect(t, k, l)
		for _, h := range got.sent() {
			if h.Sent != h.At || h.Cause != history.OK {
				t.Errorf("due at %d, sent at %d, %s", h.At, h.Sent, h.Cause)
			}
		}
		if n := len(got.sent()); n != 1998+420 {
			t.Errorf("%d hits in a minute at %v + %v per second", n, a.Rate, b.Rate)
		}
	})
}

// End does not wait for the next hit, however far off it is, and takes none back
// that was due before.
func TestEndIsPunctual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, nil)
		k, l := web.start(t, streamTo("web", func(s *history.Stream) { s.Rate = 1.0 / 3600 }))
		time.Sleep(90 * time.Minute)
		l.End()
		at := time.Now()
		got := collect(t, k, l)
		if d := time.Since(at); d > 0 {
			t.Errorf("Wait took %v", d)
		}
		if n := got.ends[0].Scheduled; n < 1 || n > 2 {
			t.Errorf("%d hits at one an hour in 90 minutes", n)
		}
	})

	began := time.Now().Add(-10 * time.Second)
	p := newPacer(schedule{rate: 2}, began)
	p.endNow()
	n := uint64(0)
	for {
		wait, stop := p.Pace(0, n)
		if stop {
			break
		}
		if wait != 0 {
			t.Fatalf("hit %d: wait %v", n, wait)
		}
		n++
	}
	if n < 21 || p.scheduled != n {
		t.Errorf("%d hits handed out, %d scheduled, of the 21 that were due", n, p.scheduled)
	}
}
