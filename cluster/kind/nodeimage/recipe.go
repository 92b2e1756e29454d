package nodeimage

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// The recipe is everything that decides what is in the image. Files that the Go
// tool would take for a part of this module end in ".txt" here.
//
//go:embed all:recipe
var embedded embed.FS

// code is the part of this package that decides what is in the image too.
//
//go:embed archive.go binaries.go images.go
var code embed.FS

// recipe returns the embedded files, rooted at their folder.
func recipe() fs.FS {
	sub, err := fs.Sub(embedded, "recipe")
	if err != nil {
		panic(err) // the folder's name is a constant
	}
	return sub
}

// hash is a digest of the named files and folders of a recipe (all of them when
// none is named), and of salts: names and contents, in lexical order.
func hash(files fs.FS, names []string, salts ...string) (string, error) {
	if len(names) == 0 {
		names = []string{"."}
	}
	sum := sha256.New()
	for _, name := range names {
		err := fs.WalkDir(files, name, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(files, file)
			fmt.Fprintf(sum, "%s %d\n%s\n", file, len(content), content)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("hash recipe %s: %w", name, err)
		}
	}
	for _, salt := range salts {
		fmt.Fprintf(sum, "salt %q\n", salt)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// write copies a folder of the recipe to dir, without the ".txt" of Go files.
// Scripts become executable.
func write(files fs.FS, folder, dir string) error {
	return fs.WalkDir(files, folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := strings.CutPrefix(file, path.Clean(folder)+"/")
		target := filepath.Join(dir, strings.TrimSuffix(name, ".txt"))
		if d.IsDir() {
			if file == path.Clean(folder) {
				target = dir
			}
			return os.MkdirAll(target, 0o755)
		}
		content, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		return os.WriteFile(target, content, mode)
	})
}

var kubernetesModule = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v\S+)$`)

// version is the Kubernetes version that the recipe pins.
func version(files fs.FS) (string, error) {
	mod, err := fs.ReadFile(files, "kube/go.mod.txt")
	if err != nil {
		return "", err
	}
	match := kubernetesModule.FindSubmatch(mod)
	if match == nil {
		return "", fmt.Errorf("kube/go.mod.txt does not require k8s.io/kubernetes")
	}
	return string(match[1]), nil
}

// tag names the image that a recipe makes, handled by code.
func tag(files, code fs.FS) (string, error) {
	v, err := version(files)
	if err != nil {
		return "", err
	}
	c, err := hash(code, nil)
	if err != nil {
		return "", err
	}
	h, err := hash(files, nil, runtime.GOARCH, c)
	return "zarif/node:" + v + "-" + h, err
}
