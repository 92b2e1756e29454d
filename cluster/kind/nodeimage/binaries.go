package nodeimage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// goEnvironment makes a build depend on the recipe alone: static, for this
// architecture, no workspace or flags of the user's.
var goEnvironment = []string{
	"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + runtime.GOARCH,
	"GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "GOEXPERIMENT=",
}

// compile returns the action that builds one program of the recipe.
func (b *build) compile(program string) func(context.Context) error {
	return func(ctx context.Context) error {
		dir, err := b.fill(ctx, program, []string{program}, func(dir string) error {
			source, err := b.source(program)
			if err != nil {
				return err
			}
			defer os.RemoveAll(source)
			flags, err := b.linkerFlags()
			if err != nil {
				return err
			}
			_, err = b.run(ctx, command{
				argv: []string{"go", "build", "-v", "-trimpath", "-ldflags", flags, "-o", filepath.Join(dir, program), "."},
				dir:  source, env: goEnvironment, line: b.progress.tick,
			})
			return err
		})
		if err != nil {
			return err
		}
		if b.programs == nil {
			b.programs = map[string]string{}
		}
		b.programs[program] = filepath.Join(dir, program)
		return nil
	}
}

// fill returns the cached folder of a step whose inputs are folders of the
// recipe and the version of Go.
func (b *build) fill(ctx context.Context, name string, inputs []string, build func(dir string) error) (string, error) {
	compiler, err := b.run(ctx, command{argv: []string{"go", "env", "GOVERSION"}, env: goEnvironment, dir: os.TempDir()})
	if err != nil {
		return "", err
	}
	key, err := hash(b.recipe, inputs, runtime.GOARCH, strings.TrimSpace(compiler))
	if err != nil {
		return "", err
	}
	dir, hit, err := b.cache.entry(name, key, b.config.Force, build)
	if hit {
		b.progress.hit()
	}
	return dir, err
}

// source writes a folder of the recipe where the Go tool can work in it.
func (b *build) source(folder string) (string, error) {
	dir, err := os.MkdirTemp(b.cache.dir, ".source-"+folder+"-")
	if err != nil {
		return "", err
	}
	if err := write(b.recipe, folder, dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// linkerFlags stamp the Kubernetes version, which kubeadm and the kubelet go by.
func (b *build) linkerFlags() (string, error) {
	v, err := version(b.recipe)
	if err != nil {
		return "", err
	}
	part := strings.Split(strings.TrimPrefix(v, "v"), ".")
	if len(part) < 3 {
		return "", fmt.Errorf("kubernetes version %q: must be vMAJOR.MINOR.PATCH", v)
	}
	const variable = " -X k8s.io/component-base/version."
	return "-s -w" + variable + "gitVersion=" + v + variable + "gitMajor=" + part[0] +
		variable + "gitMinor=" + part[1] + variable + "gitTreeState=clean", nil
}

// fetchKind finds the files of kind's own base image, which its module carries.
func (b *build) fetchKind(ctx context.Context) error {
	source, err := b.source("kind")
	if err != nil {
		return err
	}
	defer os.RemoveAll(source)
	out, err := b.run(ctx, command{
		argv: []string{"go", "mod", "download", "-json", "sigs.k8s.io/kind"}, dir: source, env: goEnvironment,
	})
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return fmt.Errorf("read what go mod download said: %w", err)
	}
	b.kind = filepath.Join(module.Dir, "images", "base", "files")
	_, err = os.Stat(b.kind)
	return err
}
