// Package nodeimage builds the offline kind node image: Kubernetes from the Go
// module proxy and everything else from Debian packages, so that no container
// registry is needed. It owns the recipe (embedded), its hash in the image's
// tag, the cache of finished steps, and the container CLI calls that put the
// image together. It does not install or start an engine, and it creates no
// clusters: plain `kind create cluster --image <tag>` does, see cluster/kind.
package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// Config says what to build and where to cache.
type Config struct {
	// Engine is the container CLI: "docker" (the default), "podman" or "nerdctl".
	Engine string
	// CacheDir holds the results of finished steps, about 700 MB.
	// The default is zarif/nodeimage in os.UserCacheDir.
	CacheDir string
	// Debian is the suite of the root filesystem; the default is bookworm.
	Debian string
	// Progress takes plain lines: what, step k of n, how long, how long still.
	// Nil means that nobody wants to know.
	Progress io.Writer
	// Force builds everything anew, whatever is cached or in the engine.
	Force bool
}

var engines = []string{"docker", "podman", "nerdctl"}

// defaultDebian is the suite that is taken where none is asked for.
const defaultDebian = "bookworm"

var suite = regexp.MustCompile(`^[a-z]+$`)

// Validate reports every field that cannot be used; an empty field is its default.
func (c Config) Validate() error {
	var errs []error
	if c.Engine != "" && !slices.Contains(engines, c.Engine) {
		errs = append(errs, fmt.Errorf("engine %q: must be docker, podman or nerdctl", c.Engine))
	}
	if c.Debian != "" && !suite.MatchString(c.Debian) {
		errs = append(errs, fmt.Errorf("debian %q: must be the name of a suite, like bookworm", c.Debian))
	}
	if c.CacheDir != "" && !filepath.IsAbs(c.CacheDir) {
		errs = append(errs, fmt.Errorf("cache directory %q: must be absolute", c.CacheDir))
	}
	return errors.Join(errs...)
}

// withDefaults fills in the empty fields.
func (c Config) withDefaults() (Config, error) {
	if c.Engine == "" {
		c.Engine = "docker"
	}
	if c.Debian == "" {
		c.Debian = defaultDebian
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	if c.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return c, fmt.Errorf("choose a cache directory: %w", err)
		}
		c.CacheDir = filepath.Join(user, "zarif", "nodeimage")
	}
	return c, nil
}

// Tag is the image reference that this build of zarif would make, for example
// "zarif/node:v1.34.4-0123456789ab". The digits are a hash over the recipe, the
// code that follows it and the architecture: another recipe is another image.
func Tag() string {
	t, err := tag(recipe(), code)
	if err != nil {
		panic(err) // the recipe is compiled in
	}
	return t
}

// Present reports whether Tag() exists in the engine ("" means docker). An
// engine that does not answer is an error.
func Present(ctx context.Context, engine string) (bool, error) {
	if engine == "" {
		engine = "docker"
	}
	if err := (Config{Engine: engine}).Validate(); err != nil {
		return false, err
	}
	return cli{engine, run}.present(ctx, Tag())
}

// Build makes the image unless it is there already, and returns its tag and
// whether anything was built. Finished steps are cached, so a build that was
// interrupted goes on where it stopped; nothing half-done is left when it fails
// or ctx ends. Two builds with one CacheDir wait for each other. It needs root
// (debootstrap does), Go, and about 15 minutes on two cores the first time.
func Build(ctx context.Context, c Config) (tag string, built bool, err error) {
	if err := c.Validate(); err != nil {
		return "", false, err
	}
	if c, err = c.withDefaults(); err != nil {
		return "", false, err
	}
	tag = Tag()
	b := &build{
		config: c, tag: tag, recipe: recipe(), run: run,
		engine:   cli{c.Engine, run},
		cache:    cache{c.CacheDir},
		progress: newProgress("node image", c.Progress, time.Now),
		root:     os.Geteuid() == 0,
	}
	built, err = b.do(ctx)
	if err != nil {
		return "", false, fmt.Errorf("build node image %s: %w", tag, err)
	}
	return tag, built, nil
}
