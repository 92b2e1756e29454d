package nodeimage

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestBaseIsMadeOnceAndSharedWithTheNodeImage(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	var log bytes.Buffer
	uses := 0
	use := func(archive string) error {
		uses++
		_, err := os.Stat(archive)
		return err
	}
	for range 2 {
		if err := m.build(dir, Config{}, &log).base(t.Context(), use); err != nil {
			t.Fatal(err)
		}
	}
	if built, err := m.build(dir, Config{}, &log).do(t.Context()); !built || err != nil {
		t.Fatal(built, err)
	}
	if n := m.count("unshare"); uses != 2 || n != 1 {
		t.Errorf("used %d times, made %d times, want 2 and 1", uses, n)
	}
	if !strings.Contains(log.String(), "Debian root filesystem: cached") {
		t.Errorf("progress:\n%s", &log)
	}
}

func TestBaseNeedsRootOnlyToBeMade(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	use := func(string) error { return nil }
	b := m.build(dir, Config{}, &bytes.Buffer{})
	b.root = false
	if err := b.base(t.Context(), use); err == nil || !strings.Contains(err.Error(), "sudo") {
		t.Errorf("err = %v", err)
	}
	if err := m.build(dir, Config{}, &bytes.Buffer{}).base(t.Context(), use); err != nil {
		t.Fatal(err)
	}
	if err := b.base(t.Context(), use); err != nil {
		t.Errorf("it is there: %v", err)
	}
}

func TestBaseHandsOnWhatItsUserSays(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	if err := m.build(dir, Config{}, &bytes.Buffer{}).base(t.Context(), func(string) error { return errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("err = %v", err)
	}
	// The lock was given back.
	if err := m.build(dir, Config{}, &bytes.Buffer{}).base(t.Context(), func(string) error { return nil }); err != nil {
		t.Error(err)
	}
}
