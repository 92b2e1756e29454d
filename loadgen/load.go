package loadgen

import (
	"context"
	"sync"
	"time"

	"zarif/report/history"
)

// A Load is load under way. Its methods are safe for concurrent use.
type Load struct {
	streams []*stream
	conns   *registry
	cancel  context.CancelFunc
	unwatch func() bool

	once sync.Once
	ends []history.StreamEnd
}

// Start resolves what the streams name and begins to send at once. Load goes on
// until End is called or ctx ends; the end of ctx also aborts hits in flight,
// which then are unresolved unless their cause is known already. After an error
// nothing is left.
func Start(ctx context.Context, c Config) (*Load, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancel(ctx)
	rec := recorder{epoch: c.Epoch, put: c.Put}
	l := &Load{conns: newRegistry(rec), cancel: cancel}
	for i := range c.Streams {
		d, err := newDialer(inner, &c.Streams[i], c.Dial, l.conns)
		if err != nil {
			cancel()
			return nil, err
		}
		l.streams = append(l.streams, newStream(inner, c.Streams[i], rec, d))
	}
	began := time.Now()
	for _, s := range l.streams {
		s.start(newPacer(newSchedule(s.Rate, c.Seed, s.ID), began))
	}
	l.unwatch = context.AfterFunc(ctx, func() {
		for _, s := range l.streams {
			s.pacer.abort()
		}
	})
	return l, nil
}

// End lets no hit be scheduled after now. It does not wait, and may be called
// again.
func (l *Load) End() {
	for _, s := range l.streams {
		s.pacer.endNow()
	}
}

// Wait blocks until the load has ended, every hit in flight has ended too and
// every connection is closed and recorded, and says how many hits were
// scheduled, which is how many were recorded.
func (l *Load) Wait() []history.StreamEnd {
	l.once.Do(func() {
		for _, s := range l.streams {
			<-s.drained
			l.ends = append(l.ends, history.StreamEnd{Stream: s.ID, Scheduled: s.pacer.scheduled})
		}
		l.unwatch()
		l.cancel()
		l.conns.close()
	})
	return l.ends
}

// A recorder hands over records, with times counted from the epoch.
type recorder struct {
	epoch time.Time
	put   func(history.Record)
}

func (r recorder) now() history.Micros { return history.MicrosOf(time.Since(r.epoch)) }
