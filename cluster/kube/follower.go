package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"zarif/cluster/podlog"
	"zarif/report/history/applog"
)

// A logSource is where the log of one run of a container can be had.
type logSource interface {
	// open streams the log from its first line; with follow, until the container
	// has ended. previous asks for the run before the present one.
	open(ctx context.Context, previous, follow bool) (io.ReadCloser, error)
	// lastLines is the end of the log as it is now, of at most tailLines lines.
	lastLines(ctx context.Context) ([]byte, error)
	// nodeLog is the whole log from the node's disk, in the form of the container
	// runtime interface; errors.ErrUnsupported where nodes cannot be asked.
	nodeLog(ctx context.Context) ([]byte, error)
}

// A follower reads the log of one run of a container as it is written. What the
// API server streams can end early: the stream breaks, the log is rotated, or the
// pod's object is deleted and with it the way to ask again. So the log is read
// from the moment on that the container runs; where its end is not proved by an
// exit line it is read again; and all is put together by the running numbers.
type follower struct {
	source logSource
	read   *podlog.Reading

	exited signal // the run has ended, as the pod's status tells
	newer  signal // a later run has begun: this one's log is the previous one
	gone   signal // the pod's object is no more: the API server gives nothing again
	done   signal
	// caughtUp: every line that had been written when watching ended was read.
	caughtUp signal

	mu   sync.Mutex    // guards read
	grew chan struct{} // a line came since it was last received from
}

// A signal is raised once.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func newSignal() signal  { return signal{c: make(chan struct{})} }
func (s *signal) raise() { s.once.Do(func() { close(s.c) }) }
func (s *signal) raised() bool {
	select {
	case <-s.c:
		return true
	default:
		return false
	}
}

func newFollower(source logSource, read *podlog.Reading) *follower {
	return &follower{
		source: source, read: read, exited: newSignal(), newer: newSignal(), gone: newSignal(), done: newSignal(),
		caughtUp: newSignal(), grew: make(chan struct{}, 1),
	}
}

const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 2 * time.Second
	// mostTries is how often the log of a run that has ended is asked for in vain.
	mostTries = 5
)

// run reads until the log has ended or ctx does, and hands over its end.
func (f *follower) run(ctx context.Context) {
	defer f.done.raise()
	how := f.follow(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read.Finish(how, time.Now())
}

// follow reads until nothing more can come and says how the log ended.
func (f *follower) follow(ctx context.Context) string {
	retry := firstRetry
	for tries := 0; ; {
		over := f.exited.raised() // before this reading began: then it gives everything
		err := f.pass(ctx, !over)
		if ctx.Err() != nil {
			return f.interrupted()
		}
		onDisk := errors.ErrUnsupported
		if !f.complete() && (err == nil || over || f.gone.raised()) {
			onDisk = f.fromNode(ctx)
		}
		switch {
		case f.complete():
			return "exit"
		case over && (err == nil || onDisk == nil):
			return "exited"
		case f.gone.raised() && (err == nil || apierrors.IsNotFound(err)):
			return "cut"
		}
		if over {
			if tries++; tries > mostTries {
				return "cut"
			}
		}
		if err == nil { // the container's end is about to be told
			retry = max(retry, lastRetry/2)
		}
		f.settle(ctx, retry)
		retry = min(2*retry, lastRetry)
	}
}

// settle waits until the container is known to have ended, at most for d.
func (f *follower) settle(ctx context.Context, d time.Duration) {
	exited := f.exited.c
	if f.exited.raised() {
		exited = nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-exited:
	case <-t.C:
	case <-ctx.Done():
	}
}

// pass reads the log once, as far as the API server gives it.
func (f *follower) pass(ctx context.Context, follow bool) error {
	log, err := f.source.open(ctx, f.newer.raised(), follow)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer log.Close()
	before, had := f.begin(false)
	if err := eachLine(log, f.take); err != nil {
		return err
	}
	// A log without a line of this run's is the one of a run that has just begun,
	// of which the pod's status does not tell yet.
	if after := f.taken(); had > 0 && after == before {
		return podlog.ErrOtherRun
	}
	return nil
}

// begin begins to read the log again; own: what comes can be no other run's. It
// returns how many lines came so far, repeated ones included, and how many there are.
func (f *follower) begin(own bool) (came, have int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read.Begin(own)
	return f.read.Came()
}

func (f *follower) taken() (came int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	came, _ = f.read.Came()
	return came
}

// fromNode takes in what the node's disk holds.
func (f *follower) fromNode(ctx context.Context) error {
	log, err := f.source.nodeLog(ctx)
	if err != nil {
		return err
	}
	f.begin(true)
	return eachCRILine(log, f.take)
}

func (f *follower) take(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case f.grew <- struct{}{}:
	default:
	}
	return f.read.Take(line)
}

func (f *follower) complete() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read.Complete()
}

// interrupted says how a log ends whose container still ran when watching ended.
func (f *follower) interrupted() string {
	if f.caughtUp.raised() {
		return "running"
	}
	return "cut"
}

// drain waits until every line that has been written by now was read, at most
// until ctx ends. To be called before run's ctx ends.
func (f *follower) drain(ctx context.Context) error {
	if f.exited.raised() || f.gone.raised() {
		select {
		case <-f.done.c:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("log of pod %s: its end was not read in time", f.read.Pod())
		}
	}
	wrote, err := f.source.lastLines(ctx)
	if err != nil {
		return fmt.Errorf("log of pod %s: look for its end: %w", f.read.Pod(), err)
	}
	ends := map[string]uint64{} // by writer
	_ = eachLine(bytes.NewReader(wrote), func(line []byte) error {
		if l, err := applog.Parse(line); err == nil {
			ends[l.W] = max(ends[l.W], l.N)
		}
		return nil
	})
	if len(ends) == 0 && bytes.Count(wrote, []byte("\n")) >= tailLines {
		// Others' lines hide how far ours go; what is read now holds them all.
		if err := f.pass(ctx, false); err != nil {
			return fmt.Errorf("log of pod %s: read it to its end: %w", f.read.Pod(), err)
		}
	}
	for writer, end := range ends {
		for f.last(writer) < end {
			select {
			case <-f.grew:
			case <-f.done.c:
				return nil
			case <-ctx.Done():
				return fmt.Errorf("log of pod %s: read to line %d of %d", f.read.Pod(), f.last(writer), end)
			}
		}
	}
	if f.missing() {
		// What is not there either is reported as a gap.
		_ = f.pass(ctx, false)
		_ = f.fromNode(ctx)
	}
	f.caughtUp.raise()
	return nil
}

func (f *follower) last(writer string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read.Last(writer)
}

func (f *follower) missing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read.Missing()
}
