package kind

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A fakeContainer is a file of the fake engine, in the engine's own words.
type fakeContainer struct {
	ID     string `json:"Id"`
	Name   string
	State  struct{ Running bool }
	Config struct{ Labels map[string]string }
	Mounts []struct{ Destination string }

	NetworkSettings struct {
		Ports    map[string][]struct{ HostIP, HostPort string }
		Networks map[string]struct{ IPAddress string }
	}
}

// fakeDirVariable is where the fake engine keeps its containers and images.
const fakeDirVariable = "ZARIF_KIND_TEST_ENGINE"

// fake is an engine whose program is on PATH and whose state is a directory.
type fake struct{ dir string }

// newFake puts a program of that name, which is this test binary, on an
// otherwise empty PATH.
func newFake(t *testing.T, program string) fake {
	t.Helper()
	f := fake{dir: t.TempDir()}
	bin := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n%s=engine %s=%s exec %s \"$@\"\n", roleVariable, fakeDirVariable, f.dir, must(filepath.Abs(os.Args[0])))
	if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("DOCKER_HOST", "")
	t.Setenv(providerVariable, "")
	return f
}

// node adds a running node container that carries an id (empty: not zarif's).
func (f fake) node(t *testing.T, cluster, name, id string) {
	t.Helper()
	f.add(t, cluster, name, id, true)
}

func (f fake) add(t *testing.T, cluster, name, id string, running bool) {
	t.Helper()
	c := fakeContainer{ID: "id-of-" + name, Name: "/" + name}
	c.State.Running = running
	c.Config.Labels = map[string]string{clusterLabel: cluster, roleLabel: "control-plane"}
	c.Mounts = []struct{ Destination string }{{"/lib/modules"}}
	if id != "" {
		c.Mounts = append(c.Mounts, struct{ Destination string }{brand{"me", "here", id}.path()})
	}
	f.put(t, c.ID+".json", string(must(json.Marshal(c))))
}

func (f fake) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// image makes an image present.
func (f fake) image(t *testing.T, ref string) {
	t.Helper()
	f.put(t, "image-"+strings.NewReplacer("/", "_").Replace(ref), "")
}

func (f fake) containers(t *testing.T, cluster string) []container {
	t.Helper()
	born, unborn, err := engine("docker").containers(t.Context(), cluster)
	if err != nil || unborn > 0 {
		t.Fatalf("%d unborn, %v", unborn, err)
	}
	return born
}

// unborn makes a container one that cannot be inspected n times.
func (f fake) unborn(t *testing.T, container string, n int) {
	t.Helper()
	f.put(t, "unborn-id-of-"+container, strings.Repeat("x", n))
}

// names are the containers that are there.
func (f fake) names(t *testing.T) (names []string) {
	t.Helper()
	for _, c := range f.containers(t, "") {
		names = append(names, c.name)
	}
	return names
}

// calls are the command lines that the engine got and that begin with prefix.
func (f fake) calls(t *testing.T, prefix string) (calls []string) {
	t.Helper()
	data, _ := os.ReadFile(filepath.Join(f.dir, "calls"))
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			calls = append(calls, strings.TrimSpace(line))
		}
	}
	return calls
}

// fakeEngine is the program. A file "fail-<command>" makes a command fail with
// its text, as often as it has lines.
func fakeEngine(args []string) int {
	dir := os.Getenv(fakeDirVariable)
	calls := must(os.OpenFile(filepath.Join(dir, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644))
	fmt.Fprintln(calls, strings.Join(args, " "))
	calls.Close()
	failing := filepath.Join(dir, "fail-"+args[0])
	if text, err := os.ReadFile(failing); err == nil {
		first, rest, _ := strings.Cut(string(text), "\n")
		if first != "" {
			os.WriteFile(failing, []byte(rest), 0o644)
			fmt.Fprintln(os.Stderr, first)
			return 1
		}
	}
	switch args[0] {
	case "-v":
		fmt.Println("Docker version 99.0")
	case "info":
		info, err := os.ReadFile(filepath.Join(dir, "info"))
		if err != nil {
			info = []byte(`{"ServerVersion":"99.0","CgroupVersion":"2","DefaultRuntime":"runc"}`)
		}
		fmt.Println(string(info))
	case "ps":
		filter, _ := strings.CutPrefix(args[slices.Index(args, "--filter")+1], "label="+clusterLabel)
		for _, c := range fakeContainers(dir) {
			if filter == "" || filter == "="+c.Config.Labels[clusterLabel] {
				fmt.Println(c.ID)
			}
		}
	case "container":
		var some []fakeContainer
		for _, c := range fakeContainers(dir) {
			if !slices.Contains(args[2:], c.ID) {
				continue
			}
			unborn := filepath.Join(dir, "unborn-"+c.ID)
			if left, _ := os.ReadFile(unborn); len(left) > 0 {
				os.WriteFile(unborn, left[1:], 0o644)
				continue
			}
			some = append(some, c)
		}
		fmt.Println(string(must(json.Marshal(some))))
		if len(some) != len(args[2:]) {
			return 1
		}
	case "logs":
		fmt.Fprintln(os.Stderr, "\x1b[0;1;31mtoo many open files\x1b[0m")
	case "rm":
		for _, id := range args[3:] {
			os.Remove(filepath.Join(dir, id+".json"))
		}
	case "image", "pull":
		file := filepath.Join(dir, "image-"+strings.ReplaceAll(args[len(args)-1], "/", "_"))
		if args[0] == "pull" && !exists(filepath.Join(dir, "registry")) {
			fmt.Fprintln(os.Stderr, "no route to the registry")
			return 1
		} else if args[0] == "image" && !exists(file) {
			fmt.Fprintln(os.Stderr, "no such image")
			return 1
		} else if args[0] == "image" {
			fmt.Println(`[{"Id": "sha256:` + args[len(args)-1] + `"}]`)
		}
	default:
		fmt.Fprintln(os.Stderr, "unknown command", args)
		return 64
	}
	return 0
}

func fakeContainers(dir string) (all []fakeContainer) {
	for _, file := range must(filepath.Glob(filepath.Join(dir, "*.json"))) {
		var c fakeContainer
		if err := json.Unmarshal(must(os.ReadFile(file)), &c); err != nil {
			panic(err)
		}
		all = append(all, c)
	}
	return all
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
