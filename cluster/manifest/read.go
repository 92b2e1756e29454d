package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// maxFile, in bytes, bounds what is read of one file; API servers take no object
// above 1.5 MiB, and a chart may hold many.
const maxFile = 16 << 20

// Read reads manifests: files, folders (their .yaml, .yml and .json files, or the
// kustomization that they are) and, as "-", standard input as `helm template`
// prints it. Lists are taken apart, and empty documents left out. Objects are in
// the order of the paths. Its error is Faults.
func Read(stdin io.Reader, paths ...string) ([]Object, error) {
	var objects []Object
	var faults Faults
	seen := map[string]bool{}
	for _, path := range paths {
		if key := filepath.Clean(path); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		found, wrong := readPath(stdin, path)
		objects, faults = append(objects, found...), append(faults, wrong...)
	}
	if len(faults) == 0 && len(objects) == 0 {
		faults.add(strings.Join(paths, ", "), "there is no object in it", "manifests: YAML or JSON with apiVersion and kind")
	}
	faults = append(faults, twice(objects)...)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return objects, nil
}

func readPath(stdin io.Reader, path string) ([]Object, Faults) {
	if path == Stdin {
		return readFrom("stdin", stdin)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, Faults{{path, "cannot be read: " + bare(err), "a file or folder of manifests, or - for standard input"}}
	}
	if info.IsDir() {
		return readFolder(path)
	}
	if isKustomization(filepath.Base(path)) {
		return kustomized(filepath.Dir(path))
	}
	return readFile(path)
}

func readFile(path string) ([]Object, Faults) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Faults{{path, "cannot be read: " + bare(err), ""}}
	}
	defer f.Close()
	return readFrom(path, f)
}

func readFrom(name string, in io.Reader) ([]Object, Faults) {
	if in == nil {
		return nil, Faults{{name, "there is none", "manifests"}}
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	switch {
	case err != nil:
		return nil, Faults{{name, "cannot be read: " + bare(err), ""}}
	case len(text) > maxFile:
		return nil, Faults{{name, "it is too large", fmt.Sprintf("at most %d MiB", maxFile>>20)}}
	}
	return decode(name, text)
}

// readFolder does not go into sub-folders, as kubectl does not.
func readFolder(dir string) (objects []Object, faults Faults) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, Faults{{dir, "cannot be read: " + bare(err), ""}}
	}
	var folders []string
	for _, entry := range entries {
		switch name := entry.Name(); {
		case isKustomization(name):
			return kustomized(dir)
		case entry.IsDir():
			folders = append(folders, filepath.Join(dir, name))
		}
	}
	read := 0
	for _, entry := range entries {
		if entry.IsDir() || !isManifest(entry.Name()) {
			continue
		}
		read++
		found, wrong := readFile(filepath.Join(dir, entry.Name()))
		objects, faults = append(objects, found...), append(faults, wrong...)
	}
	if read == 0 {
		want := "a folder with .yaml, .yml or .json files or a kustomization"
		switch {
		case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" }):
			want = "what helm makes of it: helm template " + dir + " | zarif test -f - …"
		case len(folders) > 0:
			want += "; its sub-folders are not looked into: " + strings.Join(folders, ", ")
		}
		faults.add(dir, "there are no manifests in this folder", want)
	} else if i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" }); i >= 0 {
		return nil, Faults{{dir, "this is a Helm chart", "what helm makes of it: helm template " + dir + " | zarif test -f - …"}}
	}
	return objects, faults
}

func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name)) && !strings.HasPrefix(name, ".")
}

// bare is err without the file's name, which a Fault has already.
func bare(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// twice finds objects that are there more than once.
func twice(objects []Object) (faults Faults) {
	first := map[string]Object{}
	for _, o := range objects {
		if o.GetName() == "" {
			continue
		}
		key := o.GroupVersionKind().GroupKind().String() + "/" + o.GetNamespace() + "/" + o.GetName()
		if was, there := first[key]; there {
			faults.add(o.At, o.name()+" is in "+was.At+" already", "each object once")
			continue
		}
		first[key] = o
	}
	return faults
}
