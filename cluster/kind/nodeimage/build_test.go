package nodeimage

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// machine stands in for every program that a build runs: it does what they
// would do to the file system, and writes down what it was asked for.
type machine struct {
	t       *testing.T
	kind    string // where "go mod download" puts kind's module
	calls   []string
	fail    string            // the first command with this in it fails
	ctx     func()            // called by the command that fails
	images  map[string]string // name to suite label
	running bool              // the container for the import exists
}

var errBroken = errors.New("broken")

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, kind: t.TempDir(), images: map[string]string{}}
	files := filepath.Join(m.kind, "images/base/files/usr/local/bin")
	if err := errors.Join(os.MkdirAll(files, 0o755), os.WriteFile(filepath.Join(files, "entrypoint"), nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"go", "debootstrap", "unshare", "docker"} {
		if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	return m
}

func (m *machine) run(ctx context.Context, c command) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	line := strings.Join(c.argv, " ")
	m.calls = append(m.calls, line)
	last := c.argv[len(c.argv)-1]
	broken := m.fail != "" && strings.Contains(line, m.fail)
	if broken && m.ctx != nil {
		m.ctx()
	}
	switch {
	case strings.HasPrefix(line, "go env"):
		return "go1.26\n", nil
	case strings.HasPrefix(line, "go mod download"):
		return `{"Dir": "` + m.kind + `"}`, m.broken(broken)
	case strings.HasPrefix(line, "go build"):
		out := c.argv[slices.Index(c.argv, "-o")+1]
		return "", errors.Join(os.WriteFile(out, []byte(filepath.Base(out)), 0o755), m.broken(broken))
	case c.argv[0] == "unshare":
		var empty bytes.Buffer
		tar.NewWriter(&empty).Close()
		return "", errors.Join(os.WriteFile(filepath.Join(last, "node.tar"), empty.Bytes(), 0o644),
			os.WriteFile(filepath.Join(last, "base.tar"), empty.Bytes(), 0o644), m.broken(broken))
	case strings.HasPrefix(line, "docker images"):
		if _, there := m.images[last]; there {
			return "sha256:1\n", nil
		}
		return "", m.broken(broken)
	case strings.HasPrefix(line, "docker image inspect"):
		return m.images[last] + "\n", nil
	case strings.HasPrefix(line, "docker build"):
		m.images[c.argv[slices.Index(c.argv, "--tag")+1]] = ""
	case strings.HasPrefix(line, "docker run"):
		m.running = true
	case strings.HasPrefix(line, "docker ps"):
		if m.running {
			return "c1\n", nil
		}
	case strings.HasPrefix(line, "docker rm "):
		m.running = false
	case strings.HasPrefix(line, "docker rmi "):
		delete(m.images, last)
	case strings.HasPrefix(line, "docker exec"):
		if n, err := io.Copy(io.Discard, c.stdin); n == 0 || err != nil {
			m.t.Errorf("import read %d bytes: %v", n, err)
		}
	case strings.HasPrefix(line, "docker commit"):
		if !broken {
			m.images[last] = "bookworm"
		}
	case strings.HasPrefix(line, "docker cp"):
	default:
		m.t.Errorf("unexpected command: %s", line)
	}
	return "", m.broken(broken)
}

func (m *machine) broken(yes bool) error {
	if yes {
		return errBroken
	}
	return nil
}

// count says how many commands held the words.
func (m *machine) count(words string) (n int) {
	for _, call := range m.calls {
		if strings.Contains(call, words) {
			n++
		}
	}
	return n
}

// build makes a build on the machine; dir is its cache.
func (m *machine) build(dir string, c Config, log io.Writer) *build {
	c.Engine, c.Debian = "docker", "bookworm"
	return &build{
		config: c, tag: "zarif/node:v1-1", recipe: recipe(), run: m.run, engine: cli{"docker", m.run},
		cache: cache{dir}, progress: newProgress("node image", log, time.Now), root: true,
	}
}

