package nodeimage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const (
	oneHash     = "111111111111"
	anotherHash = "222222222222"
)

// content makes a fill function that writes a file.
func content(text string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o644) }
}

// names lists a folder, hidden files too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestCacheFillsOnce(t *testing.T) {
	c := cache{t.TempDir()}
	for i, want := range []struct {
		hash string
		text string
		hit  bool
	}{{oneHash, "a", false}, {oneHash, "a", true}, {anotherHash, "b", false}} {
		dir, hit, err := c.entry("kube", want.hash, false, content(want.text))
		if err != nil || hit != want.hit {
			t.Fatalf("%d: hit %t, err %v", i, hit, err)
		}
		if got, _ := os.ReadFile(filepath.Join(dir, "file")); string(got) != want.text {
			t.Errorf("%d: file holds %q", i, got)
		}
	}
	if got := names(t, c.dir); !slices.Equal(got, []string{"kube-" + anotherHash}) {
		t.Errorf("cache holds %v, want the newer entry only", got)
	}
}

func TestCacheForceReplaces(t *testing.T) {
	c := cache{t.TempDir()}
	for _, text := range []string{"old", "new"} {
		if _, hit, err := c.entry("kube", oneHash, true, content(text)); hit || err != nil {
			t.Fatal(hit, err)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(c.dir, "kube-"+oneHash, "file")); string(got) != "new" {
		t.Errorf("file holds %q", got)
	}
}

func TestCacheKeepsNothingHalfDone(t *testing.T) {
	c := cache{t.TempDir()}
	if _, _, err := c.entry("kube", oneHash, false, content("whole")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	_, _, err := c.entry("kube", anotherHash, false, func(dir string) error {
		return errors.Join(content("half")(dir), broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	if got := names(t, c.dir); !slices.Equal(got, []string{"kube-" + oneHash}) {
		t.Errorf("cache holds %v, want what it held before", got)
	}
}

func TestCacheSweepsWhatAKilledBuildLeft(t *testing.T) {
	c := cache{t.TempDir()}
	for _, name := range []string{".kube-123", ".source-kube-4", "kube-" + oneHash} {
		if err := os.Mkdir(filepath.Join(c.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.sweep(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, c.dir); !slices.Equal(got, []string{"kube-" + oneHash}) {
		t.Errorf("cache holds %v", got)
	}
}

func TestCacheLockIsOneBuilds(t *testing.T) {
	c := cache{filepath.Join(t.TempDir(), "new")}
	unlock, err := c.lock(t.Context(), func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	waited := false
	if _, err := c.lock(ctx, func() { waited = true }); !errors.Is(err, context.DeadlineExceeded) || !waited {
		t.Errorf("second lock: err %v, waited %t", err, waited)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = c.lock(t.Context(), func() { t.Error("the lock was not given back") })
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
