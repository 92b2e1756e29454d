// Package supervisor runs a container as real processes of this machine, and takes
// all of them away again: whatever they started, and however its user ends.
//
// Each run has a supervisor of its own, a small process that is told what to do over
// a pipe. The end of that pipe means that nobody is there any more, by whatever death,
// and so the supervisor kills all that the run has started, and then ends. Above it, on
// Linux, stands a keeper that does the same should the supervisor itself be killed, and
// the other way round. Should both be killed at once, the kernel ends an isolated run;
// of another, it ends what the supervisor had started, but not what that had detached.
// On other systems there is no keeper, and a process that has left both its parent and
// its process group is lost sight of.
//
// Where the machine permits it, a run can be isolated: its main process is PID 1 of a
// PID namespace, with what the kernel gives to a PID 1. It ignores every signal that it
// has no handler for (pid_namespaces(7)), SIGKILL works from outside only, and the
// namespace dies with it. No other namespace matters to a run: it has the network, the
// files and the user of the machine, and a /proc of its own so that ps and pidof agree.
//
// The package owns processes alone. Addresses, probes, restarts and grace periods are
// the business of its callers.
package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Config is one run of a container.
type Config struct {
	// Binary is the path of the supervisor's executable, cmd/zarif-supervisor.
	Binary string
	// Argv is the program with its arguments. Without a slash in it, the program is
	// looked up in the PATH of Env; with one, it is relative to Dir.
	Argv []string
	// Env is the whole environment as NAME=value; nothing is inherited.
	Env []string
	// Dir is the working directory; empty is the root directory.
	Dir string
	// Output takes what the run writes to stdout and stderr: the write end of a pipe.
	// It belongs to Start, which closes this process's copy even when it fails, so
	// that the read end sees EOF once nothing of the run is left to write to it.
	Output *os.File
	// Isolate makes the program PID 1 of a PID namespace of its own.
	Isolate bool
}

// Validate says which field is wrong.
func (c Config) Validate() error {
	switch {
	case c.Binary == "":
		return errors.New("supervisor: Binary is empty; want the path of the supervisor's executable")
	case len(c.Argv) == 0 || c.Argv[0] == "":
		return errors.New("supervisor: Argv is empty; want a program and its arguments")
	case c.Output == nil:
		return errors.New("supervisor: Output is nil; want the write end of a pipe")
	}
	return nil
}

// resolve makes the paths independent of this process's working directory.
func (c Config) resolve() (Config, error) {
	if c.Dir == "" {
		c.Dir = "/"
	}
	for _, path := range []*string{&c.Binary, &c.Dir} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return c, fmt.Errorf("supervisor: make %s absolute: %w", *path, err)
		}
		*path = abs
	}
	return c, nil
}

// Exit is how the main process of a run ended.
type Exit struct {
	// Code is the exit code, or 128 + Signal as a kubelet reports it.
	Code int
	// Signal is what killed the process; 0 where it exited by itself.
	Signal syscall.Signal
	// At is when the process was seen to have ended, with a monotonic reading.
	At time.Time
	// Err is set where the supervisor was lost before it could tell: the run was then
	// killed, Code is that of SIGKILL and At is when the loss was noticed. It is also
	// set where processes of the run could not be killed.
	Err error
}
