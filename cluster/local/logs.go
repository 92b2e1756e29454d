package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"zarif/cluster/podlog"
	"zarif/report/history"
)

// A runLog is what one run of a container writes, line by line.
type runLog struct {
	pod      string
	restarts int32
	pipe     *os.File

	mu    sync.Mutex
	lines [][]byte
	rest  []byte        // of a line that has no end yet
	ended bool          // nothing of the run is left to write
	grew  chan struct{} // closed and replaced when one of these changes
}

// longestLine bounds a line; what is longer is cut.
const longestLine = 64 << 10

// follow begins to read what a run writes. With the lock held.
func (d *Deployed) follow(p *pod, restarts int32, pipe *os.File) {
	l := &runLog{pod: p.name, restarts: restarts, pipe: pipe, grew: make(chan struct{})}
	d.logs = append(d.logs, l)
	d.wg.Go(l.read)
}

// read reads until every process that could write has ended.
func (l *runLog) read() {
	defer l.pipe.Close()
	raw, err := l.pipe.SyscallConn()
	if err != nil {
		l.take(nil, true)
		return
	}
	buf := make([]byte, 64<<10)
	for ended := false; !ended; {
		// Under the lock, so that who finds the pipe empty finds its lines here.
		err := raw.Read(func(fd uintptr) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			n, err := unix.Read(int(fd), buf)
			switch {
			case err == unix.EAGAIN || err == unix.EINTR:
				return err == unix.EINTR
			case err != nil || n == 0:
				ended = true
			}
			l.add(buf[:max(n, 0)], ended)
			return true
		})
		if err != nil {
			l.take(nil, true)
			return
		}
	}
}

func (l *runLog) take(data []byte, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(data, ended)
}

// add takes in what came. With the log's lock held.
func (l *runLog) add(data []byte, ended bool) {
	for {
		line, rest, whole := bytes.Cut(data, []byte{'\n'})
		l.rest = append(l.rest, line[:min(len(line), max(longestLine-len(l.rest), 0))]...)
		if !whole {
			break
		}
		l.lines = append(l.lines, append(l.rest, '\n'))
		l.rest, data = nil, rest
	}
	if ended && len(l.rest) > 0 { // it ended in the middle of a line
		l.lines, l.rest = append(l.lines, l.rest), nil
	}
	l.ended = l.ended || ended
	close(l.grew)
	l.grew = make(chan struct{})
}

// from yields the lines from the n-th on, whether that is all there will ever be,
// and a channel that closes when there may be more.
func (l *runLog) from(n int) (lines [][]byte, ended bool, grew <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines[n:], l.ended, l.grew
}

// caughtUp reports whether all that has been written by now is in n lines.
func (l *runLog) caughtUp(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return len(l.lines) == n
	}
	raw, err := l.pipe.SyscallConn()
	if err != nil {
		return false
	}
	pending := -1
	if cerr := raw.Control(func(fd uintptr) { pending, err = unix.IoctlGetInt(int(fd), pendingBytes) }); cerr != nil || err != nil {
		return false
	}
	return pending == 0 && len(l.lines) == n
}

// How long the end of a watch waits.
const (
	// drainFor is for what was written to be read.
	drainFor = 5 * time.Second
	// settleFor is for requests that have begun to be logged as ended.
	settleFor = time.Second
	settle    = 5 * time.Millisecond
)

// collect hands over what the log says until ctx ends, and then what had been
// written by then.
func (l *runLog) collect(ctx context.Context, epoch time.Time, sink func(history.Record)) error {
	read := podlog.NewReading(l.pod, l.restarts, epoch, sink)
	var leaving time.Time // when ctx ended
	for n := 0; ; {
		lines, ended, grew := l.from(n)
		for _, line := range lines {
			_ = read.Take(line) // an error is about another run's line, which no pipe brings
		}
		n += len(lines)
		if ctx.Err() != nil && leaving.IsZero() {
			leaving = time.Now()
		}
		how, over := l.state(read, n, ended, leaving)
		switch {
		case !over:
		case how == history.LogEndCut:
			read.Finish(how, time.Now())
			return fmt.Errorf("log of pod %s: its end was not read in %s", l.pod, drainFor)
		default:
			read.Finish(how, time.Now())
			return nil
		}
		l.wait(ctx, grew)
	}
}

// state says how the log ended, if it has or is left now.
func (l *runLog) state(read *podlog.Reading, n int, ended bool, leaving time.Time) (how string, over bool) {
	waited := time.Since(leaving)
	switch {
	case ended && read.Complete():
		return history.LogEndExit, true
	case ended:
		return history.LogEndExited, true
	case leaving.IsZero():
		return "", false
	case l.caughtUp(n) && (read.Open() == 0 || waited > settleFor):
		return history.LogEndRunning, true
	}
	return history.LogEndCut, waited > drainFor
}

// wait lasts until there may be more, or ctx has ended and it is time to look again.
func (l *runLog) wait(ctx context.Context, grew <-chan struct{}) {
	if ctx.Err() == nil {
		select {
		case <-grew:
		case <-ctx.Done():
		}
		return
	}
	again := time.NewTimer(settle)
	defer again.Stop()
	select {
	case <-grew:
	case <-again.C:
	}
}
