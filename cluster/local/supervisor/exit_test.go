package supervisor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"zarif/fixtures/pythontest"
)

func TestExit(t *testing.T) {
	cases := []struct {
		name   string
		script string
		sig    syscall.Signal // 0: none
		code   int
		by     syscall.Signal
	}{
		{"zero", "echo ready", 0, 0, 0},
		{"code", "echo ready; exit 7", 0, 7, 0},
		{"largest code", "echo ready; exit 255", 0, 255, 0},
		{"handler's code", `trap "exit 3" TERM; echo ready; while :; do sleep 0.01; done`, syscall.SIGTERM, 3, 0},
		{"killed", "echo ready; exec sleep 1000", syscall.SIGKILL, 137, syscall.SIGKILL},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, isolate bool) {
				began := time.Now()
				b := begin(t, config(isolate, "sh", "-c", c.script))
				b.expect(t, "ready")
				if c.sig != 0 {
					b.mustSignal(t, c.sig)
				}
				e := b.ends(t)
				if e.Code != c.code || e.Signal != c.by || e.Err != nil {
					t.Errorf("exit %+v, want code %d, signal %d", e, c.code, int(c.by))
				}
				if e.At.Before(began) || e.At.After(time.Now()) {
					t.Errorf("ended at %v, outside of the run's time from %v", e.At, began)
				}
			})
		})
	}
}

// What a signal does without a handler depends on being PID 1.
func TestNoHandler(t *testing.T) {
	cases := []struct {
		name             string
		argv             func(t *testing.T) []string
		role             string
		beside, isolated int // exit code after SIGTERM; 0: it lives on
	}{
		{"sh", func(*testing.T) []string { return []string{"sh", "-c", "echo ready; while :; do sleep 0.01; done"} }, "", 143, 0},
		{"python", func(t *testing.T) []string {
			return []string{pythontest.Interpreter(t), "-IS", "-c", "import time\nprint('ready', flush=True)\ntime.sleep(1000)"}
		}, "", 143, 0},
		{"go", func(*testing.T) []string { return []string{self()} }, "idle", 143, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, isolate bool) {
				conf := config(isolate, c.argv(t)...)
				conf.Env = append(conf.Env, role+"="+c.role)
				b := begin(t, conf)
				b.expect(t, "ready")
				b.mustSignal(t, syscall.SIGTERM)
				want := c.beside
				if isolate {
					want = c.isolated
				}
				if want == 0 {
					await(t, "the signal to be taken", func() bool { return strings.Trim(status(t, b.PID(), "ShdPnd"), "0") == "" })
					want = 137 // the code would be that of the first signal that kills
					b.mustSignal(t, syscall.SIGKILL)
				}
				if e := b.ends(t); e.Code != want {
					t.Errorf("exit code %d, want %d", e.Code, want)
				}
			})
		})
	}
}

func TestSignalAfterEnd(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		b := begin(t, config(isolate, "sh", "-c", "exit 0"))
		b.ends(t)
		if err := b.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("Signal: %v", err)
		}
		if err := b.Signal(0); err == nil || errors.Is(err, os.ErrProcessDone) {
			t.Errorf("Signal(0): %v", err)
		}
		for range 2 {
			if err := b.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if e := b.Exit(); e.Code != 0 || e.Err != nil {
			t.Errorf("exit %+v after Close", e)
		}
	})
}

// Of a process group in a terminal, only zarif is meant by Ctrl-C.
func TestSupervisorIsDeaf(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		b := begin(t, config(isolate, "sh", "-c", "read line; sleep 1000"))
		for _, p := range supervisors(t, b) {
			if p.session != p.pid {
				t.Errorf("supervisor %d is in session %d", p.pid, p.session)
			}
			for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
				if err := syscall.Kill(p.pid, sig); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, code, err := b.Exec(t.Context(), []string{"true"}); code != 0 || err != nil {
			t.Errorf("exec afterwards: %d, %v", code, err)
		}
		if p := here(t, b.PID()); p.session != p.pid {
			t.Errorf("the main process is in session %d", p.session)
		}
	})
}

// supervisors are the processes above the main one, up to this one.
func supervisors(t *testing.T, b *box) (chain []process) {
	t.Helper()
	for p := here(t, here(t, b.PID()).parent); p.pid != os.Getpid(); p = here(t, p.parent) {
		chain = append(chain, p)
	}
	return chain
}

// The output belongs to the run's processes alone.
func TestOutputEndsWithItsWriters(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		b := begin(t, config(isolate, "sh", "-c", "echo last; exec sleep 1000 >/dev/null 2>&1"))
		b.expect(t, "last")
		if _, err := b.out.ReadByte(); err != io.EOF {
			t.Errorf("after the last writer: %v", err)
		}
		if err := syscall.Kill(b.PID(), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestOutputIsComplete(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		const lines = 20_000
		b := begin(t, config(isolate, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done; echo err >&2"))
		all, err := io.ReadAll(b.out)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(all, []byte("\n")); n != lines+1 || !bytes.HasSuffix(all, []byte("\nline 20000\nerr\n")) {
			t.Errorf("%d lines, the end is %q", n, all[max(0, len(all)-30):])
		}
		b.ends(t)
	})
}
