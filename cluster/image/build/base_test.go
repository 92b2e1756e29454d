package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheBaseThatIsChosen(t *testing.T) {
	slim := func(t *testing.T, f *fake) {
		f.put(t, "image-docker.io_library_debian_bookworm-slim", `{"Id": "sha256:77", "RepoTags": ["debian:bookworm-slim"]}`)
	}
	own := func(t *testing.T, f *fake) {
		if _, err := f.builder(t).Ensure(t.Context(), app("before", "0")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name       string
		there      func(*testing.T, *fake)
		registry   bool
		base       string
		says       string
		more       int // bases made
		moreRootfs int
		pulls      int
	}{
		{"the engine has Debian's", slim, false, "bookworm-slim-", "debian:bookworm-slim is there", 1, 0, 0},
		{"it can be pulled", nil, true, "bookworm-slim-", "was pulled", 1, 0, 1},
		{"it cannot be pulled", nil, false, "bookworm-debootstrap-", "cannot be pulled (no route to the registry)", 1, 1, 1},
		{"our own is there", own, true, "bookworm-debootstrap-", "made here before", 0, 0, 0},
		{"both are there", func(t *testing.T, f *fake) { own(t, f); slim(t, f) }, true, "bookworm-slim-", "debian:bookworm-slim is there", 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t)
			if c.there != nil {
				c.there(t, f)
			}
			if c.registry {
				f.put(t, "registry", "")
			}
			bases, pulls := f.builds(t, "zarif/base:"), len(f.calls(t, "pull "))
			b := f.builder(t)
			rootfs, made := b.config.Rootfs, 0
			b.config.Rootfs = func(ctx context.Context, use func(string) error) error { made++; return rootfs(ctx, use) }
			for _, img := range []string{"one", "two"} { // the choice is made once per run
				if _, err := b.Ensure(t.Context(), app(img, img)); err != nil {
					t.Fatal(err)
				}
			}
			all, err := b.Status(t.Context(), app("one", "one"), app("two", "two"))
			if err != nil || !strings.HasPrefix(all[0].Base, "zarif/base:"+c.base) || all[1].Base != all[0].Base {
				t.Errorf("statuses %+v, %v", all, err)
			}
			if got := f.builds(t, "zarif/base:") - bases; got != c.more || made != c.moreRootfs {
				t.Errorf("made %d bases and %d root filesystems, want %d and %d", got, made, c.more, c.moreRootfs)
			}
			if got := len(f.calls(t, "pull ")) - pulls; got != c.pulls {
				t.Errorf("tried %d pulls, want %d", got, c.pulls)
			}
			if !strings.Contains(f.progress(), c.says) {
				t.Errorf("%q is missing in\n%s", c.says, f.progress())
			}
		})
	}
}

func TestAnotherBaseBuildsNothingAnew(t *testing.T) {
	f := newFake(t)
	img := app("one", "1")
	if n, err := f.builder(t).Ensure(t.Context(), img); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	f.put(t, "image-docker.io_library_debian_bookworm-slim", `{"Id": "sha256:77", "RepoTags": ["debian:bookworm-slim"]}`)
	if n, err := f.builder(t).Ensure(t.Context(), img); n != 0 || err != nil {
		t.Errorf("built %d, %v", n, err)
	}
}

func TestNoBaseAtAll(t *testing.T) {
	f := newFake(t)
	b := f.builderOf(t, Config{RootfsVersion: "1"})
	if _, err := b.Ensure(t.Context(), app("one", "1")); err == nil || !strings.Contains(err.Error(), "debian:bookworm-slim is not there and cannot be pulled") {
		t.Errorf("err = %v", err)
	}
	b = f.builderOf(t, Config{RootfsVersion: "1", Rootfs: func(context.Context, func(string) error) error { return errors.New("run this with sudo") }})
	if _, err := b.Ensure(t.Context(), app("one", "1")); err == nil || !strings.Contains(err.Error(), "run this with sudo") {
		t.Errorf("err = %v", err)
	}
	if left := f.left(t); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestWhatABaseIsMadeOf(t *testing.T) {
	f := newFake(t)
	writeBundle(t, f.certificates, "a", "b", "a")
	f.put(t, "during-build", `/bin/cp -r . "$STATE/context"`)
	if _, err := f.builder(t).ensureBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	context := filepath.Join(f.dir, "context")
	for _, name := range []string{"base.tar", "ca-certificates.crt", certificateFile("a"), certificateFile("b"), "files/etc/apt/sources.list"} {
		if info, err := os.Stat(filepath.Join(context, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if info, err := os.Stat(filepath.Join(context, "files/usr/sbin/policy-rc.d")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("policy-rc.d: %v, %v", info, err)
	}
	if files, err := filepath.Glob(filepath.Join(context, "certificates/*")); len(files) != 2 || err != nil {
		t.Errorf("certificates %q, %v", files, err)
	}
	dockerfile, _ := os.ReadFile(filepath.Join(context, "Dockerfile"))
	for _, want := range []string{"FROM scratch", "ENV PATH=", "SSL_CERT_FILE=", "PIP_CERT=", "REQUESTS_CA_BUNDLE=", "NODE_EXTRA_CA_CERTS="} {
		if !strings.Contains(string(dockerfile), want) {
			t.Errorf("%q is missing in\n%s", want, dockerfile)
		}
	}
}

func TestABasesReferenceCoversWhatItIsMadeOf(t *testing.T) {
	f := newFake(t)
	seen := map[string]string{}
	see := func(name, how, from string) {
		t.Helper()
		p, err := f.builder(t).plan(how, from)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[p.ref]; twice {
			t.Errorf("%s: the same reference as %s", name, other)
		}
		seen[p.ref] = name
	}
	see("our own", "debootstrap", "1")
	see("another recipe", "debootstrap", "2")
	see("Debian's", "slim", "1")
	see("a newer one of Debian's", "slim", "2")
	writeBundle(t, f.certificates, "a", "c")
	see("our own, with other certificates", "debootstrap", "1")
	see("Debian's, with other certificates", "slim", "1")
}

func TestCertificatesThatAreNone(t *testing.T) {
	f := newFake(t)
	if err := os.WriteFile(f.certificates, []byte("nothing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := f.builder(t).ensureBase(t.Context()); err == nil || !strings.Contains(err.Error(), f.certificates+": want certificates (PEM)") {
		t.Errorf("err = %v", err)
	}
}

func TestAMachineThatTrustsNothing(t *testing.T) {
	f := newFake(t)
	b := f.builder(t)
	b.config.Certificates = ""
	p, err := b.plan("slim", "1")
	if err != nil || len(p.files) != 1 || strings.Contains(string(p.files[0].Data), "SSL_CERT_FILE") {
		t.Errorf("%+v, %v", p.files, err)
	}
}
