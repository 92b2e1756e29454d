package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"zarif/cluster"
)

func app() cluster.Image {
	return cluster.Image{
		Name: "zarif/goapp",
		Files: []cluster.File{
			{Path: "/goapp", Mode: 0o755, Data: []byte("a binary")},
			{Path: "/etc/app/settings", Mode: 0o600, Data: []byte("some settings")},
		},
		Entrypoint: []string{"/goapp", "-v"},
		User:       "65532:65532",
		StopSignal: "SIGQUIT",
	}
}

func archive(t *testing.T, img cluster.Image, arch string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteTar(&out, img, arch); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read opens an archive the way an engine does, by the tag that is in it.
func read(t *testing.T, data []byte, tag string) v1.Image {
	t.Helper()
	ref, err := name.NewTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	img, err := tarball.Image(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, &ref)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestTheArchiveHoldsTheImage(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		img := read(t, archive(t, app(), arch), "docker.io/"+app().Reference())
		c, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if c.OS != "linux" || c.Architecture != arch {
			t.Errorf("platform %s/%s, want linux/%s", c.OS, c.Architecture, arch)
		}
		if strings.Join(c.Config.Entrypoint, " ") != "/goapp -v" || c.Config.User != "65532:65532" || c.Config.StopSignal != "SIGQUIT" {
			t.Errorf("config %+v", c.Config)
		}
	}
}

func TestTheRootFilesystem(t *testing.T) {
	img := read(t, archive(t, app(), "amd64"), app().Reference())
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var got []string
	sum := sha256.New()
	for in := tar.NewReader(io.TeeReader(content, sum)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%c %o %d:%d %s %q", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Name, data))
		if !h.ModTime.Equal(made) {
			t.Errorf("%s is of %s", h.Name, h.ModTime)
		}
	}
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(sum, content)
	if id := "sha256:" + hex.EncodeToString(sum.Sum(nil)); len(c.RootFS.DiffIDs) != 1 || c.RootFS.DiffIDs[0].String() != id {
		t.Errorf("the configuration names the layers %v, want %s", c.RootFS.DiffIDs, id)
	}
	want := []string{
		`5 1777 0:0 tmp/ ""`,
		`5 755 0:0 etc/ ""`,
		`5 755 0:0 etc/app/ ""`,
		`0 600 0:0 etc/app/settings "some settings"`,
		`0 755 0:0 goapp "a binary"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheSameImageIsTheSameBytes(t *testing.T) {
	turned := app()
	turned.Files[0], turned.Files[1] = turned.Files[1], turned.Files[0]
	if !bytes.Equal(archive(t, app(), "amd64"), archive(t, turned, "amd64")) {
		t.Error("two archives of the same files differ")
	}
	// The configuration's digest covers every byte but the compression, which is Go's.
	id, err := read(t, archive(t, app(), "amd64"), app().Reference()).ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	// Another one for the same content means that the layout changed: then the
	// layout's name in package cluster has to change with it.
	const want = "sha256:363e52b32f70de80227d235a64aaf724186c7c86e6e02eb1f7a01641d78583a5"
	if id.String() != want {
		t.Errorf("id %s, want %s", id, want)
	}
}

func TestImagesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, says string
		change     func(*cluster.Image)
	}{
		{"no name", "repository", func(i *cluster.Image) { i.Name = "" }},
		{"bad name", "repository can only contain", func(i *cluster.Image) { i.Name = "Zarif/App" }},
		{"no entrypoint", "entrypoint is missing", func(i *cluster.Image) { i.Entrypoint = nil }},
		{"no files", "has no files", func(i *cluster.Image) { i.Files = nil }},
		{"relative path", "want a clean absolute path", func(i *cluster.Image) { i.Files[0].Path = "goapp" }},
		{"path that leaves", "want a clean absolute path", func(i *cluster.Image) { i.Files[0].Path = "/../goapp" }},
		{"directory", "want a clean absolute path", func(i *cluster.Image) { i.Files[0].Path = "/etc/" }},
		{"twice", "is there twice", func(i *cluster.Image) { i.Files[1].Path = "/goapp" }},
		{"file above a file", "file /etc/app: is a directory too", func(i *cluster.Image) { i.Files[0].Path = "/etc/app" }},
		{"file that is /tmp", "is a directory too", func(i *cluster.Image) { i.Files[0].Path = "/tmp" }},
		{"no architecture", "architecture is missing", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			img, arch := app(), "amd64"
			if c.change == nil {
				arch = ""
			} else {
				c.change(&img)
			}
			err := WriteTar(io.Discard, img, arch)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}

func TestAnArchiveThatCannotBeWritten(t *testing.T) {
	full := errors.New("no space")
	if err := WriteTar(failing{full}, app(), "amd64"); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
