package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// streams are what a command reads and writes: data on out, all else on err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// terminal reports whether w is a terminal, and how many columns it has.
func terminal(w io.Writer) (columns int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	return columns, err == nil
}

func newRoot(io streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "zarif",
		Short: "Which requests does a rollout lose?",
		Long: `zarif deploys applications with different shutdown set-ups to a Kubernetes
cluster, or to a model of one on this machine, fires constant load at them while
it rolls them out, scales them down or kills them, and counts which requests
were dropped, and how.

Exit codes: 0 every scenario as expected (without a suite: pass) · 1 not as
expected, a surprising pass included · 3 inconclusive or skipped · 64 usage or a
bad file · 70 the harness or the cluster failed · 130 interrupted.`,
		Example: `  zarif run --suite demo                 # the tour: what five set-ups lose in a rollout
  zarif run --suite demo --cluster local # the same with nothing but this program
  zarif run go-exit.rollout --trials 5   # one scenario, five times
  zarif list                             # what there is to run
  zarif doctor                           # what this machine has, and lacks`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &exitError{exitUsage, err}
	})
	addCommands(root, io)
	usageErrors(root)
	return root
}

// usageErrors gives wrong arguments the exit code of wrong usage, for a command
// and all below it.
func usageErrors(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &exitError{exitUsage, err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}
