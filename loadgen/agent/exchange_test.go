package agent

import (
	"errors"
	"testing"
	"time"

	"zarif/report/history"
)

// A pair of clocks with a way between them. Time passes only on the way.
type clocks struct {
	t     time.Time     // true time
	ahead time.Duration // the agent's clock before the harness's
	epoch time.Time     // the agent's, by its own clock
	ways  [][2]time.Duration
	fail  uint64 // this ping is not answered
}

func (c *clocks) now() time.Time { return c.t }

func (c *clocks) ping(n uint64) (history.Micros, error) {
	if n == c.fail {
		return 0, errors.New("broken")
	}
	way := c.ways[int(n-1)%len(c.ways)]
	c.t = c.t.Add(way[0])
	at := history.MicrosOf(c.t.Add(c.ahead).Sub(c.epoch))
	c.t = c.t.Add(way[1])
	return at, nil
}

func TestExchange(t *testing.T) {
	const ms = time.Millisecond
	start := time.Unix(1700000000, 0)
	tests := []struct {
		name    string
		ahead   time.Duration
		ways    [][2]time.Duration
		atMost  time.Duration // uncertainty
		exactly bool          // the ways are symmetric
	}{
		{"one clock", 0, [][2]time.Duration{{ms, ms}}, ms + time.Microsecond, true},
		{"ahead", 90 * time.Second, [][2]time.Duration{{ms, ms}}, ms + time.Microsecond, true},
		{"behind", -3 * time.Hour, [][2]time.Duration{{ms, ms}}, ms + time.Microsecond, true},
		{"all the time on the way there", time.Second, [][2]time.Duration{{20 * ms, 0}}, 10*ms + time.Microsecond, false},
		{"all the time on the way back", time.Second, [][2]time.Duration{{0, 20 * ms}}, 10*ms + time.Microsecond, false},
		{"one quick round among slow ones", time.Second, [][2]time.Duration{{90 * ms, 5 * ms}, {40 * ms, 400 * ms}, {2 * ms, ms}, {70 * ms, 0}}, 1500*time.Microsecond + time.Microsecond, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &clocks{t: start, ahead: tt.ahead, epoch: start.Add(tt.ahead - time.Minute - 777*time.Nanosecond), ways: tt.ways}
			clock, err := exchange(c, c.now, c.epoch)
			if err != nil {
				t.Fatal(err)
			}
			off := (clock.Offset - tt.ahead).Abs()
			if off > clock.Uncertainty {
				t.Errorf("offset %s is off by %s, which is more than the %s it admits", clock.Offset, off, clock.Uncertainty)
			}
			if clock.Uncertainty > tt.atMost {
				t.Errorf("uncertainty %s, want at most %s", clock.Uncertainty, tt.atMost)
			}
			if tt.exactly && off > time.Microsecond {
				t.Errorf("offset %s, want %s", clock.Offset, tt.ahead)
			}
		})
	}
	t.Run("broken", func(t *testing.T) {
		c := &clocks{t: start, epoch: start, ways: [][2]time.Duration{{ms, ms}}, fail: 7}
		if _, err := exchange(c, c.now, start); err == nil {
			t.Error("no error")
		}
	})
}
