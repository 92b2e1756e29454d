package local

import (
	"context"
	"errors"
	"sync"
	"time"

	"zarif/report/history"
)

// Watch implements cluster.Deployed. Events that happened before it began are
// handed over too, with the time at which they did.
func (d *Deployed) Watch(ctx context.Context, epoch time.Time, sink func(history.Record)) error {
	w := watcher{d: d, epoch: epoch, sink: sink}
	for {
		changed := w.pass(ctx)
		select {
		case <-changed:
			continue
		case <-d.life.Done():
		case <-ctx.Done():
		}
		break
	}
	w.fault(w.edgeLog(ctx))
	for range 2 { // once more, for what was told while the logs came to their ends
		w.pass(ctx)
		w.logs.Wait()
	}
	return errors.Join(w.faults...)
}

// watcher is one Watch under way.
type watcher struct {
	d     *Deployed
	epoch time.Time
	sink  func(history.Record)

	events, runs int // handed over so far
	logs         sync.WaitGroup

	mu     sync.Mutex
	faults []error
}

// pass hands over the events that there are, begins to collect the logs that
// there are, and yields a channel that closes when there may be more.
func (w *watcher) pass(ctx context.Context) <-chan struct{} {
	events, changed := w.d.since(w.events)
	w.events += len(events)
	for _, t := range events {
		e := t.event
		e.T = history.MicrosOf(t.at.Sub(w.epoch))
		w.sink(history.Record{Event: &e})
	}
	for _, l := range w.d.logsFrom(w.runs) {
		w.runs++
		w.logs.Go(func() {
			w.fault(l.collect(ctx, w.epoch, w.sink))
		})
	}
	return changed
}

func (w *watcher) fault(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, err)
}

// logsFrom are the logs from the n-th on.
func (d *Deployed) logsFrom(n int) []*runLog {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logs[n:]
}
