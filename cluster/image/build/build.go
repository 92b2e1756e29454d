// Package build has a container engine build the images of stacks. It owns which
// of them are up to date, the Debian base that they are built upon, and their
// archives. It installs and starts no engine and loads nothing onto nodes.
//
// An image's reference says what it is made of: context, arguments and the way of
// building (package cluster). Upon what is in its labels: a base is always Debian
// bookworm, but its packages are those of the day on which it was made. So an image
// that is there under its reference is up to date whatever its base, none is ever
// built anew only for another one, and where a base matters (a node that keeps
// images beyond the engine's) the image goes by its exact name, see Exact.
package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"zarif/cluster"
	"zarif/cluster/flock"
)

// Config says who builds, and where.
type Config struct {
	// Engine is the program of the container engine, e.g. "docker". Required.
	Engine string
	// CacheDir holds locks and what is under way. The default is zarif/images in
	// os.UserCacheDir.
	CacheDir string
	// Rootfs makes a minimal Debian bookworm and hands use its archive, a tar that
	// stays there until use returns. nil: only debian:bookworm-slim can be the base.
	Rootfs func(ctx context.Context, use func(archive string) error) error
	// RootfsVersion names what makes that archive.
	RootfsVersion string
	// Certificates is a file with the certificates (PEM) that this machine trusts.
	// The default is SSL_CERT_FILE, else the first of the usual places that is there.
	Certificates string
	// Progress takes one line per step, without colours; it may be nil, and is not
	// called concurrently.
	Progress func(line string)
}

// Validate reports what is missing.
func (c Config) Validate() error {
	var faults []error
	if c.Engine == "" {
		faults = append(faults, errors.New("engine: want the program of a container engine, like docker"))
	}
	if c.CacheDir != "" && !filepath.IsAbs(c.CacheDir) {
		faults = append(faults, fmt.Errorf("cache directory %q: must be absolute", c.CacheDir))
	}
	if c.Rootfs != nil && c.RootfsVersion == "" {
		faults = append(faults, errors.New("root filesystem: want the version of what makes it"))
	}
	return errors.Join(faults...)
}

// A Builder builds images. Safe for concurrent use.
type Builder struct {
	config   Config
	engine   engine
	progress *progress

	choosing sync.Mutex
	base     *base // nil: none was needed yet

	mu    sync.Mutex
	exact map[string]string // names of images that were seen to be there, by reference
}

// New checks c and asks nobody anything.
func New(c Config) (*Builder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("choose a cache directory: %w", err)
		}
		c.CacheDir = filepath.Join(user, "zarif", "images")
	}
	if c.Certificates == "" {
		c.Certificates = hostCertificates()
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	return &Builder{config: c, engine: engine(c.Engine), progress: newProgress(c.Progress), exact: map[string]string{}}, nil
}

// Ensure builds those of the images that are built and that the engine does not
// have, one after the other, and reports how many. Two runs at once do not build
// the same image twice. When it fails or ctx ends nothing half-done stays behind;
// what was built until then does, and so do the engine's finished steps.
func (b *Builder) Ensure(ctx context.Context, images ...cluster.Image) (built int, err error) {
	missing, err := b.missing(ctx, images)
	if err != nil || len(missing) == 0 {
		return 0, err
	}
	on, err := b.ensureBase(ctx)
	if err != nil {
		return 0, fmt.Errorf("make the base of images: %w", ended(ctx, err))
	}
	b.progress.plan(len(missing))
	for _, img := range missing {
		anew, err := b.buildOnce(ctx, img, on)
		if err != nil {
			return built, fmt.Errorf("build image %s: %w", img.Reference(), ended(ctx, err))
		}
		if anew {
			built++
		}
	}
	return built, nil
}

// ended leaves out how work ended that was broken off.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, cause) {
		return cause
	}
	return err
}

// missing are the images that have to be built, each once.
func (b *Builder) missing(ctx context.Context, images []cluster.Image) (missing []cluster.Image, err error) {
	asked := map[string]cluster.Image{}
	var refs []string
	for _, img := range images {
		ref := img.Reference()
		if _, twice := asked[ref]; img.Build != nil && !twice && b.exactName(ref) == "" {
			asked[ref] = img
			refs = append(refs, ref)
		}
	}
	there, err := b.engine.inspect(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if found, ok := there[ref]; ok && found.ours() {
			b.seen(ref, found)
		} else {
			missing = append(missing, asked[ref])
		}
	}
	return missing, nil
}

// buildOnce builds an image unless another run does so meanwhile.
func (b *Builder) buildOnce(ctx context.Context, img cluster.Image, on base) (anew bool, err error) {
	ref := img.Reference()
	step := b.progress.image(img.Name)
	defer func() { step.end(anew, err) }()
	release, err := b.lock(ctx, ref, step)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if still, err := b.missing(ctx, []cluster.Image{img}); err != nil || len(still) == 0 {
		return false, err
	}
	if err := b.build(ctx, img, on, step); err != nil {
		return false, err
	}
	if still, err := b.missing(ctx, []cluster.Image{img}); err != nil {
		return false, err
	} else if len(still) > 0 {
		return false, fmt.Errorf("%s has built it and does not have it", b.engine)
	}
	return true, nil
}

// build runs the engine on a folder with the context, which is gone afterwards.
func (b *Builder) build(ctx context.Context, img cluster.Image, on base, step *step) (err error) {
	dir := b.place("context", img.Reference())
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := writeContext(dir, img.Build.Context); err != nil {
		return err
	}
	args := map[string]string{"BASE": fullName(on.ref)}
	for name, value := range img.Build.Args {
		args[name] = value
	}
	labels := map[string]string{baseLabel: on.ref, baseIDLabel: on.id}
	return b.engine.build(ctx, dir, img.Reference(), args, labels, step.output)
}

// lock is held by the only run that may make something of that name.
func (b *Builder) lock(ctx context.Context, name string, step *step) (release func() error, err error) {
	return flock.Take(ctx, b.place("lock", name), func() { step.say("waiting for another run that makes it") })
}

// place is a path in the cache for something that belongs to a name.
func (b *Builder) place(what, name string) string {
	return filepath.Join(b.config.CacheDir, what+"-"+strings.NewReplacer("/", "_", ":", "_").Replace(name))
}
