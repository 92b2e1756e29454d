// Package image assembles container images from static binaries, without a
// container engine. It owns what is in such an image beside its files, and the
// archive that carries one to a node. It loads nothing.
package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"zarif/cluster"
)

// made is when every image was made: with real times, the same content would
// have a new digest with every run.
var made = time.Unix(0, 0).UTC()

// Reference is img.Reference: what pods name and WriteTar embeds.
func Reference(img cluster.Image) string { return img.Reference() }

// WriteTar writes img as an archive that `ctr -n k8s.io images import -` and
// `docker load` take, for Linux on arch ("amd64", "arm64"). Its tag is
// img.Reference, which containerd stores under the full name that the kubelet
// looks for. The same image is the same bytes.
func WriteTar(w io.Writer, img cluster.Image, arch string) error {
	tag, err := name.NewTag(img.Reference())
	if err != nil {
		return fmt.Errorf("image %s: %w", img.Name, err)
	}
	built, err := build(img, arch)
	if err != nil {
		return fmt.Errorf("image %s: %w", tag, err)
	}
	if err := tarball.Write(tag, built, w); err != nil {
		return fmt.Errorf("image %s: write archive: %w", tag, err)
	}
	return nil
}

func build(img cluster.Image, arch string) (v1.Image, error) {
	if err := check(img, arch); err != nil {
		return nil, err
	}
	files, err := rootfs(img.Files)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	})
	if err != nil {
		return nil, err
	}
	built, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: made}, CreatedBy: "zarif"},
	})
	if err != nil {
		return nil, err
	}
	c, err := config(built, img, arch)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(built, c)
}

func check(img cluster.Image, arch string) error {
	switch {
	case arch == "":
		return errors.New("the architecture is missing: want one like amd64")
	case len(img.Entrypoint) == 0:
		return errors.New("the entrypoint is missing")
	case len(img.Files) == 0:
		return errors.New("it has no files")
	}
	return nil
}

// config is the image's configuration: the platform, and how it is run.
func config(built v1.Image, img cluster.Image, arch string) (*v1.ConfigFile, error) {
	c, err := built.ConfigFile()
	if err != nil {
		return nil, err
	}
	c = c.DeepCopy()
	c.Created = v1.Time{Time: made}
	c.OS, c.Architecture = "linux", arch
	c.Config.Entrypoint = img.Entrypoint
	c.Config.User = img.User
	c.Config.StopSignal = img.StopSignal
	c.Config.WorkingDir = "/"
	c.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	return c, nil
}
