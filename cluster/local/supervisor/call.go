package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"
)

// call sends a request and waits for its reply, or for the supervisor's end, which is
// errLost. When the context ends, a start is given up and an exec is cancelled and its
// reply awaited.
func (r *Run) call(ctx context.Context, q request) (reply, error) {
	answered := make(chan reply, 1)
	r.mu.Lock()
	r.last++
	q.ID = r.last
	r.calls[q.ID] = answered
	err := r.requests.Encode(q)
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.calls, q.ID)
		r.mu.Unlock()
	}()
	if err != nil {
		return reply{}, errLost // the pipe is closed, by Close or by the supervisor's end
	}
	cancelled := ctx.Done()
	for {
		select {
		case a := <-answered:
			return a, a.Fault.err()
		case <-r.done:
			return reply{}, errLost
		case <-cancelled:
			if q.Exec == nil {
				return reply{}, ctx.Err()
			}
			cancelled = nil
			r.mu.Lock()
			r.requests.Encode(request{Cancel: q.ID}) // fails only where done follows
			r.mu.Unlock()
		}
	}
}

// listen takes replies until the supervisor has ended, then completes the run.
func (r *Run) listen(stdout io.Reader) {
	var exit *exitReply
	var left []int
	var main process
	for replies := json.NewDecoder(stdout); ; {
		var a reply
		if replies.Decode(&a) != nil {
			break // EOF: nothing but a crash cuts a line
		}
		switch {
		case a.Exit != nil:
			exit = a.Exit
		case a.Left != nil:
			left = a.Left
		default:
			if a.PID != 0 {
				main, _ = readProcess(a.PID)
			}
			r.mu.Lock()
			if answered, ok := r.calls[a.ID]; ok {
				answered <- a
				delete(r.calls, a.ID)
			}
			r.mu.Unlock()
		}
	}
	io.Copy(io.Discard, stdout)
	ended := r.cmd.Wait()
	if exit == nil {
		main.awaitEnd() // the kernel's work, then
	}
	r.exit = r.exitFrom(exit, left, ended)
	close(r.done)
}

// exitFrom puts together what the supervisor told and how it ended itself.
func (r *Run) exitFrom(told *exitReply, left []int, ended error) Exit {
	e := Exit{Code: 128 + int(syscall.SIGKILL), Signal: syscall.SIGKILL, At: time.Now()}
	switch {
	case told != nil:
		e.Code, e.Signal = told.Code, told.Signal
		e.At = e.At.Add(-time.Duration(monotonic() - told.At))
	case ended == nil:
		e.Err = errors.New("the supervisor ended before its run had begun")
	default:
		e.Err = fmt.Errorf("the supervisor ended before its run: %w: %s", ended, firstLine(r.said.bytes()))
	}
	if left != nil {
		e.Err = errors.Join(e.Err, fmt.Errorf("processes %v are left of the run: they could not be killed within %s", left, killLimit))
	}
	return e
}
