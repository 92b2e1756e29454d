package kind

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programs puts scripts on an otherwise empty PATH.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

const (
	dockerOK    = `case $1 in -v) echo "Docker version 99";; info) echo '{"ServerVersion":"28.1","CgroupVersion":"1","DefaultRuntime":"x","DockerRootDir":"/r","SecurityOptions":["name=seccomp,profile=builtin"]}';; esac`
	dockerDead  = `case $1 in -v) echo "Docker version 99";; info) echo '{"ServerErrors":["x"]}'; echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac`
	dockerQuiet = `case $1 in -v) echo "Docker version 99";; info) echo '{"ServerErrors":["Cannot connect quietly"]}';; esac`
	dockerShim  = `case $1 in -v) echo "podman version 5";; info) echo '{}';; esac`
	podmanOK    = `echo '{"host":{"cgroupVersion":"v2","ociRuntime":{"name":"crun"},"security":{"rootless":true}},"store":{"graphRoot":"/p"},"version":{"Version":"5.0.1"}}'`
	nerdctlOK   = `echo '{"ServerVersion":"2.0","CgroupVersion":"2"}'`
)

func TestEngine(t *testing.T) {
	for _, test := range []struct {
		name     string
		programs map[string]string
		chosen   string
		want     EngineInfo
		says     []string // in the error
	}{
		{
			name: "docker answers", programs: map[string]string{"docker": dockerOK, "podman": podmanOK},
			want: EngineInfo{Name: "docker", Version: "28.1", Cgroup: "1", Runtime: "x", Root: "/r"},
		},
		{
			name: "client without an engine, podman answers", programs: map[string]string{"docker": dockerDead, "podman": podmanOK},
			want: EngineInfo{Name: "podman", Version: "5.0.1", Cgroup: "2", Runtime: "crun", Root: "/p", Rootless: true},
		},
		{
			name: "an old client ends with 0 without an engine", programs: map[string]string{"docker": dockerQuiet},
			says: []string{"docker is installed but does not answer (Cannot connect quietly", "cure: ", "hack/engine.sh"},
		},
		{
			name: "client without an engine", programs: map[string]string{"docker": dockerDead},
			says: []string{"no container engine answers: docker is installed but does not answer (Cannot connect to the Docker daemon)", "cure: "},
		},
		{
			name: "podman in docker's clothes is podman", programs: map[string]string{"docker": dockerShim, "podman": podmanOK},
			want: EngineInfo{Name: "podman", Version: "5.0.1", Cgroup: "2", Runtime: "crun", Root: "/p", Rootless: true},
		},
		{
			name: "kind's order", programs: map[string]string{"nerdctl": nerdctlOK, "podman": podmanOK},
			want: EngineInfo{Name: "nerdctl", Version: "2.0", Cgroup: "2"},
		},
		{name: "nothing installed", says: []string{"no container engine is installed", "cure: "}},
		{
			name: "chosen", programs: map[string]string{"docker": dockerOK, "podman": podmanOK}, chosen: "podman",
			want: EngineInfo{Name: "podman", Version: "5.0.1", Cgroup: "2", Runtime: "crun", Root: "/p", Rootless: true},
		},
		{
			name: "chosen and silent: no other is taken", programs: map[string]string{"docker": dockerDead, "podman": podmanOK}, chosen: "docker",
			says: []string{"docker is installed but does not answer"},
		},
		{name: "chosen and unknown", programs: map[string]string{"docker": dockerOK}, chosen: "rkt", says: []string{providerVariable + "=rkt", "cure: "}},
		{name: "nonsense", programs: map[string]string{"docker": `echo "Docker version 1"`}, says: []string{"its answer cannot be read"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			programs(t, test.programs)
			t.Setenv(providerVariable, test.chosen)
			got, err := Describe(t.Context())
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			var fault *Fault
			if (len(test.says) > 0) != errors.As(err, &fault) {
				t.Fatalf("error %v", err)
			}
			for _, says := range test.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%q does not say %q", err, says)
				}
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a sentence: %q", err)
			}
		})
	}
}

func TestEngineInterrupted(t *testing.T) {
	programs(t, map[string]string{"docker": `case $1 in -v) echo "Docker version 99";; *) exec /bin/sleep 600;; esac`})
	t.Setenv(providerVariable, "")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var fault *Fault
	if _, err := Engine(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &fault) {
		t.Errorf("got %v", err)
	}
}

