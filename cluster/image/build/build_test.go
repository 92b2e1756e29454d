package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zarif/cluster"
)

func TestEnsureBuildsWhatIsMissingOnce(t *testing.T) {
	f := newFake(t)
	f.put(t, "during-build", `
echo "Step 1/2 : FROM x"
echo "Step 2/2 : RUN make   it"
[ ! -e bin/app ] || { /bin/cat bin/app; /usr/bin/stat -c ' %a' bin/app; } >>"$STATE/seen"
`)
	one, two := app("one", "1"), app("two", "2")
	static := cluster.Image{Name: "zarif/goapp"}
	b := f.builder(t)
	if n, err := b.Ensure(t.Context(), one, static, two, one); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if f.builds(t, "zarif/base:") != 1 || f.builds(t, one.Reference()) != 1 || f.builds(t, two.Reference()) != 1 {
		t.Errorf("builds %q", f.calls(t, "build "))
	}
	if seen, _ := os.ReadFile(filepath.Join(f.dir, "seen")); string(seen) != "1 755\n2 755\n" {
		t.Errorf("contexts had %q", seen)
	}
	for _, want := range []string{"image [1/2] zarif/one: step 2/2, RUN make it (", "image [2/2] zarif/two: step 2/2, RUN make it (", "left)", "image [2/2] zarif/two: done in"} {
		if !strings.Contains(f.progress(), want) {
			t.Errorf("%q is missing in\n%s", want, f.progress())
		}
	}
	if strings.Contains(f.progress(), "FROM x") {
		t.Errorf("a step that takes no time is told:\n%s", f.progress())
	}
	if left := f.left(t); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	before := len(f.calls(t, ""))
	if n, err := b.Ensure(t.Context(), one, two); n != 0 || err != nil || len(f.calls(t, "")) != before {
		t.Errorf("again: built %d, %v, asked %q", n, err, f.calls(t, "")[before:])
	}
	if n, err := f.builder(t).Ensure(t.Context(), one, two); n != 0 || err != nil || len(f.calls(t, "")) != before+1 {
		t.Errorf("another run: built %d, %v, asked %q", n, err, f.calls(t, "")[before:])
	}
}

func TestAnImageHasItsBaseInItsLabels(t *testing.T) {
	f := newFake(t)
	img := app("one", "1")
	img.Build.Args = map[string]string{"STOPSIGNAL": "SIGQUIT"}
	b := f.builder(t)
	if _, err := b.Ensure(t.Context(), img); err != nil {
		t.Fatal(err)
	}
	calls := f.calls(t, "build ")
	base := "zarif/base:bookworm-debootstrap-"
	for _, want := range []string{"--build-arg BASE=docker.io/" + base, "--build-arg STOPSIGNAL=SIGQUIT", "--label zarif.base=" + base, "--label zarif.base.id=sha256:"} {
		if !strings.Contains(calls[1], want) {
			t.Errorf("%q is missing in %s", want, calls[1])
		}
	}
	all, err := b.Status(t.Context(), img, app("two", "2"))
	if err != nil {
		t.Fatal(err)
	}
	built := time.Date(2024, 5, 6, 7, 8, 9, 500_000_000, time.UTC)
	if s := all[0]; !s.There || s.Reference != img.Reference() || s.Size != 42_000_000 || !strings.HasPrefix(s.Base, base) || !s.Built.Equal(built) {
		t.Errorf("%+v", s)
	}
	if s := all[1]; s != (Status{Reference: app("two", "2").Reference()}) {
		t.Errorf("%+v", s)
	}
}

func TestEnginesThatKnowImagesByTheirFullNames(t *testing.T) {
	f := newFake(t)
	f.put(t, "full", "")
	img := app("one", "1")
	for want := 1; want >= 0; want-- {
		if n, err := f.builder(t).Ensure(t.Context(), img); n != want || err != nil {
			t.Errorf("built %d, want %d, %v", n, want, err)
		}
	}
}

