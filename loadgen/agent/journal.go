package agent

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"zarif/report/history"
)

// A journal appends records to the agent's history. put never waits for the disk:
// records queue in memory and one goroutine encodes and writes them every
// flushEvery. Safe for concurrent use.
type journal struct {
	out    io.WriteCloser
	failed func(error) // told the first error, at once

	mu     sync.Mutex
	queue  []history.Record
	count  uint64
	closed bool
	err    error

	spare         []history.Record // the writer's, to swap with queue
	buf           []byte
	stop, stopped chan struct{}
}

// newJournal begins a history whose first line is clock, which is written before
// newJournal returns.
func newJournal(out io.WriteCloser, clock history.Clock, failed func(error)) (*journal, error) {
	j := &journal{
		out: out, failed: failed,
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	j.put(history.Record{Clock: &clock})
	if err := j.flush(); err != nil {
		return nil, err
	}
	go j.run()
	return j, nil
}

// put appends r. One that comes after the end is an error of the journal: it was lost.
func (j *journal) put(r history.Record) {
	j.mu.Lock()
	if !j.closed {
		j.queue = append(j.queue, r)
		j.count++
		j.mu.Unlock()
		return
	}
	j.mu.Unlock()
	j.fail(errors.New("a record arrived after the end of the history"))
}

// records is how many were put so far.
func (j *journal) records() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.count
}

// close writes what is queued and then end, with its number of records filled in.
// After an error there is no end in the file.
func (j *journal) close(end history.End) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return errors.New("the history is closed already")
	}
	end.Records = j.count
	j.queue = append(j.queue, history.Record{End: &end})
	j.closed = true
	j.mu.Unlock()
	close(j.stop)
	<-j.stopped
	err := j.flush()
	if cerr := j.out.Close(); err == nil && cerr != nil {
		err = j.fail(fmt.Errorf("close the history: %w", cerr))
	}
	return err
}

func (j *journal) run() {
	defer close(j.stopped)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			j.flush() // the error is kept, and close returns it
		case <-j.stop:
			return
		}
	}
}

// flush writes what is queued. After an error nothing is written any more: the rest
// of a half-written line would only look like another one.
func (j *journal) flush() error {
	j.mu.Lock()
	batch, err := j.queue, j.err
	j.queue = j.spare[:0]
	j.mu.Unlock()
	if err != nil {
		return err
	}
	j.buf = j.buf[:0]
	for i := range batch {
		if j.buf, err = history.AppendRecord(j.buf, &batch[i]); err != nil {
			return j.fail(fmt.Errorf("encode a record: %w", err))
		}
	}
	clear(batch)
	j.spare = batch
	if len(j.buf) == 0 {
		return nil
	}
	if _, err := j.out.Write(j.buf); err != nil {
		return j.fail(fmt.Errorf("write the history: %w", err))
	}
	return nil
}

func (j *journal) fail(err error) error {
	j.mu.Lock()
	first := j.err == nil
	if first {
		j.err = err
	}
	err = j.err
	j.mu.Unlock()
	if first {
		j.failed(err)
	}
	return err
}
