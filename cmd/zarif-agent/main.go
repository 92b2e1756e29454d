// Command zarif-agent is the load agent: the main process of a pod that sends hits
// at a target from inside its cluster. The harness drives it by running it again
// beside itself: tell hands it requests, attach copies its history out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"zarif/loadgen"
	"zarif/loadgen/agent"
)

// Exit codes, the ones of zarif itself.
const (
	exitUsage  = 64
	exitFailed = 70
)

const usage = `zarif-agent sends load from inside a cluster. zarif starts and drives it.

  zarif-agent serve  --dir DIR                       wait in DIR for a plan, run it, stay to be read
  zarif-agent tell   --dir DIR [--build ID] REQUEST  hand a request to the agent in DIR, print its answer
  zarif-agent attach --dir DIR [--from OFFSET]       answer a clock exchange, then copy the history out
  zarif-agent reach  --url URL [--through] POD...    ask until each of these pods has answered, through an edge or not
  zarif-agent answered                               ask as standard input says until enough answers in a row are good

Requests: start (the plan is read from stdin), end (no more hits), abort (cut those in flight), status.
DIR is an empty directory that the agent may write to; it holds a socket and the history.
Exit codes: 0 done, 64 usage, 70 failed or refused.
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	act, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "zarif-agent: %v\n\n%s", err, usage)
		return exitUsage
	}
	if err := act(stdin, stdout); err != nil {
		fmt.Fprintf(stderr, "zarif-agent: %v\n", err)
		return exitFailed
	}
	return 0
}

// parse turns a command line into what it asks for.
func parse(args []string) (func(stdin io.Reader, stdout io.Writer) error, error) {
	if len(args) == 0 {
		return nil, errors.New("want a command: serve, tell, attach, reach or answered")
	}
	name := args[0]
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	dir := flags.String("dir", "", "")
	switch name {
	case "serve":
		if err := parseFlags(flags, args[1:], 0); err != nil {
			return nil, err
		}
		return func(io.Reader, io.Writer) error { return serve(*dir) }, nil
	case "tell":
		build := flags.String("build", "", "")
		if err := parseFlags(flags, args[1:], 1); err != nil {
			return nil, err
		}
		c := agent.TellConfig{Dir: *dir, Do: flags.Arg(0), Build: *build}
		return func(in io.Reader, out io.Writer) error { return agent.Tell(context.Background(), c, in, out) }, c.Validate()
	case "attach":
		from := flags.Int64("from", 0, "")
		if err := parseFlags(flags, args[1:], 0); err != nil {
			return nil, err
		}
		c := agent.AttachConfig{Dir: *dir, From: *from}
		return func(in io.Reader, out io.Writer) error { return agent.Attach(context.Background(), c, in, out) }, c.Validate()
	case "reach":
		target := flags.String("url", "", "")
		through := flags.Bool("through", false, "")
		if err := flags.Parse(args[1:]); err != nil {
			return nil, err
		}
		c := agent.ReachConfig{URL: *target, Pods: flags.Args(), Through: *through}
		return func(io.Reader, io.Writer) error { return reach(c) }, c.Validate()
	case "answered":
		if err := flags.Parse(args[1:]); err != nil {
			return nil, err
		}
		return func(in io.Reader, _ io.Writer) error { return answered(in) }, nil
	case "help", "-h", "-help", "--help":
		return nil, flag.ErrHelp
	}
	return nil, fmt.Errorf("command %q: want serve, tell, attach, reach or answered", name)
}

// parseFlags wants --dir and a number of arguments behind the flags.
func parseFlags(flags *flag.FlagSet, args []string, operands int) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != operands {
		return fmt.Errorf("%s: %d arguments behind the flags, want %d", flags.Name(), flags.NArg(), operands)
	}
	if flags.Lookup("dir").Value.String() == "" {
		return fmt.Errorf("%s: --dir is missing: want the agent's directory", flags.Name())
	}
	return nil
}

// reachLimit ends an asking that nobody waits for any more: a process run by exec
// outlives its stream.
const reachLimit = 2 * time.Minute

func reach(c agent.ReachConfig) error {
	ctx, cancel := context.WithTimeout(context.Background(), reachLimit)
	defer cancel()
	return agent.Reach(ctx, c)
}

func answered(in io.Reader) error {
	a, err := agent.ReadAsked(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), reachLimit)
	defer cancel()
	return loadgen.Answered(ctx, nil, a)
}

func serve(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return agent.Serve(ctx, dir)
}