func TestBuildMakesTheImageOnce(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	var log bytes.Buffer
	if built, err := m.build(dir, Config{}, &log).do(t.Context()); !built || err != nil {
		t.Fatal(built, err)
	}
	for _, want := range []string{"[1/8] check the tools", "[6/8] compile Kubernetes and etcd: done in", "[8/8]", "done: zarif/node:v1-1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in the progress:\n%s", want, &log)
		}
	}
	if len(m.images) != 1 || m.images["zarif/node:v1-1"] != "bookworm" || m.running {
		t.Errorf("left images %v, container %t", m.images, m.running)
	}
	if built, err := m.build(dir, Config{}, io.Discard).do(t.Context()); built || err != nil {
		t.Errorf("second time: built %t, err %v", built, err)
	}
	if n := m.count("go build"); n != 3 {
		t.Errorf("%d compilations, want 3", n)
	}
}

func TestBuildGoesOnWhereItStopped(t *testing.T) {
	for _, stop := range []string{"go mod download", "unshare", "go build", "/kube .", "docker build", "docker run", "docker cp", "docker exec", "docker commit"} {
		for _, how := range []string{"fails", "is cancelled"} {
			t.Run(stop+" "+how, func(t *testing.T) {
				m, dir := newMachine(t), t.TempDir()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				m.fail = stop
				if how == "is cancelled" {
					m.ctx = cancel
				}
				if built, err := m.build(dir, Config{}, io.Discard).do(ctx); built || !errors.Is(err, errBroken) {
					t.Fatalf("built %t, err %v", built, err)
				}
				if m.running || len(m.images) != 0 {
					t.Errorf("left a container (%t) or images (%v)", m.running, m.images)
				}
				for _, name := range names(t, dir) {
					if strings.HasPrefix(name, ".") {
						t.Errorf("left %s in the cache", name)
					}
				}
				failed := m.count("unshare")
				m.fail, m.ctx = "", nil
				if built, err := m.build(dir, Config{}, io.Discard).do(t.Context()); !built || err != nil {
					t.Fatalf("again: built %t, err %v", built, err)
				}
				if stop != "unshare" && stop != "go mod download" && m.count("unshare") != failed {
					t.Error("the root filesystem was made twice")
				}
			})
		}
	}
}

func TestBuildForceDoesEverythingAgain(t *testing.T) {
	m, dir := newMachine(t), t.TempDir()
	for range 2 {
		if built, err := m.build(dir, Config{Force: true}, io.Discard).do(t.Context()); !built || err != nil {
			t.Fatal(built, err)
		}
	}
	if n := m.count("go build"); n != 6 {
		t.Errorf("%d compilations, want 6", n)
	}
}

func TestBuildAnotherSuiteIsAnotherImage(t *testing.T) {
	m := newMachine(t)
	m.images["zarif/node:v1-1"] = "trixie"
	if built, err := m.build(t.TempDir(), Config{}, io.Discard).do(t.Context()); !built || err != nil {
		t.Error(built, err)
	}
}

func TestBuildWithoutEngineSaysSo(t *testing.T) {
	m := newMachine(t)
	m.fail = "docker images"
	if _, err := m.build(t.TempDir(), Config{}, io.Discard).do(t.Context()); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "ask docker for its images") {
		t.Errorf("err = %v", err)
	}
}

func TestCheckNamesTheCure(t *testing.T) {
	m := newMachine(t)
	b := m.build(t.TempDir(), Config{}, io.Discard)
	b.root = false
	if err := b.check(t.Context()); err == nil || !strings.Contains(err.Error(), "sudo") {
		t.Errorf("not root: %v", err)
	}
	b.root = true
	if err := os.Remove(filepath.Join(os.Getenv("PATH"), "debootstrap")); err != nil {
		t.Fatal(err)
	}
	if err := b.check(t.Context()); err == nil || !strings.Contains(err.Error(), "apt-get install -y debootstrap") {
		t.Errorf("no debootstrap: %v", err)
	}
}
