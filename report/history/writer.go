package history

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// flushEvery bounds what a kill can take from a history.
const flushEvery = 500 * time.Millisecond

// A Writer appends records to a history. Put never waits for the disk: records
// queue in memory and one goroutine encodes and flushes them at least every
// half second. Safe for concurrent use.
type Writer struct {
	mu     sync.Mutex
	queue  []Record
	err    error
	closed bool

	spare         []Record // the writer's, to swap with queue
	stop, stopped chan struct{}
	out           io.WriteCloser
	zip           *zstd.Encoder
	buf           *bufio.Writer
}

// Create begins a history in a new file; an existing one is an error.
func Create(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	w, err := NewWriter(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// NewWriter begins a history in out and closes out at its end.
func NewWriter(out io.WriteCloser) (*Writer, error) {
	// All of it competes with the load for the cores: so one goroutine, the fastest
	// level, and a window that fits a cache. The files do not become larger.
	zip, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<18))
	if err != nil {
		return nil, err
	}
	w := &Writer{
		out: out, zip: zip, buf: bufio.NewWriterSize(zip, 1<<16),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.run()
	return w, nil
}

// Put appends r. A failure to write is reported by Close.
func (w *Writer) Put(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		w.err = errors.Join(w.err, errors.New("a record arrived after the end of the history"))
		return
	}
	w.queue = append(w.queue, r)
}

// Close writes what is queued, closes the file and returns the first error of
// the writer's life. An End that is to close the history is put before.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return w.err
	}
	w.closed = true
	w.mu.Unlock()
	close(w.stop)
	<-w.stopped
	w.flush()
	w.fail(w.zip.Close())
	w.fail(w.out.Close())
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *Writer) run() {
	defer close(w.stopped)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.flush()
		case <-w.stop:
			return
		}
	}
}

func (w *Writer) flush() {
	w.mu.Lock()
	batch := w.queue
	w.queue = w.spare[:0]
	w.mu.Unlock()
	defer func() {
		clear(batch)
		w.spare = batch
	}()
	if len(batch) == 0 {
		return
	}
	for i := range batch {
		line, err := AppendRecord(w.buf.AvailableBuffer(), &batch[i])
		if err == nil {
			_, err = w.buf.Write(line)
		}
		if err != nil {
			w.fail(fmt.Errorf("encode record: %w", err))
			return
		}
	}
	w.fail(w.buf.Flush())
	w.fail(w.zip.Flush())
}

func (w *Writer) fail(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = fmt.Errorf("history: %w", err)
	}
}
