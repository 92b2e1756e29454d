package supervisor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExecIsInTheContainer(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c := config(isolate, "sh", "-c", `trap "echo told; exit 5" TERM; echo $$ $PPID; while :; do sleep 0.01; done`)
		c.Dir, c.Env = t.TempDir(), append(c.Env, "GREETING=hello")
		os.Chmod(c.Dir, 0o755)
		b := begin(t, c)
		main, _, _ := strings.Cut(b.line(t), " ")
		if isolate != (main == "1") {
			t.Errorf("the main process sees itself as %s", main)
		}
		out, code, err := b.Exec(t.Context(), []string{"sh", "-c", `echo $GREETING; pwd; echo problem >&2; kill -0 ` + main + ` && exit 4`})
		if want := "hello\n" + c.Dir + "\nproblem\n"; string(out) != want || code != 4 || err != nil {
			t.Errorf("exec: %q, %d, %v; want %q, 4", out, code, err, want)
		}
		if _, code, err := b.Exec(t.Context(), []string{"sh", "-c", "kill -TERM $0", main}); code != 0 || err != nil {
			if code != 137 && !errors.Is(err, os.ErrProcessDone) { // the run may end first, and take it along
				t.Errorf("kill: %d, %v", code, err)
			}
		}
		b.expect(t, "told")
		if e := b.ends(t); e.Code != 5 {
			t.Errorf("exit %+v", e)
		}
		if _, _, err := b.Exec(t.Context(), []string{"true"}); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("exec after the end: %v", err)
		}
	})
}

func TestExecEnds(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		b := begin(t, config(isolate, "sleep", "1000"))
		t.Run("by a signal", func(t *testing.T) {
			if _, code, err := b.Exec(t.Context(), []string{"sh", "-c", "kill -TERM $$"}); code != 143 || err != nil {
				t.Errorf("%d, %v", code, err)
			}
		})
		t.Run("with more output than is kept", func(t *testing.T) {
			out, code, err := b.Exec(t.Context(), []string{"sh", "-c", "head -c 300000 /dev/zero; exit 2"})
			if len(out) != MaxOutput || code != 2 || err != nil {
				t.Errorf("%d bytes, %d, %v", len(out), code, err)
			}
		})
		t.Run("not started", func(t *testing.T) {
			_, _, err := b.Exec(t.Context(), []string{"no-such-program"})
			var start *StartError
			if !errors.As(err, &start) || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v", err)
			}
		})
		t.Run("before what it started", func(t *testing.T) {
			m := mark()
			out, code, err := b.Exec(t.Context(), []string{"sh", "-c", "sleep " + m + " & echo done"})
			if string(out) != "done\n" || code != 0 || err != nil {
				t.Errorf("%q, %d, %v", out, code, err)
			}
			marked(t, m, 1) // it stays, as in a container
		})
		t.Run("with its context", func(t *testing.T) {
			m := mark()
			ctx, cancel := context.WithCancel(t.Context())
			var all []process
			go func() {
				defer cancel()
				all = marked(t, m, 3)
			}()
			out, _, err := b.Exec(ctx, []string{"sh", "-c", `trap "" TERM; echo begun; ` + daemonUnder(m) + "sleep " + m + " & sleep " + m})
			if !bytes.Equal(out, []byte("begun\n")) || !errors.Is(err, context.Canceled) {
				t.Errorf("%q, %v", out, err)
			}
			noneAlive(t, all)
		})
		t.Run("not begun with its context", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, _, err := b.Exec(ctx, []string{"true"}); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
		if err := syscall.Kill(b.PID(), 0); err != nil {
			t.Errorf("the main process: %v", err)
		}
	})
}

// daemonUnder is shell for a process in a session of its own whose parent waits for it.
func daemonUnder(mark string) string { return "(setsid -w sleep " + mark + ") & " }

func TestExecAndTheEnd(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		b := begin(t, config(isolate, "sleep", "1000"))
		ended := make(chan error)
		go func() {
			_, code, err := b.Exec(context.Background(), []string{"sleep", m})
			if err == nil && code == 137 {
				err = os.ErrProcessDone // seen to be killed: as good
			}
			ended <- err
		}()
		marked(t, m, 1)
		b.mustSignal(t, syscall.SIGKILL)
		select {
		case err := <-ended:
			if !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("exec: %v", err)
			}
		case <-time.After(patience):
			t.Fatal("exec outlives the run")
		}
	})
}
