package nodeimage

import (
	"context"
	"io"

	shared "zarif/cluster/command"
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

// run is killed at once when ctx ends: debootstrap and the Go compiler are trees
// of processes, and what they had under way is thrown away.
func run(ctx context.Context, c command) (string, error) {
	runs := shared.Command{Argv: c.argv, Dir: c.dir, Env: c.env, Stdin: c.stdin}
	if c.line != nil {
		runs.Line = func(string) { c.line() }
	}
	return shared.Run(ctx, runs)
}

// found turns a missing program into an error that names the cure.
func found(program, cure string) error { return shared.Found(program, cure) }
