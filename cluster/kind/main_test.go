package kind

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleVariable makes this test binary play another part than that of the tests.
const roleVariable = "ZARIF_KIND_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		os.Exit(m.Run())
	case "lock":
		os.Exit(playLock())
	case "up":
		os.Exit(playUp())
	}
	fmt.Fprintln(os.Stderr, "unknown role")
	os.Exit(2)
}

// playLock takes a cluster's lock, says so, and holds it until it is killed.
func playLock() int {
	if _, err := acquire(context.Background(), place(os.Args[1]), "held"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("locked")
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// playUp makes a cluster as zarif does: SIGINT ends its context.
func playUp() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var c Config
	if err := json.Unmarshal([]byte(os.Args[1]), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c.Progress = func(step string) { fmt.Println(step) }
	p, err := Up(ctx, c)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("up")
	io.Copy(io.Discard, os.Stdin)
	if err := p.Close(ctx); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// player is a child in a role.
type player struct {
	*exec.Cmd
	lines chan string // closed at its end
}

// play starts this binary in a role, in a process group of its own.
func play(t *testing.T, role string, args ...string) *player {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // ends with us
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &player{Cmd: cmd, lines: make(chan string, 1000)}
	go func() {
		defer close(p.lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			p.lines <- in.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return p
}

// await returns once the child has written a line that begins with prefix.
func (p *player) await(t *testing.T, prefix string) {
	t.Helper()
	limit := time.After(5 * time.Minute)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("the child ended without saying %q", prefix)
			}
			t.Logf("child: %s", line)
			if strings.HasPrefix(line, prefix) {
				return
			}
		case <-limit:
			t.Fatalf("the child did not say %q", prefix)
		}
	}
}
