package nodeimage

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// unpack reads a whole tar.
func unpack(t *testing.T, r io.Reader) (order []string, files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{}
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return order, files
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			body = []byte("-> " + h.Linkname)
		}
		order, files[h.Name] = append(order, h.Name), body
	}
}

// example lays out a base and programs, and describes an image of them.
func example(t *testing.T) []component {
	t.Helper()
	dir := t.TempDir()
	var base bytes.Buffer
	w := tar.NewWriter(&base)
	if err := errors.Join(addBytes(w, "./etc/hello", []byte("hello")), w.Close()); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"base.tar": base.Bytes(), "kube": []byte("K"), "pause": []byte("P")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return []component{
		{name: "programs", base: filepath.Join(dir, "base.tar"), programs: []string{filepath.Join(dir, "kube")}, dir: "bin/", links: map[string]string{"etcd": "kube"}, entrypoint: "/bin/kube"},
		{name: "pause", programs: []string{filepath.Join(dir, "pause")}, entrypoint: "/pause"},
	}
}

func TestArchiveIsWhatAnEngineSaves(t *testing.T) {
	dir := t.TempDir()
	if err := writeArchive(t.Context(), dir, example(t)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"images.tar"}) {
		t.Errorf("left %v", got)
	}
	f, err := os.Open(filepath.Join(dir, "images.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, files := unpack(t, f)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 2 {
		t.Fatalf("manifest %s: %v", files["manifest.json"], err)
	}
	var config struct {
		Config struct{ Entrypoint []string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(files[manifest[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Config.Entrypoint, []string{"/bin/kube"}) || !slices.Equal(manifest[0].RepoTags, []string{"zarif/component-programs:latest"}) {
		t.Errorf("config %+v, manifest %+v", config, manifest[0])
	}
	zip, err := gzip.NewReader(bytes.NewReader(files[manifest[0].Layers[0]]))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(layer)
	if got := config.RootFS.DiffIDs; !slices.Equal(got, []string{"sha256:" + hex.EncodeToString(sum[:])}) {
		t.Errorf("diff ids %v are not the layer's", got)
	}
	order, inside := unpack(t, bytes.NewReader(layer))
	if !slices.Equal(order, []string{"./etc/hello", "bin/kube", "bin/etcd"}) || string(inside["bin/etcd"]) != "-> kube" || string(inside["bin/kube"]) != "K" {
		t.Errorf("layer: %v %q", order, inside)
	}
}

func TestArchiveEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := writeArchive(ctx, t.TempDir(), example(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
