package nodeimage

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// component is an image that pods of the cluster itself run in. All of
// kubeadm's pod templates name their command except CoreDNS's, so one image of
// one layer serves them all, and its entrypoint is CoreDNS.
type component struct {
	name       string
	base       string   // a tar to start from; empty for none
	programs   []string // files to add
	dir        string   // the folder they go to, with "/" at its end
	links      map[string]string
	entrypoint string
}

// components need a shell, iptables and the libraries of its extensions for
// kube-proxy; curl is there for whoever looks into a cluster.
func (b *build) components() []component {
	links := map[string]string{}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubectl", "etcd"} {
		links[name] = "kube"
	}
	return []component{
		{
			name: "programs", base: filepath.Join(b.rootfs, "base.tar"),
			programs: []string{b.programs["kube"], b.programs["coredns"]},
			dir:      "usr/local/bin/", links: links, entrypoint: "/usr/local/bin/coredns",
		},
		{name: "pause", programs: []string{b.programs["pause"]}, entrypoint: "/pause"},
	}
}

// archiveImages writes the components as one archive of the kind that docker
// save writes and containerd imports.
func (b *build) archiveImages(ctx context.Context) error {
	inputs := []string{}
	for _, c := range b.components() {
		inputs = append(inputs, c.base)
		inputs = append(inputs, c.programs...)
	}
	// The inputs' paths hold the hashes of what made them.
	key, err := hash(code, []string{"archive.go"}, inputs...)
	if err != nil {
		return err
	}
	dir, hit, err := b.cache.entry("images", key, b.config.Force, func(dir string) error {
		return writeArchive(ctx, dir, b.components())
	})
	if hit {
		b.progress.hit()
	}
	b.images = filepath.Join(dir, "images.tar")
	return err
}

// writeArchive writes dir/images.tar.
func writeArchive(ctx context.Context, dir string, components []component) (err error) {
	f, err := os.Create(filepath.Join(dir, "images.tar"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := tar.NewWriter(f)
	type entry struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	var manifest []entry
	for _, c := range components {
		layer := filepath.Join(dir, c.name+".layer")
		diffID, err := writeLayer(ctx, layer, c)
		if err != nil {
			return fmt.Errorf("layer of %s: %w", c.name, err)
		}
		config, err := json.Marshal(map[string]any{
			"architecture": runtime.GOARCH, "os": "linux",
			"config": map[string]any{
				"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
				"Entrypoint": []string{c.entrypoint},
			},
			"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + diffID}},
		})
		if err != nil {
			return err
		}
		if err := errors.Join(addFile(out, c.name+".tar.gz", layer), addBytes(out, c.name+".json", config), os.Remove(layer)); err != nil {
			return err
		}
		manifest = append(manifest, entry{c.name + ".json", []string{"zarif/component-" + c.name + ":latest"}, []string{c.name + ".tar.gz"}})
	}
	content, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	return errors.Join(addBytes(out, "manifest.json", content), out.Close())
}

// writeLayer writes a component's only layer, compressed, and returns the hash
// of the uncompressed one.
func writeLayer(ctx context.Context, file string, c component) (diffID string, err error) {
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zip, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	layer := tar.NewWriter(io.MultiWriter(sum, zip))
	if c.base != "" {
		if err := copyTar(ctx, layer, c.base); err != nil {
			return "", err
		}
	}
	for _, program := range c.programs {
		if err := addFile(layer, c.dir+filepath.Base(program), program); err != nil {
			return "", err
		}
	}
	for name, target := range c.links {
		h := &tar.Header{Typeflag: tar.TypeSymlink, Name: c.dir + name, Linkname: target, Mode: 0o777, ModTime: epoch}
		if err := layer.WriteHeader(h); err != nil {
			return "", err
		}
	}
	if err := errors.Join(layer.Close(), zip.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// epoch stands for times that should not matter.
var epoch = time.Unix(0, 0)

// copyTar appends the entries of another archive.
func copyTar(ctx context.Context, to *tar.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for from := tar.NewReader(f); ; {
		h, err := from.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if err := to.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(to, from); err != nil {
			return err
		}
	}
}

// addFile adds an executable file.
func addFile(to *tar.Writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size(), ModTime: epoch}); err != nil {
		return err
	}
	_, err = io.Copy(to, f)
	return err
}

func addBytes(to *tar.Writer, name string, content []byte) error {
	if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: epoch}); err != nil {
		return err
	}
	_, err := to.Write(content)
	return err
}
