package kind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPatience covers those who hold a lock only to look at it.
const lockPatience = time.Second

// InUse means that another run holds the cluster.
type InUse struct {
	Name string
	PID  int // 0: unknown
}

func (e *InUse) Error() string {
	by := "another run"
	if e.PID != 0 {
		by += fmt.Sprintf(" (pid %d)", e.PID)
	}
	return fmt.Sprintf("cluster %s is in use by %s; cure: wait for it, or use another name (--cluster-name)", e.Name, by)
}

// A lock keeps a cluster to one process. The kernel lets go of it when that
// process ends, however it ends.
type lock struct {
	file  *os.File
	place place
}

// acquire takes the lock of a cluster, or fails with *InUse.
func acquire(ctx context.Context, p place, name string) (*lock, error) {
	patience, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		l, err := tryLock(p)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return l, err
		}
		select {
		case <-again.C:
		case <-patience.Done():
			if ctx.Err() != nil {
				return nil, fmt.Errorf("lock cluster %s: %w", name, ctx.Err())
			}
			return nil, &InUse{Name: name, PID: holder(p)}
		}
	}
}

// tryLock fails with EWOULDBLOCK where the lock is held, or just went away.
func tryLock(p place) (*lock, error) {
	err := os.MkdirAll(string(p), 0o700)
	if errors.Is(err, os.ErrExist) && !exists(string(p)) {
		return nil, unix.EWOULDBLOCK // whoever held it removed the directory meanwhile
	}
	if err != nil {
		return nil, &Fault{What: "zarif's state cannot be kept", Cure: "make the directory writable, or set XDG_STATE_HOME", Err: err}
	}
	f, err := os.OpenFile(p.lock(), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, unix.EWOULDBLOCK // the same, a moment later
	}
	if err != nil {
		return nil, &Fault{What: "zarif's state cannot be kept", Cure: "make the directory writable, or set XDG_STATE_HOME", Err: err}
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", p.lock(), err)
	}
	l := &lock{file: f, place: p}
	if !l.current() { // we locked a file that its last holder removed
		f.Close()
		return nil, unix.EWOULDBLOCK
	}
	return l, l.sign()
}

func (l *lock) current() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.place.lock())
	return err == nil && os.SameFile(ours, there)
}

type signature struct {
	PID int `json:"pid"`
}

func (l *lock) sign() error {
	data, err := json.Marshal(signature{PID: os.Getpid()})
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(data, 0)
	}
	if err != nil {
		l.file.Close()
		return fmt.Errorf("sign %s: %w", l.place.lock(), err)
	}
	return nil
}

func holder(p place) int {
	var s signature
	data, err := os.ReadFile(p.lock())
	if err != nil || json.Unmarshal(data, &s) != nil {
		return 0
	}
	return s.PID
}

// release lets go. The directory of a cluster that is no more goes with it.
func (l *lock) release() error {
	if !exists(l.place.mark()) {
		err := errors.Join(l.place.clear(), drop(l.place.lock(), string(l.place)))
		if err != nil && !errors.Is(err, unix.ENOTEMPTY) { // not empty: the next run is in it already
			l.file.Close()
			return err
		}
	}
	return l.file.Close()
}

// holdForStragglers makes every process that is started from now on, until end
// is called, hold on to a second lock for as long as it lives. kind makes
// containers by running the engine's program: one that outlives us may make
// another container after we, or whoever cleans up after us, looked.
func holdForStragglers(p place) (end func(), err error) {
	f, err := os.OpenFile(p.stragglers(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep track of kind's processes: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
		f.Close()
		return nil, fmt.Errorf("keep track of kind's processes: %w", err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil { // inherited across exec
		f.Close()
		return nil, fmt.Errorf("keep track of kind's processes: %w", err)
	}
	return func() { f.Close() }, nil
}

// awaitStragglers waits until the processes of a creation have ended.
func awaitStragglers(ctx context.Context, p place) error {
	f, err := os.OpenFile(p.stragglers(), os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wait for kind's processes: %w", err)
	}
	defer f.Close()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("processes that kind started are still running: %w", ctx.Err())
		}
	}
}
