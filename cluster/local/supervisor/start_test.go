package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "nonsense": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\x01\x02"), mode); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name   string
		change func(*Config)
		is     error
		says   string
	}{
		{"not in PATH", func(c *Config) { c.Argv[0] = "no-such-program" }, fs.ErrNotExist, `"no-such-program": look it up in PATH`},
		{"no file", func(c *Config) { c.Argv[0] = "/no/such/program" }, fs.ErrNotExist, "execute /no/such/program"},
		{"not executable", func(c *Config) { c.Argv[0] = "./plain" }, fs.ErrPermission, "execute ./plain"},
		{"not executable in PATH", func(c *Config) { c.Argv[0] = "plain"; c.Env = []string{"PATH=" + dir} }, fs.ErrPermission, "look it up in PATH"},
		{"not a program", func(c *Config) { c.Argv[0] = "./nonsense" }, syscall.ENOEXEC, "execute ./nonsense"},
		{"a folder", func(c *Config) { c.Argv[0] = "/" }, fs.ErrPermission, "execute /"},
		{"no working directory", func(c *Config) { c.Dir = "/no/such/dir" }, fs.ErrNotExist, "enter directory /no/such/dir"},
		{"a file as working directory", func(c *Config) { c.Dir = self() }, syscall.ENOTDIR, "enter directory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, isolate bool) {
				conf := config(isolate, "sleep", "1000")
				conf.Dir = dir
				c.change(&conf)
				_, err := tryBegin(t, conf)
				var start *StartError
				if !errors.As(err, &start) || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v; want a StartError that is %v and says %q", err, c.is, c.says)
				}
			})
		})
	}
}

func TestStartWithoutSupervisor(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c := config(isolate, "true")
		c.Binary = "/no/such/supervisor"
		_, err := tryBegin(t, c)
		if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), c.Binary) {
			t.Errorf("%v", err)
		}
		c.Binary = "/bin/true"
		if _, err := tryBegin(t, c); err == nil {
			t.Error("a program that is no supervisor started a run")
		}
	})
}

func TestValidate(t *testing.T) {
	whole := Config{Binary: "/b", Argv: []string{"true"}, Output: os.Stdout}
	if err := whole.Validate(); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*Config){
		"Binary": func(c *Config) { c.Binary = "" },
		"Argv":   func(c *Config) { c.Argv = nil },
		"Output": func(c *Config) { c.Output = nil },
	} {
		c := whole
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

func TestLargeEnvironment(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c := config(isolate, "sh", "-c", "echo $((${#V0}+${#V49}))")
		for i := range 50 {
			c.Env = append(c.Env, fmt.Sprintf("V%d=%s", i, strings.Repeat("x", 20_000)))
		}
		begin(t, c).expect(t, "40000")
	})
}

func TestModes(t *testing.T) {
	for _, args := range [][]string{nil, {"serve"}, {modeRun, modeRun}, {"-h"}} {
		if IsMode(args) {
			t.Errorf("%q is a mode", args)
		}
	}
	for _, mode := range modes {
		if !IsMode([]string{mode}) {
			t.Errorf("%q is no mode", mode)
		}
	}
}

// A start that is given up at any moment leaves nothing.
func TestStartGivenUp(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		for delay := time.Duration(0); delay < 20*time.Millisecond; delay += time.Millisecond {
			_, theirs, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			c := config(isolate, "sleep", m)
			c.Output = theirs
			ctx, cancel := context.WithTimeout(t.Context(), delay)
			r, err := Start(ctx, c)
			switch {
			case err == nil:
				err = r.Close()
			case errors.Is(err, context.DeadlineExceeded):
				err = nil
			}
			cancel()
			if err != nil {
				t.Errorf("given up after %s: %v", delay, err)
			}
		}
		marked(t, m, 0)
	})
}
