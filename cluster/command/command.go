// Package command runs the programs that zarif needs beside it, such as a
// container engine's: to their end or to their context's, as a whole tree of
// processes, with the last lines of what they said in the error. It knows no
// program in particular, and it has no part in running pods.
package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Command is one program to run.
type Command struct {
	Argv  []string
	Dir   string    // working directory; the current one when empty
	Env   []string  // added to this process's environment
	Stdin io.Reader // nothing when nil
	// Stdout takes standard output, which is then neither returned nor a part of
	// errors and lines. nil: Run returns it.
	Stdout io.Writer
	// Mixed makes standard output and standard error one stream, so that their lines
	// keep their order; Run then returns nothing.
	Mixed bool
	// Line is called with each whole line of output, one at a time; it may be nil.
	Line func(text string)
	// Stop is sent to the program's process group when the context ends; what does
	// not end within ten seconds is killed. Zero: SIGKILL at once.
	Stop syscall.Signal
}

// An Error says which command failed, and how its output ended.
type Error struct {
	Argv []string
	Tail string // the last lines of its output, standard error included
	Err  error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", strings.Join(e.Argv, " "), e.Err)
	if e.Tail != "" {
		text += "\n" + e.Tail
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// patience is how long a program may take to end.
const patience = 10 * time.Second

// Run runs c in a process group of its own, so that Ctrl-C in a terminal, which is
// meant for us, reaches it through ctx alone, and returns its standard output. A
// failure is an *Error that wraps the cause of ctx where it has ended.
func Run(ctx context.Context, c Command) (string, error) {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Stdin = c.Dir, c.Stdin
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, cmp.Or(c.Stop, syscall.SIGKILL)) }
	cmd.WaitDelay = patience
	var out bytes.Buffer
	both := output{line: c.Line}
	cmd.Stdout, cmd.Stderr = c.Stdout, &both
	switch {
	case c.Mixed:
		cmd.Stdout = &both // the same writer: one pipe
	case c.Stdout == nil:
		cmd.Stdout = io.MultiWriter(&out, &both)
	}
	err := cmd.Run()
	both.end()
	if err == nil {
		return out.String(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return out.String(), &Error{Argv: c.Argv, Tail: both.tail(), Err: err}
}

// Found turns a missing program into an error that names the cure.
func Found(program, cure string) error {
	_, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed: %s", program, cure)
	}
	return err
}

// lastLines are how many of them an error carries.
const lastLines = 15

// output keeps the last lines that a command wrote. Standard output and standard
// error may be written at once.
type output struct {
	mu   sync.Mutex
	last []string
	rest []byte // of a line under way
	line func(string)
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		line, rest, whole := bytes.Cut(o.rest, []byte{'\n'})
		if !whole {
			return len(p), nil
		}
		o.add(string(line))
		o.rest = rest
	}
}

func (o *output) add(line string) {
	if o.line != nil {
		o.line(line)
	}
	if o.last = append(o.last, line); len(o.last) > 2*lastLines {
		o.last = append([]string(nil), o.last[len(o.last)-lastLines:]...)
	}
}

// end counts what is left for a line.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rest) > 0 {
		o.add(string(o.rest))
		o.rest = nil
	}
}

// tail are the last lines, without empty ones at the end.
func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.Split(strings.TrimRight(strings.Join(o.last, "\n"), "\n \t\r"), "\n")
	return strings.Join(lines[max(0, len(lines)-lastLines):], "\n")
}