func TestNodesRoutable(t *testing.T) {
	for _, test := range []struct {
		name string
		info EngineInfo
		host string
		want bool
	}{
		{name: "native", want: true},
		{name: "socket elsewhere", host: "unix:///run/x.sock", want: true},
		{name: "another machine", host: "tcp://10.0.0.1:2375"},
		{name: "rootless", info: EngineInfo{Rootless: true}},
		{name: "in a virtual machine", info: EngineInfo{Desktop: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", test.host)
			if got := test.info.nodesRoutable(); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCommandErrorTells(t *testing.T) {
	programs(t, map[string]string{"docker": "echo out; echo err >&2; exit 7"})
	_, err := engine("docker").output(t.Context(), "do", "this")
	for _, says := range []string{"docker do this", "exit status 7", "out", "err"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q does not say %q", err, says)
		}
	}
}

func TestContainers(t *testing.T) {
	f := newFake(t, "docker")
	f.node(t, "b", "b-control-plane", "")
	f.node(t, "a", "a-worker", "x1")
	f.node(t, "a", "a-control-plane", "x1")
	e := engine("docker")
	got := f.containers(t, "a")
	if len(got) != 2 || got[0].name != "a-control-plane" || got[1].brand != (brand{"me", "here", "x1"}) || got[1].cluster != "a" {
		t.Errorf("got %+v", got)
	}
	if got := f.containers(t, ""); len(got) != 3 || got[2].brand.id != "" {
		t.Errorf("got %+v", got)
	}
	if got := f.containers(t, "c"); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	f.put(t, "fail-ps", strings.Repeat("the engine is gone\n", 9))
	if _, _, err := e.containers(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "the engine is gone") {
		t.Errorf("an engine that is gone has no containers: %v", err)
	}
}

func TestUnbornContainers(t *testing.T) {
	f := newFake(t, "docker")
	f.node(t, "a", "a-1", "x1")
	f.node(t, "a", "a-2", "x1")
	f.unborn(t, "a-1", 2)
	e := engine("docker")
	born, unborn, err := e.containers(t.Context(), "a")
	if err != nil || unborn != 1 || len(born) != 1 || born[0].name != "a-2" {
		t.Errorf("got %+v, %d unborn, %v", born, unborn, err)
	}
	f.unborn(t, "a-1", 5)
	if all, err := e.settled(t.Context(), "a"); err != nil || len(all) != 2 {
		t.Errorf("got %+v, %v", all, err)
	}
	f.unborn(t, "a-1", 1000)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if all, err := e.settled(ctx, "a"); err == nil {
		t.Errorf("it was never born, and this is all: %+v", all)
	}
}

func TestResolveImage(t *testing.T) {
	const offline = "zarif/node:v1"
	for _, test := range []struct {
		name     string
		flag     string
		present  []string
		registry bool
		want     string
		pulls    int
		says     string // error
	}{
		{name: "asked for and there", flag: "mine:1", present: []string{"mine:1", offline}, want: "mine:1"},
		{name: "asked for, pulled", flag: "mine:1", present: []string{offline}, registry: true, want: "mine:1", pulls: 1},
		{name: "asked for, not to be had", flag: "mine:1", present: []string{offline}, pulls: 1, says: "the node image mine:1 is not there and cannot be pulled"},
		{name: "offline before default", present: []string{offline, DefaultImage}, want: offline},
		{name: "default is there", present: []string{DefaultImage}, want: DefaultImage},
		{name: "default is pulled", registry: true, want: DefaultImage, pulls: 1},
		{name: "nothing to be had", pulls: 1, says: "zarif cluster image"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t, "docker")
			f.images(t, test.present...)
			if test.registry {
				f.put(t, "registry", "")
			}
			var steps []string
			got, why, err := ResolveImage(t.Context(), test.flag, offline, func(s string) { steps = append(steps, s) })
			if pulls := f.calls(t, "pull"); len(pulls) != test.pulls || len(steps) != test.pulls {
				t.Errorf("pulls %q, said %q, want %d", pulls, steps, test.pulls)
			}
			if test.says != "" {
				var fault *Fault
				if !errors.As(err, &fault) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "no route to the registry") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got != test.want || why == "" {
				t.Errorf("got %q (%s), %v", got, why, err)
			}
		})
	}
}
