package trial

import (
	"context"
	"time"

	"zarif/cluster"
	"zarif/report/history"
)

// watching is a watch under way.
type watching struct {
	cancel context.CancelFunc
	done   chan error
}

// watch records what happens to the target until it is stopped. It outlives ctx,
// so that an interrupted trial still records what led to its end.
func watch(ctx context.Context, deployed cluster.Deployed, epoch time.Time, put func(history.Record)) *watching {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &watching{cancel: cancel, done: make(chan error, 1)}
	go func() { w.done <- deployed.Watch(ctx, epoch, put) }()
	return w
}

// stop returns once everything that was under way has been recorded, with an
// error if something may be missing.
func (w *watching) stop() error {
	w.cancel()
	return <-w.done
}
