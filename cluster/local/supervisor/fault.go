package supervisor

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// StartError says why a program did not start. errors.Is tells the kind: fs.ErrNotExist,
// fs.ErrPermission, or a syscall.Errno such as ENOEXEC.
type StartError struct {
	Program string
	Doing   string // the step that failed: "look it up in PATH", "execute it", …
	Err     error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("start %q: %s: %v", e.Program, e.Doing, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }

// IsolationError says why a run could not be isolated on this machine. It is an
// errors.ErrUnsupported. Isolation puts the same into words, with a cure.
type IsolationError struct {
	Doing string
	Err   error
}

func (e *IsolationError) Error() string {
	return fmt.Sprintf("no PID namespace for a process: %s: %v", e.Doing, e.Err)
}

func (e *IsolationError) Unwrap() error { return e.Err }

// Is makes the error an errors.ErrUnsupported.
func (e *IsolationError) Is(target error) bool { return target == errors.ErrUnsupported }

// A fault is an error on its way from a supervisor.
type fault struct {
	Kind    string        `json:"kind"`
	Program string        `json:"program,omitempty"`
	Doing   string        `json:"doing,omitempty"`
	Errno   syscall.Errno `json:"errno,omitempty"`
}

// The kinds of faults.
const (
	faultStart   = "start"
	faultIsolate = "isolate"
	faultEnded   = "ended"
	faultOther   = "other"
)

// faultOf packs an error; only the errno of the error that caused it survives.
func faultOf(err error) *fault {
	var start *StartError
	var isolation *IsolationError
	var errno syscall.Errno
	errors.As(err, &errno)
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return &fault{Kind: faultEnded}
	case errors.As(err, &start):
		return &fault{Kind: faultStart, Program: start.Program, Doing: start.Doing, Errno: errno}
	case errors.As(err, &isolation):
		return &fault{Kind: faultIsolate, Doing: isolation.Doing, Errno: errno}
	}
	return &fault{Kind: faultOther, Doing: err.Error(), Errno: errno}
}

// err unpacks it; nil for no fault.
func (f *fault) err() error {
	if f == nil {
		return nil
	}
	switch f.Kind {
	case faultEnded:
		return os.ErrProcessDone
	case faultStart:
		return &StartError{Program: f.Program, Doing: f.Doing, Err: f.Errno}
	case faultIsolate:
		return &IsolationError{Doing: f.Doing, Err: f.Errno}
	}
	return errors.New("supervisor: " + f.Doing)
}
