package local

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
	"zarif/report/history"
)

// watch watches until stop is called, which returns what was handed over.
func watch(t *testing.T, d *Deployed, epoch time.Time) (stop func() *tape) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	got, ended := &tape{}, make(chan error, 1)
	go func() { ended <- d.Watch(ctx, epoch, got.put) }()
	return func() *tape {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		got.mu.Lock()
		defer got.mu.Unlock()
		got.stopped = true
		return got
	}
}

func listed(r *tape) (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		all = append(all, fmt.Sprint(e.T, e.Source, e.Type, e.Pod, e.Attrs))
	}
	return all
}

// Whoever watches, and from when on, is told the same.
func TestEveryWatchIsToldAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		epoch := time.Now()
		early := watch(t, d, epoch)
		lifeOnPaper(d, 1)
		observe(t, d, "settled", func(s cluster.State) {}, cluster.State.Settled)
		middle := watch(t, d, epoch)
		_ = d.Restart(t.Context())
		time.Sleep(time.Minute)
		late := watch(t, d, epoch)
		synctest.Wait()
		want := listed(early())
		if len(want) < 30 {
			t.Fatalf("told only %d things", len(want))
		}
		for name, stop := range map[string]func() *tape{"begun in the middle": middle, "begun late": late} {
			if got := listed(stop()); !slices.Equal(got, want) {
				t.Errorf("%s: told %d things, want %d", name, len(got), len(want))
			}
		}
	})
}

func TestEventsHaveTheirTimesAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		epoch := time.Now()
		time.Sleep(time.Minute)
		d := paper(t, sketch(t, "go-exit", nil), quick())
		stop := watch(t, d, epoch)
		p := d.pods[0]
		d.do(func() { d.runs(p); d.sayReady(p, true) })
		time.Sleep(time.Second)
		d.do(func() { d.delete(p, 30*time.Second) })
		time.Sleep(time.Second)
		var got []string
		for _, e := range stop().events {
			if e.Pod == p.name {
				got = append(got, fmt.Sprintf("%s %s", e.T.Duration(), e.Type))
				if e.Precision != 0 || e.Source != history.SourceAPI {
					t.Errorf("%+v", e)
				}
			}
		}
		want := []string{
			"1m0s pod-created", "1m0s pod-ready", "1m0.01s endpoint-ready", "1m1s pod-deleted", "1m1.01s endpoint-not-ready",
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %q\nwant %q", got, want)
		}
	})
}

// A run that begins while a watch ends must not reach its sink afterwards.
func TestNothingIsHandedOverAfterAWatch(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), shell(t, "while :; do echo x; sleep 0.01; done", nil), true)
	for range 10 {
		stop := watch(t, d, time.Now())
		pod := stateOf(d).Pods[0]
		_ = d.Delete(t.Context(), pod, new(int64(0)))
		time.Sleep(30 * time.Millisecond)
		got := stop()
		time.Sleep(50 * time.Millisecond)
		got.mu.Lock()
		if got.late > 0 {
			t.Errorf("%d records came after Watch had returned", got.late)
		}
		got.mu.Unlock()
		await(t, d, "another pod", func(s cluster.State) bool { return len(s.ReadyPods()) == 1 })
	}
}
