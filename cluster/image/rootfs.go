package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"zarif/cluster"
)

// rootfs is a layer with files, the directories above them, and a /tmp.
func rootfs(files []cluster.File) ([]byte, error) {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b cluster.File) int { return strings.Compare(a.Path, b.Path) })
	var buf bytes.Buffer
	layer := tar.NewWriter(&buf)
	there := map[string]kind{"/": isDirectory}
	if err := directory(layer, there, "/tmp", 0o1777); err != nil {
		return nil, err
	}
	for _, f := range sorted {
		if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path {
			return nil, fmt.Errorf("file %q: want a clean absolute path", f.Path)
		}
		if there[f.Path] != absent {
			return nil, fmt.Errorf("file %s: is there twice, or is a directory too", f.Path)
		}
		if err := directory(layer, there, path.Dir(f.Path), 0o755); err != nil {
			return nil, err
		}
		there[f.Path] = isFile
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.Path[1:], Mode: f.Mode, Size: int64(len(f.Data)), ModTime: made}
		if err := layer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Path, err)
		}
		if _, err := layer.Write(f.Data); err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Path, err)
		}
	}
	if err := layer.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// A kind is what a path of a root filesystem is.
type kind int

const (
	absent kind = iota
	isDirectory
	isFile
)

// directory adds dir and what is above it, unless it is there.
func directory(layer *tar.Writer, there map[string]kind, dir string, mode int64) error {
	switch there[dir] {
	case isDirectory:
		return nil
	case isFile:
		return fmt.Errorf("file %s: is a directory too", dir)
	}
	if err := directory(layer, there, path.Dir(dir), 0o755); err != nil {
		return err
	}
	there[dir] = isDirectory
	return layer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir[1:] + "/", Mode: mode, ModTime: made})
}
