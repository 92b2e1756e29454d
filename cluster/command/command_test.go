package command

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRunReturnsStandardOutputOnly(t *testing.T) {
	var lines []string
	out, err := Run(t.Context(), Command{
		Argv: []string{"sh", "-c", "read word; echo $word $ADDED; echo noise >&2; sleep 0; printf last >&2"},
		Env:  []string{"ADDED=b"}, Stdin: strings.NewReader("a\n"), Line: func(text string) { lines = append(lines, text) },
	})
	if err != nil || out != "a b\n" {
		t.Errorf("out %q, err %v", out, err)
	}
	slices.Sort(lines) // the outputs are two pipes
	if joined := strings.Join(lines, "|"); joined != "a b|last|noise" && joined != "a b|noiselast" {
		t.Errorf("lines %q", lines)
	}
}

func TestRunWritesStandardOutputElsewhere(t *testing.T) {
	var to bytes.Buffer
	_, err := Run(t.Context(), Command{Argv: []string{"sh", "-c", "echo data; echo why >&2; exit 1"}, Stdout: &to})
	if to.String() != "data\n" {
		t.Errorf("standard output %q", to.String())
	}
	if text := err.Error(); !strings.HasSuffix(text, "exit status 1\nwhy") {
		t.Errorf("error %q", text)
	}
}

func TestRunErrorHasArgvAndLastLines(t *testing.T) {
	_, err := Run(t.Context(), Command{Argv: []string{"sh", "-c", "seq 100; echo the reason >&2; exit 3"}})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{"sh -c seq 100", "exit status 3", "\n100", "the reason"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\n50\n") {
		t.Errorf("more than the last lines:\n%s", text)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("no exit code in %#v", err)
	}
}

func TestRunEndsWithItsContextAndWholeGroup(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	began := time.Now()
	// The child would hold the pipe open for a minute if it were left alive.
	_, err := Run(ctx, Command{
		Argv: []string{"sh", "-c", "sleep 60 & echo up; wait"},
		Line: func(string) { cancel(reason) },
	})
	if !errors.Is(err, reason) {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(began); took > patience {
		t.Errorf("took %s", took)
	}
}

func TestRunLetsAProgramCleanUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var said []string
	_, err := Run(ctx, Command{
		Argv: []string{"sh", "-c", "trap 'echo cleaned up; exit 1' TERM; echo up; while :; do sleep 0.05; done"},
		Stop: syscall.SIGTERM,
		Line: func(text string) { said = append(said, text); cancel() },
	})
	if !errors.Is(err, context.Canceled) || !slices.Contains(said, "cleaned up") {
		t.Errorf("err %v, said %q", err, said)
	}
}

func TestFoundNamesTheCure(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Found("debootstrap", "apt-get install -y debootstrap")
	if err == nil || !strings.Contains(err.Error(), "apt-get install -y debootstrap") {
		t.Errorf("err = %v", err)
	}
}

func TestMixedOutputKeepsItsOrder(t *testing.T) {
	var lines []string
	out, err := Run(t.Context(), Command{
		Argv:  []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done; exit 1"},
		Mixed: true, Line: func(text string) { lines = append(lines, text) },
	})
	var want []string
	for i := range 9 {
		n := string(rune('1' + i))
		want = append(want, "out "+n, "err "+n)
	}
	if !slices.Equal(lines, want) || out != "" {
		t.Errorf("got %q and %q, want %q", lines, out, want)
	}
	var failed *Error
	if !errors.As(err, &failed) || !strings.HasSuffix(failed.Tail, "out 9\nerr 9") {
		t.Errorf("error %v", err)
	}
}
