package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zarif/cluster"
)

// fakeProgram stands in for a container engine. Its state is files beside it:
//
//	image-<name>    what inspect prints of an image
//	registry        while it is there, pull succeeds
//	full            while it is there, images are described by their full names
//	fail-<command>  what the command says when it fails
//	during-build    shell that build runs in its context folder, STATE is here
//	calls           the command lines that it got
const fakeProgram = `#!/bin/sh
STATE=%q
cd "$STATE"
echo "$*" >>calls
if [ -e "fail-$1" ]; then
	/bin/cat "fail-$1" >&2
	exit 1
fi
file() { echo "image-$1" | /bin/sed 's#[/:]#_#g'; }
# describe NAME LABELS: a new image of that name
describe() {
	name=$1
	[ -e full ] || name=$(echo "$1" | /bin/sed 's#^docker.io/##; s#^library/##')
	id=$(echo "$$$(/usr/bin/wc -l <calls)$1" | /usr/bin/sha256sum)
	printf '{"Id": "sha256:%%s", "RepoTags": ["%%s"], "Created": "2024-05-06T07:08:09.5Z", "Size": 42000000, "Config": {"Labels": {%%s}}}\n' \
		"${id%%%% *}" "$name" "$2" >"$(file "$1")"
}
case $1 in
image)
	shift 2
	separator= status=0
	printf '['
	for ref; do
		if [ -e "$(file "$ref")" ]; then
			printf %%s "$separator"
			/bin/cat "$(file "$ref")"
			separator=,
		else
			echo "no such image: $ref" >&2
			status=1
		fi
	done
	echo ']'
	exit $status ;;
images) echo sha256:1 ;;
pull)
	[ -e registry ] || { echo "no route to the registry" >&2; exit 1; }
	describe "$3" ;;
build)
	labels=
	while [ $# -gt 1 ]; do
		case $1 in
		--tag) tag=$2 ;;
		--label) labels="$labels${labels:+, }\"${2%%%%=*}\": \"${2#*=}\"" ;;
		esac
		shift
	done
	cd "$1"
	[ ! -e "$STATE/during-build" ] || . "$STATE/during-build"
	cd "$STATE"
	describe "$tag" "$labels" ;;
tag) /bin/cp "$(file "$2")" "$(file "$3")" ;;
run)
	for script; do :; done
	PATH=/usr/bin:/bin; eval "$script" ;;
save) shift; echo "archive of $*" ;;
*)
	echo "unknown command $*" >&2
	exit 64 ;;
esac
`

// fake is an engine whose state is a directory.
type fake struct {
	dir, cache, certificates string

	mu    sync.Mutex
	lines []string
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{dir: t.TempDir(), cache: filepath.Join(t.TempDir(), "cache"), certificates: filepath.Join(t.TempDir(), "bundle")}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "docker"), fmt.Appendf(nil, fakeProgram, f.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	writeBundle(t, f.certificates, "a", "b")
	return f
}

// writeBundle writes certificates that nobody looks into.
func writeBundle(t *testing.T, file string, contents ...string) {
	t.Helper()
	var bundle []byte
	for _, c := range contents {
		bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(c)})...)
	}
	if err := os.WriteFile(file, bundle, 0o644); err != nil {
		t.Fatal(err)
	}
}

// put writes a file of the state.
func (f *fake) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// forget makes an image one that is not there.
func (f *fake) forget(t *testing.T, ref string) {
	t.Helper()
	f.remove(t, "image-"+strings.NewReplacer("/", "_", ":", "_").Replace("docker.io/"+ref))
}

// builder is a new run.
func (f *fake) builder(t *testing.T) *Builder {
	t.Helper()
	return f.builderOf(t, Config{
		Rootfs: func(_ context.Context, use func(string) error) error {
			archive := filepath.Join(t.TempDir(), "base.tar")
			return errors.Join(os.WriteFile(archive, []byte("a root filesystem"), 0o644), use(archive))
		},
		RootfsVersion: "1",
	})
}

func (f *fake) builderOf(t *testing.T, c Config) *Builder {
	t.Helper()
	c.Engine, c.CacheDir, c.Certificates = "docker", f.cache, f.certificates
	if c.Progress == nil {
		c.Progress = f.note
	}
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (f *fake) note(line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, line)
}

func (f *fake) progress() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, "\n")
}

// calls are the command lines that the engine got and that begin with prefix.
func (f *fake) calls(t *testing.T, prefix string) (calls []string) {
	t.Helper()
	data, _ := os.ReadFile(filepath.Join(f.dir, "calls"))
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			calls = append(calls, strings.TrimSpace(line))
		}
	}
	return calls
}

// builds are how often images were built whose name begins with prefix.
func (f *fake) builds(t *testing.T, prefix string) int {
	t.Helper()
	calls := f.calls(t, "build ")
	return len(slices.DeleteFunc(calls, func(c string) bool { return !strings.Contains(c, "--tag docker.io/"+prefix) }))
}

// left is what is in the cache beside locks.
func (f *fake) left(t *testing.T) (names []string) {
	t.Helper()
	entries, _ := os.ReadDir(f.cache)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "lock-") {
			names = append(names, e.Name())
		}
	}
	return names
}

// app is an image that is built.
func app(name, content string) cluster.Image {
	return cluster.Image{Name: "zarif/" + name, Build: &cluster.Build{Context: []cluster.File{
		{Path: "Dockerfile", Mode: 0o644, Data: []byte("ARG BASE\nFROM ${BASE}\n")},
		{Path: "bin/app", Mode: 0o755, Data: []byte(content)},
	}}}
}

func certificateFile(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "certificates/zarif-" + hex.EncodeToString(sum[:8]) + ".crt"
}
