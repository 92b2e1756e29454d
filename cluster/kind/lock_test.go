package kind

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLockIsHeldAndFreedByTheKernel(t *testing.T) {
	p := placeOf(t.TempDir(), "held")
	child := play(t, "lock", string(p))
	child.await(t, "locked")
	var held *InUse
	if _, err := acquire(t.Context(), p, "held"); !errors.As(err, &held) || held.PID != child.Process.Pid || held.Name != "held" {
		t.Fatalf("got %v, want it in use by %d", err, child.Process.Pid)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	l, err := acquire(t.Context(), p, "held")
	if err != nil {
		t.Fatalf("after SIGKILL of its holder: %v", err)
	}
	if holder(p) != os.Getpid() {
		t.Errorf("the holder is %d", holder(p))
	}
	if err := l.release(); err != nil {
		t.Error(err)
	}
	if exists(string(p)) {
		t.Error("an empty place is left")
	}
}

func TestLockOutlivesALook(t *testing.T) {
	p := placeOf(t.TempDir(), "looked-at")
	looking := must(tryLock(p))
	time.AfterFunc(50*time.Millisecond, func() { looking.file.Close() })
	l, err := acquire(t.Context(), p, "looked-at")
	if err != nil {
		t.Fatal(err)
	}
	l.release()
}

// TestLockAlone has many takers of a lock whose file is removed at each release:
// two at a time would mean that one of them locked a removed file.
func TestLockAlone(t *testing.T) {
	p := placeOf(t.TempDir(), "alone")
	var inside, most int
	var guard sync.Mutex
	var takers sync.WaitGroup
	for range 8 {
		takers.Go(func() {
			for range 50 {
				l, err := tryLock(p)
				if errors.Is(err, unix.EWOULDBLOCK) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				guard.Lock()
				inside++
				most = max(most, inside)
				guard.Unlock()
				guard.Lock()
				inside--
				guard.Unlock()
				if err := l.release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	takers.Wait()
	if most != 1 {
		t.Errorf("%d held it at a time", most)
	}
}

func TestReleaseKeepsWhatIsMarked(t *testing.T) {
	p := placeOf(t.TempDir(), "kept")
	l := must(acquire(t.Context(), p, "kept"))
	if err := must(newMark(Config{Name: "kept"}, "docker", "i")).write(p.mark()); err != nil {
		t.Fatal(err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(p.mark()); err != nil || m == nil || m.Name != "kept" {
		t.Errorf("got %+v, %v", m, err)
	}
}

// TestStragglers has a process that outlives its starter's interest, as the
// engine's program does when zarif is killed while kind makes containers.
func TestStragglers(t *testing.T) {
	p := place(t.TempDir())
	end, err := holdForStragglers(p)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command("/bin/sleep", "600")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	end()
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := awaitStragglers(short, p); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a straggler alive: %v", err)
	}
	child.Process.Kill()
	child.Wait()
	if err := awaitStragglers(t.Context(), p); err != nil {
		t.Errorf("after its end: %v", err)
	}
	if err := awaitStragglers(t.Context(), place(filepath.Join(t.TempDir(), "none"))); err != nil {
		t.Errorf("nothing was ever made: %v", err)
	}
}

func TestLaterProcessesAreNoStragglers(t *testing.T) {
	p := place(t.TempDir())
	end, err := holdForStragglers(p)
	if err != nil {
		t.Fatal(err)
	}
	end()
	child := exec.Command("/bin/sleep", "600")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		child.Process.Kill()
		child.Wait()
	}()
	if err := awaitStragglers(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestUnwritableState(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var fault *Fault
	if _, err := acquire(t.Context(), placeOf(file, "x"), "x"); !errors.As(err, &fault) || fault.Cure == "" {
		t.Errorf("got %v", err)
	}
}
