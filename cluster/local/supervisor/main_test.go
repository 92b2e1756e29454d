package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// role is the variable that makes the test binary something else than the tests.
const role = "ZARIF_TEST_ROLE"

// patience bounds every wait; the machine may be busy.
const patience = 30 * time.Second

// TestMain lets the test binary be the supervisor, a program to run, and a parent to kill.
func TestMain(m *testing.M) {
	// The race detector makes every process sleep for a second at its end, supervisors too.
	environment = append(environment, "GORACE=atexit_sleep_ms=0")
	if args := os.Args[1:]; IsMode(args) {
		os.Exit(Main(args))
	}
	switch os.Getenv(role) {
	case "idle": // a Go program without a handler
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "parent":
		parent()
	}
	if runtime.GOOS != "linux" {
		fmt.Println("not tested here: the tests find processes in Linux's /proc")
		return
	}
	os.Exit(m.Run())
}

// both runs a test with and without a PID namespace.
func both(t *testing.T, test func(t *testing.T, isolate bool)) {
	t.Run("beside", func(t *testing.T) { t.Parallel(); test(t, false) })
	t.Run("isolated", func(t *testing.T) { t.Parallel(); needsIsolation(t); test(t, true) })
}

func needsIsolation(t *testing.T) {
	t.Helper()
	switch err := isolationHere(); {
	case errors.Is(err, errors.ErrUnsupported):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
}

var isolationHere = sync.OnceValue(func() error {
	return Isolation(context.Background(), self())
})

// self is the test binary. /proc/self/exe would not be the same for a supervisor.
func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

func config(isolate bool, argv ...string) Config {
	return Config{Binary: self(), Argv: argv, Env: []string{"PATH=" + os.Getenv("PATH")}, Isolate: isolate}
}

// box is a run with the read end of its output.
type box struct {
	*Run
	out *bufio.Reader
}

// begin starts a run that ends with the test.
func begin(t *testing.T, c Config) *box {
	t.Helper()
	b, err := tryBegin(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tryBegin(t *testing.T, c Config) (*box, error) {
	t.Helper()
	out, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	out.SetReadDeadline(time.Now().Add(patience))
	c.Output = theirs
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := Start(ctx, c)
	if _, err := theirs.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Start left its output open: %v", err)
	}
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { r.Close() })
	return &box{Run: r, out: bufio.NewReader(out)}, nil
}

// line reads one line of output.
func (b *box) line(t *testing.T) string {
	t.Helper()
	line, err := b.out.ReadString('\n')
	if err != nil {
		t.Fatalf("no line of output: %q, %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (b *box) expect(t *testing.T, want string) {
	t.Helper()
	if got := b.line(t); got != want {
		t.Fatalf("output %q, want %q", got, want)
	}
}

func (b *box) ends(t *testing.T) Exit {
	t.Helper()
	select {
	case <-b.Done():
	case <-time.After(patience):
		t.Fatal("the run does not end")
	}
	return b.Exit()
}

func (b *box) mustSignal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := b.Signal(sig); err != nil {
		t.Fatalf("signal %v: %v", sig, err)
	}
}

// mark is a number of seconds to sleep that no other process on the machine has.
func mark() string {
	return strconv.Itoa(1_000_000_000 + os.Getpid()*1000 + int(marks.Add(1)))
}

var marks atomic.Int64

// marked waits for n processes with the mark as an argument.
func marked(t *testing.T, mark string, n int) []process {
	t.Helper()
	var found []process
	await(t, fmt.Sprintf("%d processes sleeping for %s", n, mark), func() bool {
		found = nil
		for _, p := range processes() {
			cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
			if strings.HasPrefix(string(cmdline), "sleep\x00"+mark) {
				found = append(found, p)
			}
		}
		return len(found) == n
	})
	return found
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !done(); time.Sleep(4 * time.Millisecond) { // a look at all processes takes that long, too
		if time.Now().After(until) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

// here is the process of a pid of ours.
func here(t *testing.T, pid int) process {
	t.Helper()
	p, ok := readProcess(pid)
	if !ok {
		t.Fatalf("no process %d", pid)
	}
	return p
}

// daemon is shell that leaves a process behind which has left its parent, its group and
// its session.
func daemon(mark string) string {
	return fmt.Sprintf("(setsid sleep %s >/dev/null 2>&1 &); ", mark)
}
