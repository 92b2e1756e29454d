package trial

import (
	"context"
	"sync"

	"zarif/report/history"
)

// A recorder appends to the history and shows every record to live. What comes
// before begin, such as the first events of pods, is kept back so that the Meta
// is the first record.
type recorder struct {
	live *live

	mu      sync.Mutex
	out     *history.Writer
	pending []history.Record
	started bool
	count   uint64              // of all records, since the last one says how many there were
	streams []history.StreamEnd // of the load that ran in this process
}

func newRecorder(path string, live *live) (*recorder, error) {
	out, err := history.Create(path)
	if err != nil {
		return nil, err
	}
	return &recorder{out: out, live: live}, nil
}

// Put is safe for concurrent use and does not block.
func (r *recorder) Put(rec history.Record) {
	if rec.Hit != nil {
		r.live.hit(rec.Hit)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		r.pending = append(r.pending, rec)
		return
	}
	r.put(rec)
}

func (r *recorder) put(rec history.Record) {
	r.count++
	r.out.Put(rec)
}

// begin writes the Meta and everything that was kept back.
func (r *recorder) begin(meta history.Meta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = true
	r.put(history.Record{Meta: &meta})
	r.put(history.Record{Clock: &history.Clock{Source: history.SourceHarness, Epoch: meta.Started}})
	for _, rec := range r.pending {
		r.put(rec)
	}
	r.pending = nil
}

func (r *recorder) begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started
}

// ended is told how many hits were scheduled by load in this process.
func (r *recorder) ended(streams []history.StreamEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streams = append(r.streams, streams...)
}

// close ends the history, with the reason where it did not end as planned.
func (r *recorder) close(ctx context.Context, err error) error {
	reason := ""
	switch {
	case ctx.Err() != nil:
		reason = "interrupted"
	case err != nil:
		reason = err.Error()
	}
	r.mu.Lock()
	if r.started {
		r.out.Put(history.Record{End: &history.End{Source: history.SourceHarness, Records: r.count, Reason: reason, Streams: r.streams}})
	}
	r.mu.Unlock()
	return r.out.Close()
}
