package kind

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	kindexec "sigs.k8s.io/kind/pkg/exec"
)

// A Fault is a fault of the machine or of the cluster: one clear sentence and the
// command or change that cures it.
type Fault struct {
	What string
	Cure string // may be empty
	Err  error  // what lies beneath; may be nil
}

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.What)
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	if f.Cure != "" {
		separator := "; "
		if strings.Contains(b.String(), "\n") {
			separator = "\n"
		}
		fmt.Fprintf(&b, "%scure: %s", separator, f.Cure)
	}
	return b.String()
}

func (f *Fault) Unwrap() error { return f.Err }

// A CommandError is a command that failed, on this machine or on a node.
type CommandError struct {
	Argv   []string
	Output []byte // standard output and error
	Err    error
}

func (e *CommandError) Error() string {
	argv := e.Argv
	if len(argv) > 16 { // kind's docker run has forty
		argv = append(slices.Clone(argv[:8]), "…")
	}
	text := strings.Join(argv, " ") + ": " + e.Err.Error()
	if out := tail(e.Output, 15); out != "" {
		text += ": " + out
	}
	return text
}

func (e *CommandError) Unwrap() error { return e.Err }

// explain adds the output of the command that failed to an error of kind's,
// which keeps it to itself.
func explain(err error) error {
	run := kindexec.RunErrorForError(err)
	if run == nil {
		return err
	}
	failed := &CommandError{Argv: run.Command, Output: run.Output, Err: run.Inner}
	// kind wraps with github.com/pkg/errors: what stands before the command's own
	// text is the step that failed.
	if step, _, ok := strings.Cut(err.Error(), ": "+run.Error()); ok {
		return fmt.Errorf("%s: %w", step, failed)
	}
	return failed
}

var colours = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// tail is the last n lines of out that are not blank, without colours.
func tail(out []byte, n int) string {
	var lines []string
	for line := range bytes.Lines(out) {
		if text := strings.TrimSpace(colours.ReplaceAllString(string(line), "")); text != "" {
			lines = append(lines, text)
		}
	}
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}
