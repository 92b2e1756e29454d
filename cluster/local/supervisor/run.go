package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// MaxOutput is how much of an Exec's output is kept, in bytes; the rest is thrown away.
const MaxOutput = 16 << 10

// closeLimit bounds how long a run may take to die. A supervisor gives up before.
const closeLimit = killLimit + 5*time.Second

// errLost is what a call ends with when the supervisor ends before it answers.
var errLost = errors.New("the supervisor has ended")

// Run is a container that was started. Its methods may be called concurrently.
type Run struct {
	cmd  *exec.Cmd
	said *head // what the supervisor wrote to stderr: nothing, unless it crashed
	pid  int
	// stdin may be closed at any time, and unblocks a write by that.
	stdin io.Closer

	mu       sync.Mutex // serialises requests, guards the fields below
	requests *json.Encoder
	calls    map[uint64]chan reply
	last     uint64

	done chan struct{}
	exit Exit // complete once done is closed
}

// PID is the main process as this machine sees it.
func (r *Run) PID() int { return r.pid }

// Signal sends a signal to the main process alone, from outside its PID namespace:
// SIGKILL and SIGSTOP always work, and others only where it has a handler if it is
// PID 1 there. It returns os.ErrProcessDone when that process has ended.
func (r *Run) Signal(sig syscall.Signal) error {
	if sig <= 0 {
		return fmt.Errorf("signal %d: want a number above 0", int(sig))
	}
	_, err := r.call(context.Background(), request{Signal: sig})
	if errors.Is(err, errLost) {
		return os.ErrProcessDone
	}
	return err
}

// Exec runs another program in the container: the same PID namespace, environment and
// directory, /dev/null as its stdin, as a kubelet's exec probes and hooks have it. It
// returns stdout and stderr together, up to MaxOutput bytes, and the exit code, as Exit
// has it. What the program leaves running stays in the run. The error is a *StartError,
// os.ErrProcessDone where the run ended first, or the context's: then the program and
// what it started were killed, and the output is what it had written.
func (r *Run) Exec(ctx context.Context, argv []string) (output []byte, code int, err error) {
	if len(argv) == 0 || argv[0] == "" {
		return nil, 0, errors.New("exec: argv is empty; want a program and its arguments")
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("exec %q: %w", argv[0], err)
	}
	answer, err := r.call(ctx, request{Exec: argv})
	switch {
	case errors.Is(err, errLost):
		err = fmt.Errorf("exec %q: %w", argv[0], os.ErrProcessDone)
	case err == nil && answer.Cut:
		err = fmt.Errorf("exec %q: %w", argv[0], ctx.Err())
	}
	return answer.Output, answer.Code, err
}

// Done is closed when the main process has ended and nothing else of the run is alive.
func (r *Run) Done() <-chan struct{} { return r.done }

// Exit waits for Done and says how the main process ended.
func (r *Run) Exit() Exit {
	<-r.done
	return r.exit
}

// Close kills the whole run with SIGKILL and waits until nothing of it is alive. It may
// be called again. The error, as Exit's, is about processes that are left.
func (r *Run) Close() error {
	r.stdin.Close() // says that nobody is here any more; an error means it was said before
	select {
	case <-r.done:
		return r.exit.Err
	case <-time.After(closeLimit):
	}
	r.cmd.Process.Kill()
	return fmt.Errorf("kill process %d: its supervisor has not done it within %s", r.pid, closeLimit)
}
