package flock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestOnlyOneHasIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made", "lock")
	release, err := Take(t.Context(), file, func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	waited := 0
	if _, err := Take(short, file, func() { waited++ }); !errors.Is(err, context.DeadlineExceeded) || waited != 1 {
		t.Errorf("second: err %v, told %d times that it waits", err, waited)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := Take(t.Context(), file, func() { t.Error("it was not given back") })
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

func TestAWaiterGetsItsTurn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	release, err := Take(t.Context(), file, func() {})
	if err != nil {
		t.Fatal(err)
	}
	turn, err := Take(t.Context(), file, func() {
		if err := release(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := turn(); err != nil {
		t.Error(err)
	}
}
