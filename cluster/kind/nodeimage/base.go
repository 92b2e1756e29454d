package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// BaseVersion names what makes the archive of Base: another recipe or suite is
// another version.
func BaseVersion() string {
	h, err := hash(recipe(), []string{"rootfs"}, runtime.GOARCH, defaultDebian)
	if err != nil {
		panic(err) // the recipe is compiled in
	}
	return h
}

// Base makes the root filesystem that the node image and its pods begin with, a
// minimal Debian with apt, and hands use its archive (a tar of about 120 MB),
// which stays where it is until use returns. It is cached; to make it anew takes
// root, debootstrap and about two minutes. c.Engine is not asked.
func Base(ctx context.Context, c Config, use func(archive string) error) (err error) {
	if err := c.Validate(); err != nil {
		return err
	}
	if c, err = c.withDefaults(); err != nil {
		return err
	}
	b := &build{
		config: c, recipe: recipe(), run: run, cache: cache{c.CacheDir},
		progress: newProgress("base", c.Progress, time.Now), root: os.Geteuid() == 0,
	}
	return b.base(ctx, use)
}

func (b *build) base(ctx context.Context, use func(archive string) error) (err error) {
	unlock, err := b.cache.lock(ctx, func() { b.progress.note("waiting for another build in " + b.cache.dir) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := b.cache.sweep(); err != nil {
		return err
	}
	b.progress.steps = []step{{rootfsStep, rootfsUsual, b.makeRootfs}}
	done := b.progress.begin(rootfsStep)
	err = b.makeRootfs(ctx)
	done(err)
	if err != nil {
		return fmt.Errorf("%s: %w", rootfsStep, err)
	}
	return use(filepath.Join(b.rootfs, "base.tar"))
}
