package supervisor

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// child is a process that was started here.
type child struct {
	pid    int
	ended  chan struct{} // closed when the fields below are set
	status syscall.WaitStatus
	at     int64 // the monotonic clock when the end was seen
}

// children are the processes to reap: those started here, and orphans of theirs, which
// come to a subreaper. They are reaped under the lock, so that no signal ever reaches a
// number that belongs to somebody else by now.
type children struct {
	ended chan struct{} // has something in it after an end

	mu     sync.Mutex
	closed bool // nothing is started any more
	live   map[int]*child
}

// newChildren reaps whenever chld tells of an end, until the process exits.
func newChildren(chld <-chan os.Signal) *children {
	c := &children{ended: make(chan struct{}, 1), live: map[int]*child{}}
	go func() {
		for range chld {
			c.reap()
			select {
			case c.ended <- struct{}{}:
			default:
			}
		}
	}()
	return c
}

// start registers what fork has started. It returns os.ErrProcessDone after close.
func (c *children) start(fork func() (pid int, err error)) (*child, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, os.ErrProcessDone
	}
	pid, err := fork()
	if err != nil {
		return nil, err
	}
	started := &child{pid: pid, ended: make(chan struct{})}
	c.live[pid] = started
	return started, nil
}

// close ends starting.
func (c *children) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// reap collects every child that has ended, and says whether there is none left.
func (c *children) reap() (none bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return true // ECHILD
		case pid == 0:
			return false
		}
		if ended, ok := c.live[pid]; ok {
			ended.status, ended.at = status, monotonic()
			delete(c.live, pid)
			close(ended.ended)
		}
	}
}

// await waits for an end, at most for the limit.
func (c *children) await(limit time.Duration) {
	select {
	case <-c.ended:
	case <-time.After(limit):
	}
}

// signal reaches the child or returns os.ErrProcessDone.
func (c *children) signal(to *child, sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live[to.pid] != to {
		return os.ErrProcessDone
	}
	return syscall.Kill(to.pid, sig)
}
