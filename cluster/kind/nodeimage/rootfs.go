package nodeimage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const (
	rootfsStep  = "Debian root filesystem"
	rootfsUsual = 100 * time.Second
)

// checkRootfs finds out what makeRootfs would fail without.
func (b *build) checkRootfs() error {
	if !b.root {
		return errors.New("making a root filesystem needs root: run this with sudo")
	}
	if err := found("debootstrap", "apt-get install -y debootstrap"); err != nil {
		return err
	}
	return found("unshare", "apt-get install -y util-linux")
}

// makeRootfs makes node.tar and base.tar out of Debian packages. debootstrap
// mounts things: a mount namespace of its own takes them along when it ends,
// however it ends, so that removing its folder removes nothing else.
func (b *build) makeRootfs(ctx context.Context) error {
	key, err := hash(b.recipe, []string{"rootfs"}, runtime.GOARCH, b.config.Debian)
	if err != nil {
		return err
	}
	dir, hit, err := b.cache.entry("rootfs", key, b.config.Force, func(dir string) error {
		if err := b.checkRootfs(); err != nil {
			return err
		}
		// debootstrap wants a file system that can hold devices, and a path
		// that everybody can enter.
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
		if err := write(b.recipe, "rootfs", filepath.Join(dir, "recipe")); err != nil {
			return err
		}
		_, err := b.run(ctx, command{
			argv: []string{"unshare", "--mount", "--propagation", "private",
				filepath.Join(dir, "recipe", "rootfs.sh"), b.config.Debian, dir},
			line: b.progress.tick,
		})
		if err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "recipe"))
	})
	if hit {
		b.progress.hit()
	}
	b.rootfs = dir
	return err
}
