// Command zarif measures which requests a Kubernetes service loses while it is
// rolled out, scaled down or killed. Each file here is one command: it turns
// flags into a config struct and makes one call.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"zarif/scenarios"
)

func main() { os.Exit(program(context.Background())) }

// program is the whole of zarif; it returns the exit code.
func program(ctx context.Context) int {
	// The first signal ends ctx. Later ones are swallowed, since what was made
	// must be cleaned up all the same.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// Kubernetes' libraries log to standard error what they also return as errors.
	klog.SetLogger(logr.Discard())
	return run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, io streams) int {
	root := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitAsExpected
	}
	code := exitCode(err)
	var faults scenarios.Faults
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			fmt.Fprintln(io.err, f.Error())
		}
	case err.Error() != "":
		fmt.Fprintf(io.err, "zarif: %v\n", err)
	}
	return code
}
