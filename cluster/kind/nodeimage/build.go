package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// build is one run of Build.
type build struct {
	config   Config
	tag      string
	recipe   fs.FS
	run      runner
	engine   cli
	cache    cache
	progress *progress
	root     bool // whether this process is root

	// What the steps leave for the later ones: paths in the cache.
	programs map[string]string
	kind     string
	rootfs   string
	images   string
}

// step is one action of a build. usual is what it took on two cores with
// nothing cached; estimates are made of it.
type step struct {
	name  string
	usual time.Duration
	do    func(context.Context) error
}

// steps are in the order in which they run: cheap checks first, then what is
// most likely to fail for reasons outside, then the long compilation.
func (b *build) steps() []step {
	return []step{
		{"check the tools", time.Second, b.check},
		{"fetch kind's files", 2 * time.Second, b.fetchKind},
		{rootfsStep, rootfsUsual, b.makeRootfs},
		{"compile pause", 5 * time.Second, b.compile("pause")},
		{"compile CoreDNS", 110 * time.Second, b.compile("coredns")},
		{"compile Kubernetes and etcd", 620 * time.Second, b.compile("kube")},
		{"pack the cluster's images", 10 * time.Second, b.archiveImages},
		{"put the node image together", 60 * time.Second, b.assemble},
	}
}

// do runs the steps, one build per cache at a time.
func (b *build) do(ctx context.Context) (built bool, err error) {
	if !b.config.Force {
		if there, err := b.upToDate(ctx); there || err != nil {
			return false, err
		}
	}
	unlock, err := b.cache.lock(ctx, func() { b.progress.note("waiting for another build in " + b.cache.dir) })
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := b.cache.sweep(); err != nil {
		return false, err
	}
	// The build that this one waited for may have made the image.
	if !b.config.Force {
		if there, err := b.upToDate(ctx); there || err != nil {
			return false, err
		}
	}
	steps := b.steps()
	b.progress.plan(steps)
	for _, s := range steps {
		done := b.progress.begin(s.name)
		err := s.do(ctx)
		done(err)
		if err != nil {
			return false, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	b.progress.note("done: " + b.tag)
	return true, nil
}

// upToDate reports whether the engine has the image, made of the same suite.
func (b *build) upToDate(ctx context.Context) (bool, error) {
	there, err := b.engine.present(ctx, b.tag)
	if err != nil || !there {
		return false, err
	}
	made, err := b.engine.label(ctx, b.tag, suiteLabel)
	if err != nil || made != b.config.Debian {
		return false, err
	}
	b.progress.note(b.tag + " is up to date")
	return true, nil
}

// check finds out what would make a later step fail.
func (b *build) check(ctx context.Context) error {
	if err := b.checkRootfs(); err != nil {
		return err
	}
	return found("go", "install Go 1.24 or newer and put it in PATH")
}
