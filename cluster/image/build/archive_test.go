package build

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"zarif/cluster"
)

func TestAnArchiveHoldsBothNamesAndIsSavedOnce(t *testing.T) {
	f := newFake(t)
	img := app("one", "1")
	a, err := f.builder(t).Archive(t.Context(), img) // builds it
	if err != nil {
		t.Fatal(err)
	}
	if rest, ok := strings.CutPrefix(a.Exact, img.Reference()+"-"); !ok || len(rest) != 12 {
		t.Errorf("exact name %s", a.Exact)
	}
	var nodes sync.WaitGroup
	var archives [3]bytes.Buffer
	for i := range archives {
		nodes.Go(func() {
			if err := a.Write(t.Context(), &archives[i]); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	for i := range archives {
		if got, want := archives[i].String(), "archive of docker.io/"+img.Reference()+" docker.io/"+a.Exact+"\n"; got != want {
			t.Errorf("node %d got %q, want %q", i, got, want)
		}
	}
	if n := len(f.calls(t, "save ")); n != 1 {
		t.Errorf("saved %d times", n)
	}
	if left := f.left(t); len(left) > 0 {
		t.Errorf("a run that is killed now leaves %q", left)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnArchiveThatNobodyNeedsIsNotSaved(t *testing.T) {
	f := newFake(t)
	a, err := f.builder(t).Archive(t.Context(), app("one", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil || len(f.calls(t, "save ")) > 0 {
		t.Errorf("%v, calls %q", err, f.calls(t, "save "))
	}
}

func TestAnImageThatIsBuiltAnewHasAnotherExactName(t *testing.T) {
	f := newFake(t)
	img := app("one", "1")
	first, err := f.builder(t).Archive(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	same, err := f.builder(t).Archive(t.Context(), img)
	if err != nil || same.Exact != first.Exact {
		t.Errorf("another run: %s, want %s, %v", same.Exact, first.Exact, err)
	}
	f.forget(t, img.Reference())
	second, err := f.builder(t).Archive(t.Context(), img)
	if err != nil || second.Exact == first.Exact {
		t.Errorf("anew: still %s, %v", second.Exact, err)
	}
}

func TestArchivesThatCannotBe(t *testing.T) {
	f := newFake(t)
	if _, err := f.builder(t).Archive(t.Context(), cluster.Image{Name: "zarif/goapp"}); err == nil {
		t.Error("an archive of an image that is not built")
	}
	f.put(t, "fail-save", "no space left")
	a, err := f.builder(t).Archive(t.Context(), app("one", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Write(t.Context(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("err = %v", err)
	}
	if err := a.Close(); err != nil || len(f.left(t)) > 0 {
		t.Errorf("left %q, %v", f.left(t), err)
	}
}
