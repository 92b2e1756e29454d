package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"zarif/cluster"
	"zarif/cluster/image/build"
	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

// A stackImage is an image that a container engine builds.
type stackImage struct {
	stack string // folder of the application, e.g. "uvicorn"
	image cluster.Image
}

// stackImages are those of all set-ups and edges, each once, by stack.
func (c catalog) stackImages() (all []stackImage, err error) {
	seen := map[string]bool{}
	for _, setup := range c.fixtures.All() {
		if !setup.IsStack() {
			continue
		}
		w, err := setup.Workload(func(string) ([]byte, error) { return nil, errors.New("a stack has no binary") })
		if err != nil {
			return nil, err
		}
		for _, img := range built(w.Images) {
			if ref := img.Reference(); !seen[ref] {
				seen[ref] = true
				all = append(all, stackImage{setup.App, img})
			}
		}
	}
	for _, proxy := range c.edges.Proxies() {
		img, err := c.edges.Image(proxy)
		if err != nil {
			return nil, err
		}
		all = append(all, stackImage{"edge-" + proxy, img})
	}
	slices.SortStableFunc(all, func(a, b stackImage) int { return strings.Compare(a.stack, b.stack) })
	return all, nil
}

// built are the images that a container engine builds.
func built(images []cluster.Image) []cluster.Image {
	return slices.DeleteFunc(slices.Clone(images), func(img cluster.Image) bool { return img.Build == nil })
}

// newBuilder is what builds images here, with the engine that kind takes. It has
// asked the engine for nothing but to be there.
func newBuilder(ctx context.Context, say func(line string)) (*build.Builder, error) {
	engine, err := kind.Engine(ctx)
	if err != nil {
		return nil, err
	}
	return build.New(build.Config{
		Engine: engine, Progress: say, RootfsVersion: nodeimage.BaseVersion(),
		Rootfs: func(ctx context.Context, use func(archive string) error) error {
			return nodeimage.Base(ctx, nodeimage.Config{Progress: lineWriter(say)}, use)
		},
	})
}

// lineWriter hands on what is written a line at a time.
type lineWriter func(line string)

func (w lineWriter) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		w(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

// A nodeLoader puts an image onto every node that lacks it.
type nodeLoader interface {
	LoadImage(ctx context.Context, ref string, write func(io.Writer) error) error
}

// loadBuilt builds an image where it is not there and loads it. Nodes are asked for
// its exact name: a kept cluster may have one that was built of the same before.
func loadBuilt(ctx context.Context, b *build.Builder, nodes nodeLoader, img cluster.Image) (ref string, err error) {
	archive, err := b.Archive(ctx, img)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	return img.Reference(), nodes.LoadImage(ctx, archive.Exact, func(w io.Writer) error { return archive.Write(ctx, w) })
}

// loadAll loads images before anything is measured, so that no loading disturbs a
// trial.
func loadAll(ctx context.Context, b *build.Builder, nodes nodeLoader, images []cluster.Image, step func(string)) error {
	for i, img := range images {
		step(fmt.Sprintf("loading images onto nodes that lack them [%d/%d] %s", i+1, len(images), img.Name))
		if _, err := loadBuilt(ctx, b, nodes, img); err != nil {
			return err
		}
	}
	return nil
}
