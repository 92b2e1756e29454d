package kind

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// leave writes the mark and, where it has containers, the nodes of a cluster as
// an earlier run left it.
func leave(t *testing.T, f fake, state, name string, containers int, change func(*Mark)) *Mark {
	t.Helper()
	m := must(newMark(Config{Name: name, Image: "node:1", Nodes: 1}, "docker", "i"))
	m.Ready = true
	if change != nil {
		change(m)
	}
	p := placeOf(state, name)
	if err := errors.Join(os.MkdirAll(string(p), 0o700), m.write(p.mark()), os.WriteFile(p.lock(), []byte(`{"pid":1}`), 0o600),
		os.WriteFile(p.kubeconfig()+".lock", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for i := range containers {
		f.node(t, name, name+"-"+string(rune('1'+i)), m.ID)
	}
	return m
}

// crowd leaves one cluster of every kind behind.
func crowd(t *testing.T) (f fake, state string) {
	f, state = newFake(t, "docker"), t.TempDir()
	leave(t, f, state, "kept", 1, func(m *Mark) { m.Kept = true })
	leave(t, f, state, "killed", 1, nil)
	leave(t, f, state, "half", 1, func(m *Mark) { m.Kept, m.Ready = true, false })
	leave(t, f, state, "only-mark", 0, func(m *Mark) { m.Ready = false })
	leave(t, f, state, "elsewhere", 1, func(m *Mark) { m.Host = "another" })
	leave(t, f, state, "taken-over", 0, nil)
	f.node(t, "taken-over", "taken-over-1", "")
	leave(t, f, state, "running", 1, nil)
	child := play(t, "lock", string(placeOf(state, "running")))
	child.await(t, "locked")
	f.node(t, "plain", "plain-1", "")
	if p := placeOf(state, "only-lock"); errors.Join(os.Mkdir(string(p), 0o700), os.WriteFile(p.lock(), nil, 0o600)) != nil {
		t.Fatal(p)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(state, "unrelated"), 0o700), os.WriteFile(filepath.Join(state, "unrelated", "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	return f, state
}

func TestClusters(t *testing.T) {
	_, state := crowd(t)
	got := map[string]State{}
	for _, c := range must(Clusters(t.Context(), state)) {
		got[c.Name] = c.State
		if (c.State == StateInUse) != (c.PID != 0) {
			t.Errorf("%s is %s with pid %d", c.Name, c.State, c.PID)
		}
		if c.State == StateForeign && (c.Detail == "" || c.Kubeconfig != "") {
			t.Errorf("%+v", c)
		}
	}
	want := map[string]State{
		"kept": StateKept, "killed": StateStale, "half": StateStale, "only-mark": StateStale, "only-lock": StateStale,
		"elsewhere": StateForeign, "taken-over": StateForeign, "plain": StateForeign, "running": StateInUse,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestClustersWithoutAnEngine(t *testing.T) {
	_, state := crowd(t)
	programs(t, nil)
	all, err := Clusters(t.Context(), state)
	var fault *Fault
	if !errors.As(err, &fault) || len(all) != 8 { // all but "plain"
		t.Errorf("%d clusters, %v", len(all), err)
	}
	if removed, err := DownStale(t.Context(), state); err == nil || len(removed) > 0 {
		t.Errorf("without an engine nothing can be known to be gone: %v, %v", removed, err)
	}
}

func TestDownStale(t *testing.T) {
	f, state := crowd(t)
	removed, err := DownStale(t.Context(), state)
	if want := []string{"half", "killed", "only-lock", "only-mark"}; err != nil || !slices.Equal(removed, want) {
		t.Errorf("got %q, %v; want %q", removed, err, want)
	}
	if want := []string{"elsewhere-1", "kept-1", "plain-1", "running-1", "taken-over-1"}; !slices.Equal(f.names(t), want) {
		t.Errorf("containers %q, want %q", f.names(t), want)
	}
	left := must(places(state))
	if want := []string{"elsewhere", "kept", "running", "taken-over"}; !slices.Equal(left, want) {
		t.Errorf("places %q, want %q", left, want)
	}
	for _, name := range removed {
		if exists(string(placeOf(state, name))) {
			t.Errorf("%s is left in the state directory", name)
		}
	}
	if again := must(DownStale(t.Context(), state)); len(again) > 0 {
		t.Errorf("again: %q", again)
	}
}

// TestDownStaleInTheMaking has a process that was killed while the engine was
// making its containers.
func TestDownStaleInTheMaking(t *testing.T) {
	f, state := newFake(t, "docker"), t.TempDir()
	leave(t, f, state, "z", 2, func(m *Mark) { m.Ready = false })
	f.unborn(t, "z-1", 7)
	if removed, err := DownStale(t.Context(), state); err != nil || !slices.Equal(removed, []string{"z"}) {
		t.Errorf("got %q, %v", removed, err)
	}
	if names := f.names(t); len(names) > 0 || exists(string(placeOf(state, "z"))) {
		t.Errorf("left: %q", names)
	}
}

func TestDown(t *testing.T) {
	for _, test := range []struct{ name, says string }{
		{name: "kept"},
		{name: "killed"},
		{name: "half"},
		{name: "only-mark"},
		{name: "running", says: "is in use by another run (pid "},
		{name: "elsewhere", says: "another machine (another)"},
		{name: "taken-over", says: "was not made by zarif"},
		{name: "plain", says: "was not made by zarif"},
		{name: "none", says: "there is no cluster named none"},
		{name: "..", says: "cluster name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, state := crowd(t)
			before := f.names(t)
			err := Down(t.Context(), state, test.name)
			after := f.names(t)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) || !slices.Equal(before, after) {
					t.Errorf("got %v; containers %q", err, after)
				}
				return
			}
			if err != nil || slices.Contains(after, test.name+"-1") || exists(string(placeOf(state, test.name))) {
				t.Errorf("got %v; containers %q", err, after)
			}
			if len(before)-len(after) > 1 {
				t.Errorf("more than it is gone: %q", after)
			}
		})
	}
}
