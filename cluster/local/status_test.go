package local

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

// A status says things in the order in which they came about, whatever the delays.
func TestStatusesKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		var said []int
		d.do(func() {
			for i, delay := range []time.Duration{300, 100, 200, 400, 0} {
				d.show(d.pods[0], delay*time.Millisecond, func() { said = append(said, i) })
			}
		})
		time.Sleep(299 * time.Millisecond)
		d.do(func() {
			if len(said) != 0 {
				t.Errorf("said %v before the first", said)
			}
		})
		time.Sleep(time.Second)
		d.do(func() {
			if !slices.Equal(said, []int{0, 1, 2, 3, 4}) {
				t.Errorf("said %v", said)
			}
		})
	})
}

// An outage must be shown even when it is over by then.
func TestAShortOutageIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		p := d.pods[0]
		d.do(func() {
			d.runs(p)
			d.sayReady(p, true)
			d.show(p, time.Second, func() { d.sayReady(p, false) })
			d.show(p, time.Millisecond, func() { d.sayReady(p, true) })
		})
		time.Sleep(2 * time.Second)
		if n, r := len(d.toldOf(history.EventPodNotReady, p.name)), len(d.toldOf(history.EventPodReady, p.name)); n != 1 || r != 2 {
			t.Errorf("ready was told %d times, not ready %d times", r, n)
		}
	})
}

func TestAPodThatIsGoneSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		p := d.pods[0]
		d.do(func() {
			d.show(p, time.Second, func() { t.Error("it did") })
			d.forget(p)
		})
		time.Sleep(2 * time.Second)
	})
}
