package local

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestThingsHappenInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		var got []int
		d.do(func() {
			for i, ms := range []int{30, 10, 20, 10, 0, 30, 10} {
				d.later(time.Duration(ms)*time.Millisecond, func() { got = append(got, i) })
			}
		})
		time.Sleep(time.Second)
		d.mu.Lock()
		defer d.mu.Unlock()
		if want := []int{4, 1, 3, 6, 2, 0, 5}; !slices.Equal(got, want) {
			t.Errorf("happened %v, want %v", got, want)
		}
	})
}

// Timers that are over at once, as on a machine that was too busy, keep the order.
func TestOverdueThingsHappenInTheirOrder(t *testing.T) {
	d := paper(t, sketch(t, "go-exit", nil), quick())
	var got []int
	const n = 200
	d.mu.Lock()
	for i := range n {
		d.later(time.Duration(i)*10*time.Microsecond, func() { got = append(got, i) })
	}
	time.Sleep(20 * time.Millisecond) // all of them are over, and wait for the lock
	d.mu.Unlock()
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
		d.mu.Lock()
		count := len(got)
		d.mu.Unlock()
		if count == n {
			break
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%d of %d, in the order %v", len(got), n, got)
	}
}
