package nodeimage

import (
	"errors"
	"os/exec"
	"testing"
)

func TestRunCountsLinesAndKeepsTheExitCode(t *testing.T) {
	lines := 0
	out, err := run(t.Context(), command{argv: []string{"sh", "-c", "echo a; echo b >&2; exit 3"}, line: func() { lines++ }})
	var exit *exec.ExitError
	if lines != 2 || !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("%d lines, out %q, err %v", lines, out, err)
	}
}
