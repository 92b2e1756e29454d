package local

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zarif/cluster"
)

func TestAwaitSaysWhatItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := d.Await(ctx, "the moon", cluster.State.Settled)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "wait for the moon") || !strings.Contains(err.Error(), "3 wanted, 3 updated, 0 available") {
			t.Errorf("error %v", err)
		}
		waits := make(chan error)
		go func() { waits <- d.Await(t.Context(), "the sun", func(cluster.State) bool { return false }) }()
		synctest.Wait()
		if err := d.Remove(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-waits; err == nil || !strings.Contains(err.Error(), "removed") {
			t.Errorf("error %v", err)
		}
	})
}

func TestNothingHappensAfterRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		d.do(func() {
			d.later(time.Second, func() { t.Error("a timer fired") })
			d.show(d.pods[0], time.Second, func() { t.Error("a status came") })
			d.delete(d.pods[0], time.Minute)
		})
		if err := d.Remove(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = d.Scale(t.Context(), 9)
		_ = d.Restart(t.Context())
		d.do(func() { d.later(0, func() { t.Error("a timer began") }) })
		n := len(d.pods)
		time.Sleep(time.Hour)
		if len(d.pods) != n || len(d.timers) != 0 {
			t.Errorf("%d pods where %d were, %d timers", len(d.pods), n, len(d.timers))
		}
		if err := d.Remove(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}
