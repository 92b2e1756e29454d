package build

import (
	"slices"
	"strings"
	"testing"

	"zarif/cluster"
)

func TestWhatWasBuilt(t *testing.T) {
	f := newFake(t)
	one, two, broken := app("one", "1"), app("two", "2"), app("broken", "3")
	one.Build.Versions = "echo 'Python   3.11.2'; echo; echo uvicorn 0.54.0"
	broken.Build.Versions = "echo Python 3.11.2; exit 3"
	b := f.builder(t)
	all := []cluster.Image{one, two, broken, {Name: "zarif/plain"}, one}
	if _, err := b.Ensure(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	built, err := b.Built(t.Context(), all...)
	if err != nil || len(built) != 3 {
		t.Fatalf("%+v, %v", built, err)
	}
	for i, img := range []cluster.Image{one, two, broken} {
		if m := built[i]; m.Reference != img.Reference() || !strings.HasPrefix(m.ID, "sha256:") ||
			!strings.HasPrefix(m.Base, "zarif/base:bookworm-debootstrap-") || !strings.HasPrefix(m.BaseID, "sha256:") {
			t.Errorf("%s was built as %+v", img.Name, m)
		}
	}
	if v := built[0].Versions; !slices.Equal(v, []string{"Python 3.11.2", "uvicorn 0.54.0"}) {
		t.Errorf("versions %q", v)
	}
	if built[1].Versions != nil || built[2].Versions != nil {
		t.Errorf("versions that nobody told: %q, %q", built[1].Versions, built[2].Versions)
	}
	if want := "image " + broken.Reference() + ": what it has in it stays unknown: "; !strings.Contains(f.progress(), want) {
		t.Errorf("%q is missing in\n%s", want, f.progress())
	}
}

// An image that another program has removed meanwhile is not made up.
func TestWhatIsNotThereWasNotBuilt(t *testing.T) {
	f := newFake(t)
	if built, err := f.builder(t).Built(t.Context(), app("one", "1")); err == nil || !strings.Contains(err.Error(), "does not have image zarif/one:sha-") {
		t.Errorf("%+v, %v", built, err)
	}
	if built, err := f.builder(t).Built(t.Context()); len(built) != 0 || err != nil {
		t.Errorf("of none: %+v, %v", built, err)
	}
}
