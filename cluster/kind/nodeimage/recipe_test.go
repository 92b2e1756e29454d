package nodeimage

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTagNamesVersionAndHash(t *testing.T) {
	if got := Tag(); !regexp.MustCompile(`^zarif/node:v1\.\d+\.\d+-[0-9a-f]{12}$`).MatchString(got) {
		t.Errorf("Tag() = %q", got)
	}
	if Tag() != Tag() {
		t.Error("Tag() is not stable")
	}
}

func TestTagChangesWithEverythingThatDecidesTheImage(t *testing.T) {
	files := func(name, content string) fstest.MapFS {
		m := fstest.MapFS{
			"kube/go.mod.txt": {Data: []byte("module kube\n\nrequire (\n\tk8s.io/kubernetes v1.34.4\n)\n")},
			"node/a.sh":       {Data: []byte("a")},
		}
		if name != "" {
			m[name] = &fstest.MapFile{Data: []byte(content)}
		}
		return m
	}
	code := fstest.MapFS{"images.go": {Data: []byte("package p")}}
	original, err := tag(files("", ""), code)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]struct{ recipe, code fstest.MapFS }{
		"a changed file":   {files("node/a.sh", "b"), code},
		"one more file":    {files("node/b.sh", ""), code},
		"a moved line":     {files("node/a.sh", "a\n"), code},
		"another version":  {files("kube/go.mod.txt", "require k8s.io/kubernetes v1.0.0\n\tk8s.io/kubernetes v1.35.0\n"), code},
		"the code changed": {files("", ""), fstest.MapFS{"images.go": {Data: []byte("package q")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tag(other.recipe, other.code)
			if err != nil {
				t.Fatal(err)
			}
			if got == original {
				t.Errorf("still %s", got)
			}
		})
	}
	if again, _ := tag(files("", ""), code); again != original {
		t.Errorf("the same recipe gave %s and %s", original, again)
	}
}

func TestTagNeedsAVersion(t *testing.T) {
	_, err := tag(fstest.MapFS{"kube/go.mod.txt": {Data: []byte("module kube\n")}}, fstest.MapFS{})
	if err == nil || !strings.Contains(err.Error(), "k8s.io/kubernetes") {
		t.Errorf("err = %v", err)
	}
}

func TestWriteMakesAModuleAndExecutableScripts(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"kube", "node"} {
		if err := write(recipe(), folder, filepath.Join(dir, folder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"kube/go.mod", "kube/go.sum", "kube/main.go", "node/Dockerfile", "node/zarif/kind/manifests/default-cni.yaml"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "node/zarif/kind/bin/pod-network.sh"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("pod-network.sh: %v, %v", info, err)
	}
}

func TestRecipeHoldsNothingTheGoToolWouldTake(t *testing.T) {
	err := fs.WalkDir(recipe(), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "go.mod") {
			t.Errorf("%s must end in .txt", file)
		}
		if strings.HasSuffix(file, ".go.txt") {
			content, err := fs.ReadFile(recipe(), file)
			if err != nil {
				return err
			}
			if nice, err := format.Source(content); err != nil || !bytes.Equal(nice, content) {
				t.Errorf("%s is not formatted (%v)", file, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
