package kind

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/cluster"
)

// fakeMaker stands in for kind: making and deleting are what the test says.
type fakeMaker struct {
	create func() error
	delete func() error
}

func (m fakeMaker) Create(string, ...cluster.CreateOption) error { return m.create() }
func (m fakeMaker) Delete(string, string) error                  { return m.delete() }

// begun is a run that holds the lock of cluster "z" and is about to act.
func begun(t *testing.T, state string, m fakeMaker) *Provisioned {
	t.Helper()
	c := must(Config{Name: "z", Nodes: 1, Image: "node:1", StateDir: state}.withDefaults())
	s := newSite(c.StateDir, c.Name, "docker", c.Progress)
	s.maker = m
	p := &Provisioned{site: s, config: c, mark: must(newMark(c, "docker", "i")), lock: must(acquire(t.Context(), placeOf(state, "z"), "z"))}
	t.Cleanup(func() { p.lock.file.Close() })
	return p
}

func TestFailedCreationLeavesNothing(t *testing.T) {
	broken := errors.New("broken on purpose")
	for _, test := range []struct {
		name   string
		delete func(f fake) error // kind's own
		fails  string             // lines of the engine's rm
	}{
		{name: "kind deletes", delete: func(f fake) error { return os.Remove(filepath.Join(f.dir, nodeFile("z", "z-1"))) }},
		{name: "kind fails to delete", delete: func(fake) error { return broken }},
		{name: "kind says it deleted", delete: func(fake) error { return nil }},
		{name: "and the engine fails twice", delete: func(fake) error { return broken }, fails: "busy\nbusy\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, state := newFake(t, "docker"), t.TempDir()
			f.node(t, "other", "other-1", "")
			f.put(t, "fail-rm", test.fails)
			var p *Provisioned
			p = begun(t, state, fakeMaker{
				create: func() error {
					if m := must(readMark(p.site.place.mark())); m == nil || m.ID != p.mark.ID || m.Ready {
						t.Errorf("the mark at the beginning of the creation: %+v", m)
					}
					f.node(t, "z", "z-1", p.mark.ID)
					return broken
				},
				delete: func() error { return test.delete(f) },
			})
			err := p.up(t.Context(), false)
			var fault *Fault
			if !errors.Is(err, broken) || !errors.As(err, &fault) {
				t.Errorf("got %v", err)
			}
			if err := p.lock.release(); err != nil {
				t.Error(err)
			}
			if names := f.names(t); !slices.Equal(names, []string{"other-1"}) {
				t.Errorf("containers: %q", names)
			}
			if entries := must(os.ReadDir(state)); len(entries) > 0 {
				t.Errorf("left in the state directory: %v", entries)
			}
		})
	}
}

func TestFailureTellsWhyANodeStopped(t *testing.T) {
	f := newFake(t, "docker")
	var p *Provisioned
	p = begun(t, t.TempDir(), fakeMaker{
		create: func() error {
			f.add(t, "z", "z-1", p.mark.ID, true)
			f.add(t, "z", "z-2", p.mark.ID, false)
			return errors.New("broken on purpose")
		},
		delete: func() error { return nil },
	})
	err := p.up(t.Context(), false)
	if want := "node z-2 has stopped; its last words:\ntoo many open files"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
	if logs := f.calls(t, "logs"); len(logs) != 1 {
		t.Errorf("asked %q", logs)
	}
}

func TestWhatCannotBeRemovedStaysMarked(t *testing.T) {
	f, state := newFake(t, "docker"), t.TempDir()
	f.put(t, "fail-rm", strings.Repeat("busy\n", 50))
	broken := errors.New("broken on purpose")
	var p *Provisioned
	p = begun(t, state, fakeMaker{
		create: func() error { f.node(t, "z", "z-1", p.mark.ID); return broken },
		delete: func() error { return broken },
	})
	err := p.up(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "node containers are left") || !strings.Contains(err.Error(), "busy") {
		t.Errorf("got %v", err)
	}
	if err := p.lock.release(); err != nil {
		t.Error(err)
	}
	if stale := must(Stale(t.Context(), state)); !slices.Equal(stale, []string{"z"}) {
		t.Errorf("stale: %q", stale)
	}
	f.put(t, "fail-rm", "")
	if removed := must(DownStale(t.Context(), state)); !slices.Equal(removed, []string{"z"}) || len(f.names(t)) > 0 {
		t.Errorf("removed %q, left %q", removed, f.names(t))
	}
}

