package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A folder is a results folder that this process holds: no other run writes into
// it until release. The kernel lets go of it when the process ends, however it ends.
type folder struct {
	dir  string
	held *os.File
}

// makeFolder makes a results folder, which must be new, so that no run ever adds
// to another, and holds it.
func makeFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrExist) {
		return nil, usage("--out: %s is there already; want a folder that does not exist yet", dir)
	} else if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	return holdFolder(dir)
}

// holdFolder holds a results folder that is there.
func holdFolder(dir string) (*folder, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, usage("--resume: %v; want a results folder of zarif run", err)
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		f.Close()
		return nil, fmt.Errorf("another zarif is writing into %s; cure: wait for it to end", dir)
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("hold %s: %w", dir, err)
	}
	return &folder{dir: dir, held: f}, nil
}

// goingOn holds a results folder that is there and has prepare get ready to go on with
// it; where that fails the folder is let go of.
func goingOn[T any](dir string, prepare func(*folder) (T, error)) (ready T, err error) {
	held, err := holdFolder(dir)
	if err != nil {
		return ready, err
	}
	if ready, err = prepare(held); err != nil {
		err = errors.Join(err, held.held.Close())
	}
	return ready, err
}

// release lets go. Of a run that measured nothing nothing stays.
func (f *folder) release() error {
	if _, err := os.Stat(filepath.Join(f.dir, "trials")); errors.Is(err, os.ErrNotExist) {
		os.Remove(filepath.Join(f.dir, planFile))
		os.Remove(f.dir) // only goes where nothing else was put in
	}
	return f.held.Close()
}

// writeWhole writes a file whole or not at all: whoever reads it while this
// process, or the machine, goes down finds what was there before.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	out := bufio.NewWriter(f)
	err = write(out)
	for _, step := range []func() error{out.Flush, f.Sync, func() error { return f.Chmod(0o644) }, f.Close} {
		if stepErr := step(); err == nil {
			err = stepErr
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
