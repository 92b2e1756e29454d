package nodeimage

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestRunReturnsStandardOutputOnly(t *testing.T) {
	lines := 0
	out, err := run(t.Context(), command{
		argv: []string{"sh", "-c", "read word; echo $word $ADDED; echo noise >&2"},
		env:  []string{"ADDED=b"}, stdin: strings.NewReader("a\n"), line: func() { lines++ },
	})
	if err != nil || out != "a b\n" {
		t.Errorf("out %q, err %v", out, err)
	}
	if lines != 2 {
		t.Errorf("counted %d lines, want 2", lines)
	}
}

func TestRunErrorHasArgvAndLastLines(t *testing.T) {
	_, err := run(t.Context(), command{argv: []string{"sh", "-c", "seq 100; echo the reason >&2; exit 3"}})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{"sh -c seq 100", "exit status 3", "\n100\n", "the reason"} {
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
	_, err := run(ctx, command{
		argv: []string{"sh", "-c", "sleep 60 & echo up; wait"},
		line: func() { cancel(reason) },
	})
	if !errors.Is(err, reason) {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestFoundNamesTheCure(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := found("debootstrap", "apt-get install -y debootstrap")
	if err == nil || !strings.Contains(err.Error(), "apt-get install -y debootstrap") {
		t.Errorf("err = %v", err)
	}
}