// TestInterruptedCreation has a creation that goes on after ctx has ended and
// makes its container only then.
func TestInterruptedCreation(t *testing.T) {
	f, state := newFake(t, "docker"), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan string, 10)
	var p *Provisioned
	p = begun(t, state, fakeMaker{
		create: func() error {
			cancel()
			<-told // that it is being waited for
			f.node(t, "z", "z-1", p.mark.ID)
			return nil
		},
		delete: func() error { return nil },
	})
	p.site.narrator.step = func(s string) { told <- s }
	if err := p.up(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if names := f.names(t); len(names) > 0 {
		t.Errorf("containers: %q", names)
	}
	if err := p.lock.release(); err != nil || exists(string(placeOf(state, "z"))) {
		t.Errorf("place is left, %v", err)
	}
}

func TestRemoveLeavesOthersAlone(t *testing.T) {
	f, state := newFake(t, "docker"), t.TempDir()
	p := begun(t, state, fakeMaker{delete: func() error { t.Error("kind was asked to delete all of that name"); return nil }})
	f.node(t, "z", "z-1", p.mark.ID)
	f.node(t, "z", "z-2", "someone's")
	f.node(t, "z", "z-3", "")
	if err := p.site.remove(t.Context(), p.mark.ID); err != nil {
		t.Fatal(err)
	}
	if names := f.names(t); !slices.Equal(names, []string{"z-2", "z-3"}) {
		t.Errorf("containers: %q", names)
	}
}

func TestUpRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(t *testing.T, f fake, state string)
		c    Config
		says string
	}{
		{
			name: "plain kind's", says: "a kind cluster named z exists and was not made by zarif",
			set: func(t *testing.T, f fake, _ string) { f.node(t, "z", "z-1", "") },
		},
		{
			name: "another zarif's", says: "made by another zarif (me on here)",
			set: func(t *testing.T, f fake, _ string) { f.node(t, "z", "z-1", "theirs") },
		},
		{name: "image not there", c: Config{Image: "none:1"}, says: "docker does not have the node image none:1", set: func(*testing.T, fake, string) {}},
		{
			name: "mark that cannot be read", says: "cannot be read",
			set: func(t *testing.T, _ fake, state string) {
				p := placeOf(state, "z")
				if err := errors.Join(os.Mkdir(string(p), 0o700), os.WriteFile(p.mark(), []byte("?"), 0o600)); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, state := newFake(t, "docker"), t.TempDir()
			f.images(t, "node:1")
			test.set(t, f, state)
			before := f.names(t)
			test.c.Name, test.c.StateDir = "z", state
			if test.c.Image == "" {
				test.c.Image = "node:1"
			}
			_, err := Up(t.Context(), test.c)
			var fault *Fault
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), test.says) || fault.Cure == "" {
				t.Errorf("got %v", err)
			}
			if after := f.names(t); !slices.Equal(before, after) {
				t.Errorf("containers %q, before %q", after, before)
			}
			if calls := append(f.calls(t, "run"), f.calls(t, "rm")...); len(calls) > 0 {
				t.Errorf("the engine was told %q", calls)
			}
			if p := placeOf(state, "z"); exists(p.lock()) && !exists(p.mark()) {
				t.Error("a lock file is left")
			}
		})
	}
}

func TestUpInUse(t *testing.T) {
	f, state := newFake(t, "docker"), t.TempDir()
	f.images(t, "node:1")
	child := play(t, "lock", string(placeOf(state, "z")))
	child.await(t, "locked")
	_, err := Up(t.Context(), Config{Name: "z", Image: "node:1", StateDir: state})
	var held *InUse
	if !errors.As(err, &held) || held.PID != child.Process.Pid {
		t.Errorf("got %v", err)
	}
}

func TestUpWithoutEngine(t *testing.T) {
	programs(t, nil)
	t.Setenv(providerVariable, "")
	state := t.TempDir()
	var fault *Fault
	if _, err := Up(t.Context(), Config{Image: "node:1", StateDir: state}); !errors.As(err, &fault) {
		t.Errorf("got %v", err)
	}
	if entries := must(os.ReadDir(state)); len(entries) > 0 {
		t.Errorf("left: %v", entries)
	}
}
