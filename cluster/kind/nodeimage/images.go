package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// assemble builds the node without images, loads the images into a container of
// it, and commits that container under the build's tag.
func (b *build) assemble(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(b.cache.dir, ".assemble-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	node := "zarif/node-without-images:" + strings.TrimPrefix(b.tag, "zarif/node:")
	if err := b.nodeContext(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.discard(ctx, node)) }()
	if err := b.engine.build(ctx, dir, node, b.progress.tick); err != nil {
		return err
	}
	return b.importAndCommit(ctx, node)
}

// nodeContext fills the build context of node/Dockerfile. The big files are
// linked: the cache is on one file system.
func (b *build) nodeContext(dir string) error {
	if err := write(b.recipe, "node", dir); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "kind"), os.DirFS(b.kind)); err != nil {
		return err
	}
	return errors.Join(
		os.Link(filepath.Join(b.rootfs, "node.tar"), filepath.Join(dir, "node.tar")),
		os.Link(b.programs["kube"], filepath.Join(dir, "kube")),
	)
}

// importAndCommit runs import.sh in a container of the node and makes an image
// of that container. It is privileged because containerd mounts.
func (b *build) importAndCommit(ctx context.Context, node string) (err error) {
	script, err := b.source("import")
	if err != nil {
		return err
	}
	defer os.RemoveAll(script)
	container := fmt.Sprintf("zarif-nodeimage-%d", os.Getpid())
	defer func() { err = errors.Join(err, b.remove(ctx, container)) }()
	if _, err := b.engine.do(ctx, "run", "--detach", "--privileged", "--name", container, "--network", "none",
		"--entrypoint", "sleep", "--volume", "/build", node, "infinity"); err != nil {
		return err
	}
	if _, err := b.engine.do(ctx, "cp", filepath.Join(script, "import.sh"), container+":/build/import.sh"); err != nil {
		return err
	}
	images, err := os.Open(b.images)
	if err != nil {
		return err
	}
	defer images.Close()
	if _, err := b.run(ctx, command{
		argv:  []string{b.engine.name, "exec", "--interactive", container, "/build/import.sh"},
		stdin: images, line: b.progress.tick,
	}); err != nil {
		return err
	}
	_, err = b.engine.do(ctx, "commit", "--change", "LABEL "+suiteLabel+"="+b.config.Debian,
		"--change", `ENTRYPOINT ["/kind/bin/without-sys-resource.sh", "/usr/local/bin/entrypoint", "/sbin/init"]`,
		container, b.tag)
	return err
}

// remove removes a container with its volumes, as far as it was made.
func (b *build) remove(ctx context.Context, container string) error {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	there, err := b.engine.do(clean, "ps", "--all", "--quiet", "--filter", "name=^"+container+"$")
	if err != nil || there == "" {
		return err
	}
	_, err = b.engine.do(clean, "rm", "--force", "--volumes", container)
	return err
}

// discard removes the name of an intermediate image, as far as it was made.
func (b *build) discard(ctx context.Context, image string) error {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	there, err := b.engine.present(clean, image)
	if err != nil || !there {
		return err
	}
	_, err = b.engine.do(clean, "rmi", image)
	return err
}