func TestSomebodyElsesImageOfThatReferenceIsReplaced(t *testing.T) {
	f := newFake(t)
	img := app("one", "1")
	f.put(t, "image-docker.io_"+strings.NewReplacer("/", "_", ":", "_").Replace(img.Reference()), `{"Id": "sha256:1", "RepoTags": ["`+img.Reference()+`"]}`)
	if n, err := f.builder(t).Ensure(t.Context(), img); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestABuildThatFailsSaysWhyAndLeavesNothing(t *testing.T) {
	f := newFake(t)
	f.put(t, "during-build", `[ ! -e bin/app ] || { i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i+1)); done; echo "no such package" >&2; exit 100; }`)
	good, bad := app("good", "1"), app("bad", "2")
	n, err := f.builder(t).Ensure(t.Context(), bad, good)
	if n != 0 || err == nil {
		t.Fatal(n, err)
	}
	for _, want := range []string{"build image " + bad.Reference(), "exit status 100", "line 39", "no such package"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "line 5\n") {
		t.Errorf("more than the last lines:\n%v", err)
	}
	if left := f.left(t); len(left) > 0 || !strings.Contains(f.progress(), "zarif/bad: failed after") {
		t.Errorf("left %q, told\n%s", left, f.progress())
	}
	f.remove(t, "during-build")
	if n, err := f.builder(t).Ensure(t.Context(), bad, good); n != 2 || err != nil {
		t.Errorf("afterwards: built %d, %v", n, err)
	}
}

func TestABuildThatIsBrokenOffIsEndedGently(t *testing.T) {
	f := newFake(t)
	f.put(t, "during-build", `[ ! -e bin/app ] || {
trap 'echo cleaned up >"$STATE/ended"; exit 1' TERM
echo "Step 1/1 : RUN forever"
while :; do /bin/sleep 0.05; done
}`)
	ctx, cancel := context.WithCancel(t.Context())
	b := f.builderOf(t, Config{RootfsVersion: "1", Progress: func(line string) {
		if strings.Contains(line, "RUN forever") {
			cancel()
		}
	}})
	f.put(t, "registry", "")
	_, err := b.Ensure(ctx, app("one", "1"))
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "--tag") {
		t.Errorf("err = %v", err)
	}
	if _, err := os.Stat(filepath.Join(f.dir, "ended")); err != nil {
		t.Error("the engine could not clean up")
	}
	if left := f.left(t); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestTwoRunsBuildAnImageOnce(t *testing.T) {
	f := newFake(t)
	f.put(t, "during-build", `[ ! -e bin/app ] || {
echo "Step 1/1 : RUN it"
while [ ! -e "$STATE/go-on" ]; do /bin/sleep 0.05; done
}`)
	img := app("one", "1")
	under := make(chan struct{})
	first := f.builderOf(t, Config{RootfsVersion: "1", Progress: func(line string) {
		if strings.Contains(line, "RUN it") {
			close(under)
		}
	}})
	second := f.builderOf(t, Config{RootfsVersion: "1", Progress: func(line string) {
		if strings.Contains(line, "waiting for another run") {
			f.put(t, "go-on", "")
		}
	}})
	f.put(t, "registry", "")
	done := make(chan error)
	go func() {
		n, err := first.Ensure(t.Context(), img)
		if n != 1 {
			err = errors.Join(err, errors.New("the first has not built it"))
		}
		done <- err
	}()
	<-under
	if n, err := second.Ensure(t.Context(), img); n != 0 || err != nil {
		t.Errorf("the second: built %d, %v", n, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if f.builds(t, img.Reference()) != 1 {
		t.Errorf("builds %q", f.calls(t, "build "))
	}
}

func TestAnEngineThatDoesNotAnswerIsNotOneWithoutImages(t *testing.T) {
	f := newFake(t)
	f.put(t, "fail-image", "cannot connect to the daemon")
	f.put(t, "fail-images", "cannot connect to the daemon")
	if _, err := f.builder(t).Ensure(t.Context(), app("one", "1")); err == nil || !strings.Contains(err.Error(), "ask docker for its images") || !strings.Contains(err.Error(), "cannot connect") {
		t.Errorf("err = %v", err)
	}
	if _, err := f.builder(t).Status(t.Context(), app("one", "1")); err == nil {
		t.Error("a status without an engine")
	}
	if len(f.calls(t, "build ")) > 0 {
		t.Error("it was asked to build")
	}
}

func TestConfigsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		says   string
	}{
		"no engine":       {Config{}, "engine: want"},
		"relative cache":  {Config{Engine: "docker", CacheDir: "here"}, "must be absolute"},
		"nameless rootfs": {Config{Engine: "docker", Rootfs: func(context.Context, func(string) error) error { return nil }}, "version"},
	} {
		if _, err := New(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}
