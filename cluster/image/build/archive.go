package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"zarif/cluster"
)

// An Archive is an image on its way to nodes.
type Archive struct {
	// Exact is a name that no other image has, not even one that is built of the
	// same anew: the reference with the beginning of the image's id. A node that has
	// it has this image.
	Exact string

	builder *Builder
	ref     string
	once    sync.Once
	file    *os.File // without a name; nil until Write
	size    int64
	err     error
}

// Archive is that of an image, which is built if it is not there.
func (b *Builder) Archive(ctx context.Context, img cluster.Image) (*Archive, error) {
	if img.Build == nil {
		return nil, fmt.Errorf("image %s is not one that is built", img.Name)
	}
	if _, err := b.Ensure(ctx, img); err != nil {
		return nil, err
	}
	ref := img.Reference()
	return &Archive{Exact: b.exactName(ref), builder: b, ref: ref}, nil
}

// Write writes the archive, in which the image has its reference and its exact
// name, as `docker save` does. However often it is called, also concurrently, the
// engine is asked once.
func (a *Archive) Write(ctx context.Context, w io.Writer) error {
	a.once.Do(func() { a.err = a.save(ctx) })
	if a.err != nil {
		return a.err
	}
	_, err := io.Copy(w, io.NewSectionReader(a.file, 0, a.size))
	return err
}

// save keeps the archive in a file that goes with this process, however it ends.
func (a *Archive) save(ctx context.Context) (err error) {
	b := a.builder
	if err := b.engine.tag(ctx, a.ref, a.Exact); err != nil {
		return fmt.Errorf("name image %s: %w", a.Exact, err)
	}
	if err := os.MkdirAll(b.config.CacheDir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(b.config.CacheDir, "archive-*.tar")
	if err != nil {
		return err
	}
	a.file = f
	if err := errors.Join(os.Remove(f.Name()), b.engine.save(ctx, f, a.ref, a.Exact)); err != nil {
		return fmt.Errorf("save image %s: %w", a.ref, err)
	}
	a.size, err = f.Seek(0, io.SeekEnd)
	return err
}

// Close gives the file back. Write must not be called any more.
func (a *Archive) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// seen remembers that an image is there.
func (b *Builder) seen(ref string, f found) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := strings.TrimPrefix(f.ID, "sha256:")
	b.exact[ref] = ref + "-" + id[:min(12, len(id))]
}

// exactName is empty for an image that was not seen.
func (b *Builder) exactName(ref string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.exact[ref]
}
