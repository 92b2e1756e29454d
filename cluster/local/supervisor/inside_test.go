package supervisor

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// status is a line of /proc/<pid>/status.
func status(t *testing.T, pid int, name string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no %s in the status of process %d", name, pid)
	return ""
}

// libcSignals are 32 and 33, in the form of a status. glibc keeps them to itself, and
// its posix_spawn, which make uses, leaves them ignored in every child and its
// children (sysdeps/unix/sysv/linux/spawni.c); no program can set them otherwise.
const libcSignals = 1<<31 | 1<<32

// A container has what it was given, and nothing of zarif's.
func TestInheritsNothing(t *testing.T) {
	leaked, err := syscall.Dup(2) // without close-on-exec, as from a make with a job server
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(leaked) })
	both(t, func(t *testing.T, isolate bool) {
		m := mark()
		c := config(isolate, "sleep", m)
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "ODD=\xff\xfe=x\ny", "EMPTY="}
		b := begin(t, c)
		marked(t, m, 1)
		for _, pid := range []int{b.PID(), execPID(t, b)} {
			// It opens others itself, for a moment, to load its libraries.
			await(t, fmt.Sprintf("process %d to have three files alone", pid), func() bool { return slices.Equal(files(t, pid), []string{"0", "1", "2"}) })
			if stdin, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", pid)); stdin != os.DevNull {
				t.Errorf("stdin is %s", stdin)
			}
			env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
			if want := strings.Join(c.Env, "\x00") + "\x00"; string(env) != want {
				t.Errorf("environment %q, want %q", env, want)
			}
			for _, set := range []string{"SigIgn", "SigBlk"} {
				v, err := strconv.ParseUint(status(t, pid, set), 16, 64)
				if err != nil || v&^libcSignals != 0 {
					t.Errorf("process %d: %s %x, %v", pid, set, v, err)
				}
			}
			for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
				got, want := status(t, pid, set), status(t, os.Getpid(), set)
				if got != want && !(set == "CapBnd" && os.Geteuid() != 0) { // a user namespace has its own bounds
					t.Errorf("process %d: %s %s, and here %s", pid, set, got, want)
				}
			}
			if flags := fileFlags(t, pid, 1); flags&syscall.O_NONBLOCK != 0 {
				t.Errorf("process %d: stdout is non-blocking", pid)
			}
		}
	})
}

// execPID is a process that was started by Exec.
func execPID(t *testing.T, b *box) int {
	t.Helper()
	m := mark()
	go b.Exec(t.Context(), []string{"sleep", m})
	return marked(t, m, 1)[0].pid
}

func files(t *testing.T, pid int) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func fileFlags(t *testing.T, pid, fd int) (flags int) {
	t.Helper()
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(info), "flags:")
	if _, err := fmt.Sscanf(rest, "%o", &flags); err != nil {
		t.Fatal(err)
	}
	return flags
}

// /proc shows an isolated run's own processes, to its main process and to an exec.
func TestOwnProc(t *testing.T) {
	needsIsolation(t)
	const script = `for p in /proc/[0-9]*; do read pid rest < $p/stat; echo $pid $rest; done 2>/dev/null | grep -c . ; readlink /proc/self >/dev/null; echo $$; cat /proc/1/comm`
	b := begin(t, config(true, "sh", "-c", script+"; sleep 1000"))
	for _, c := range []struct{ what, got string }{
		{"main", b.line(t) + "\n" + b.line(t) + "\n" + b.line(t)},
		{"exec", execOutput(t, b, "sh", "-c", script)},
	} {
		lines := strings.Split(strings.TrimSpace(c.got), "\n")
		if len(lines) != 3 || lines[2] != "sh" {
			t.Fatalf("%s: %q", c.what, c.got)
		}
		var n int
		if fmt.Sscan(lines[0], &n); n < 1 || n > 6 {
			t.Errorf("%s sees %d processes", c.what, n)
		}
	}
	outside, err := os.ReadFile("/proc/1/comm")
	if err != nil || string(outside) == "sh\n" {
		t.Errorf("the machine's /proc has process 1 as %q, %v", outside, err)
	}
}

func execOutput(t *testing.T, b *box, argv ...string) string {
	t.Helper()
	out, code, err := b.Exec(t.Context(), argv)
	if code != 0 || err != nil {
		t.Fatalf("%q: %q, %d, %v", argv, out, code, err)
	}
	return string(out)
}

// Root needs no user namespace, all others do: the same tests as one of them.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the tests run as an ordinary user already")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	binary, copied := filepath.Join(dir, "tests"), filepath.Join(dir, "tmp")
	if err := os.Mkdir(copied, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(copied, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	copyFile(t, self(), binary)
	cmd := exec.Command(binary, "-test.v", "-test.run=^Test(Exit|NoHandler|MainEndsAll|CloseEndsAll|SupervisorKilled|ParentKilled|ExecIsInTheContainer|ExecEnds|StartErrors|InheritsNothing|OwnProc)$")
	cmd.Dir, cmd.Env = "/", append(os.Environ(), "TMPDIR="+copied, "HOME="+copied)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	} else if !strings.Contains(string(out), "--- PASS: TestOwnProc") {
		t.Logf("%s", out)
		t.Skip("no isolation for ordinary users here")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
}
