package local

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// tableOf are the names of the pods that new connections go to.
func tableOf(d *Deployed) (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.proxy.table {
		names = append(names, p.name)
	}
	return names
}

func TestUsableEndpoints(t *testing.T) {
	pods := []*pod{{name: "a"}, {name: "b"}, {name: "c"}, {name: "d"}}
	ready := func(p *pod) endpoint { return endpoint{pod: p, ready: true, serving: true} }
	serving := func(p *pod) endpoint { return endpoint{pod: p, serving: true, terminating: true} }
	for _, c := range []struct {
		name string
		of   []endpoint
		want []*pod
	}{
		{"none", nil, nil},
		{"ready ones", []endpoint{ready(pods[0]), ready(pods[1])}, pods[:2]},
		{"one that serves while it terminates is not used beside a ready one", []endpoint{serving(pods[0]), ready(pods[1])}, pods[1:2]},
		{"serving ones where none is ready", []endpoint{serving(pods[0]), {pod: pods[1], terminating: true}, {pod: pods[2]}, serving(pods[3])}, []*pod{pods[0], pods[3]}},
		{"neither ready nor terminating", []endpoint{{pod: pods[0], serving: true}, {pod: pods[1]}}, nil},
	} {
		if got := usable(c.of); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// With its times as constants, what the proxy does and when is exact.
func TestTheProxySyncsAtOnceWhenIdleAndElseAfterItsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := quick()
		delays.MinSync, delays.Program = time.Second, Constant(100*time.Millisecond)
		d := paper(t, sketch(t, "go-exit", nil), delays)
		began := time.Now()
		slice := func(n int) { // makes n pods ready in the slice
			d.do(func() {
				d.endpoints = nil
				for _, p := range d.pods[:n] {
					d.endpoints = append(d.endpoints, endpoint{pod: p, ready: true, serving: true})
				}
				d.program()
			})
		}
		at := func(ms int, want int) {
			t.Helper()
			time.Sleep(time.Until(began.Add(time.Duration(ms) * time.Millisecond)))
			synctest.Wait()
			if got := len(tableOf(d)); got != want {
				t.Errorf("after %d ms: %d in the table, want %d", ms, got, want)
			}
		}
		slice(1) // idle: at once
		at(99, 0)
		at(100, 1)
		slice(2) // in the pause, which ends a second after the end of that sync
		at(500, 1)
		slice(3) // still in it: this is what the sync will see
		at(1199, 1)
		at(1200, 3)
		at(1250, 3)
		slice(0) // in the pause again, from 1200 to 2200
		at(2150, 3)
		at(2299, 3)
		at(2300, 0)
		at(5000, 0) // idle since 3300
		slice(2)
		at(5050, 0)
		slice(1) // during the sync, which has read the slice already
		at(5100, 2)
		at(6199, 2)
		at(6200, 1)
	})
}

// Without a minimum period syncs follow one another; none is overtaken.
func TestTheNewestSliceIsProgrammedInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := quick()
		delays.Program = Distribution{Quantiles: []time.Duration{0, time.Second}}
		d := paper(t, sketch(t, "go-exit", nil), delays)
		for round := range 50 {
			for i := range 4 {
				d.do(func() {
					d.endpoints = nil
					for _, p := range d.pods[:(round+i)%4] {
						d.endpoints = append(d.endpoints, endpoint{pod: p, ready: true})
					}
					d.program()
				})
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(3 * time.Second)
			if got, want := len(tableOf(d)), (round+3)%4; got != want {
				t.Fatalf("round %d: %d in the table, want %d", round, got, want)
			}
		}
	})
}

func TestConnectionsGoToEveryEndpointAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		d.do(func() { d.proxy.table = d.pods })
		count := map[string]int{}
		for range 3000 {
			to, gone, ok := d.pick()
			if !ok || gone {
				t.Fatal("nowhere")
			}
			count[to.name]++
		}
		for name, n := range count {
			if n < 850 || n > 1150 {
				t.Errorf("%s got %d of 3000", name, n)
			}
		}
		if len(count) != 3 {
			t.Errorf("%d pods got any", len(count))
		}
	})
}
