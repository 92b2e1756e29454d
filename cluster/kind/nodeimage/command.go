package nodeimage

import (
	"bytes"
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

// command is one external program to run.
type command struct {
	argv  []string
	dir   string    // working directory; the current one when empty
	env   []string  // added to this process's environment
	stdin io.Reader // nothing when nil
	line  func()    // called for each line of output, when not nil
}

// runner runs a command and returns its standard output. Tests have their own.
type runner func(ctx context.Context, c command) (string, error)

// commandError says which command failed, and how its output ended.
type commandError struct {
	argv []string
	tail string
	err  error
}

func (e *commandError) Error() string {
	text := fmt.Sprintf("%s: %v", strings.Join(e.argv, " "), e.err)
	if e.tail != "" {
		text += "\n" + e.tail
	}
	return text
}

func (e *commandError) Unwrap() error { return e.err }

// run runs c in a process group of its own, which a cancelled ctx kills as a
// whole: debootstrap and the Go compiler are trees of processes.
func run(ctx context.Context, c command) (string, error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Stdin = c.dir, c.stdin
	cmd.Env = append(os.Environ(), c.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	var out, both output
	both.line = c.line
	cmd.Stdout = io.MultiWriter(&out, &both)
	cmd.Stderr = &both
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return "", &commandError{argv: c.argv, tail: both.tail(15), err: err}
	}
	return out.text.String(), nil
}

// found turns a missing program into an error that names the cure.
func found(program, cure string) error {
	_, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed: %s", program, cure)
	}
	return err
}

// output keeps what a command wrote and counts its lines. Standard output and
// standard error may be written at once.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	line func()
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.line != nil {
		for range bytes.Count(p, []byte{'\n'}) {
			o.line()
		}
	}
	return o.text.Write(p)
}

// tail returns the last n lines, without empty ones at the end.
func (o *output) tail(n int) string {
	lines := strings.Split(strings.TrimRight(o.text.String(), "\n \t"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
