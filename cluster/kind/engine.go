package kind

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"
)

// providerVariable is what kind itself obeys in the choice of an engine.
const providerVariable = "KIND_EXPERIMENTAL_PROVIDER"

// answerWithin bounds how long an engine may take to say that it is there.
const answerWithin = 20 * time.Second

// EngineInfo describes the container engine that answers.
type EngineInfo struct {
	Name     string // its program: "docker", "podman", "nerdctl" …
	Version  string
	Cgroup   string // "1" or "2"
	Runtime  string // the default one, e.g. "runc"
	Root     string // where it keeps images and containers
	Rootless bool
	Desktop  bool // it runs in a virtual machine of its own
}

// Engine is the program of the container engine that answers, which need not be
// the one whose program is there. Without one the error is a *Fault.
func Engine(ctx context.Context) (string, error) {
	info, err := Describe(ctx)
	return info.Name, err
}

// Describe is Engine with what the engine says of itself.
func Describe(ctx context.Context) (EngineInfo, error) {
	names, err := candidates(os.Getenv(providerVariable))
	if err != nil {
		return EngineInfo{}, err
	}
	var silent []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		info, err := engine(name).info(ctx)
		if err == nil {
			return info, nil
		}
		if ctx.Err() != nil {
			return EngineInfo{}, fmt.Errorf("look for a container engine: %w", ctx.Err())
		}
		silent = append(silent, fmt.Sprintf("%s is installed but does not answer (%v)", name, err))
	}
	const cure = "start docker, podman or nerdctl; on a Debian machine with root: hack/engine.sh"
	if len(silent) == 0 {
		return EngineInfo{}, &Fault{What: "no container engine is installed (looked for " + strings.Join(names, ", ") + ")", Cure: cure}
	}
	return EngineInfo{}, &Fault{What: "no container engine answers: " + strings.Join(silent, "; "), Cure: cure}
}

// candidates are the engines to ask, in kind's order.
func candidates(chosen string) ([]string, error) {
	known := []string{"docker", "nerdctl", "finch", "podman", "nerdctl.lima"}
	switch {
	case chosen == "":
		return known[:4], nil
	case slices.Contains(known, chosen):
		return []string{chosen}, nil
	}
	return nil, &Fault{
		What: fmt.Sprintf("%s=%s names no engine that kind supports", providerVariable, chosen),
		Cure: "unset it, or set it to docker, podman or nerdctl",
	}
}

// engine is the program of a container engine.
type engine string

// output runs the engine's program and returns its standard output.
func (e engine) output(ctx context.Context, args ...string) ([]byte, error) {
	stdout, _, err := e.run(ctx, args...)
	return stdout, err
}

// logs are the last lines that a container wrote, on both of its outputs.
func (e engine) logs(ctx context.Context, id string) ([]byte, error) {
	stdout, stderr, err := e.run(ctx, "logs", "--tail", "20", id)
	return append(stdout, stderr...), err
}

// run runs the engine's program in a process group of its own, so that Ctrl-C in
// a terminal, which is meant for us, does not also end what we clean up with.
func (e engine) run(ctx context.Context, args ...string) (out, said []byte, err error) {
	cmd := exec.CommandContext(ctx, string(e), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		all := slices.Concat(stderr.Bytes(), stdout.Bytes())
		return stdout.Bytes(), stderr.Bytes(), &CommandError{Argv: append([]string{string(e)}, args...), Output: all, Err: err}
	}
	return stdout.Bytes(), stderr.Bytes(), nil
}

// info asks the engine itself; its program alone proves nothing.
func (e engine) info(ctx context.Context) (EngineInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if e == "docker" { // podman-docker installs a program of that name
		if out, err := e.output(ctx, "-v"); err != nil || !bytes.HasPrefix(out, []byte("Docker version")) {
			return EngineInfo{}, errors.New("it is not Docker's program")
		}
	}
	out, err := e.output(ctx, "info", "--format", "{{json .}}")
	if err != nil {
		var failed *CommandError
		if errors.As(err, &failed) && !errors.Is(err, context.DeadlineExceeded) {
			if said := tail(trimJSON(failed.Output), 1); said != "" {
				err = errors.New(said)
			}
		}
		return EngineInfo{}, err
	}
	return parseInfo(string(e), out)
}

// trimJSON drops what --format printed beside the error.
func trimJSON(out []byte) []byte {
	return slices.Concat(slices.DeleteFunc(bytes.SplitAfter(out, []byte("\n")), func(line []byte) bool {
		return bytes.HasPrefix(line, []byte("{"))
	})...)
}

// parseInfo understands Docker's form, which nerdctl shares, and podman's.
func parseInfo(name string, out []byte) (EngineInfo, error) {
	var raw struct {
		ServerVersion, CgroupVersion, DefaultRuntime, DockerRootDir, OperatingSystem string
		SecurityOptions, ServerErrors                                                []string
		Host                                                                         struct {
			CgroupVersion string
			OCIRuntime    struct{ Name string }
			Security      struct{ Rootless bool }
		}
		Store   struct{ GraphRoot string }
		Version struct{ Version string }
	}
	if err := json.Unmarshal(out, &raw); err != nil {
		return EngineInfo{}, fmt.Errorf("its answer cannot be read: %w", err)
	}
	info := EngineInfo{
		Name: name, Version: raw.ServerVersion, Cgroup: raw.CgroupVersion, Runtime: raw.DefaultRuntime, Root: raw.DockerRootDir,
		Desktop: strings.Contains(raw.OperatingSystem, "Docker Desktop"),
		Rootless: raw.Host.Security.Rootless || slices.ContainsFunc(raw.SecurityOptions, func(o string) bool {
			return slices.Contains(strings.Split(o, ","), "name=rootless")
		}),
	}
	if name == "podman" {
		info.Version, info.Cgroup = raw.Version.Version, strings.TrimPrefix(raw.Host.CgroupVersion, "v")
		info.Runtime, info.Root = raw.Host.OCIRuntime.Name, raw.Store.GraphRoot
	}
	if info.Version == "" { // older clients end with 0 and tell of it only here
		return EngineInfo{}, errors.New(strings.Join(append(raw.ServerErrors, "it names no version of an engine"), "; "))
	}
	return info, nil
}

// nodesRoutable tells whether the addresses of containers can be expected to be
// reachable from this process.
func (i EngineInfo) nodesRoutable() bool {
	host := os.Getenv("DOCKER_HOST")
	return runtime.GOOS == "linux" && !i.Rootless && !i.Desktop && (host == "" || strings.HasPrefix(host, "unix://"))
}

// provider is kind's handle on the engine.
func (e engine) provider(logger log.Logger) *cluster.Provider {
	with := cluster.ProviderWithNerdctl(string(e))
	switch e {
	case "docker":
		with = cluster.ProviderWithDocker()
	case "podman":
		with = cluster.ProviderWithPodman()
	}
	return cluster.NewProvider(with, cluster.ProviderWithLogger(logger))
}
