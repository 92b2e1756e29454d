package build

import (
	"fmt"
	"os"
	"path/filepath"

	"zarif/cluster"
)

// writeContext writes the files of a context to a new folder, with their modes
// whatever the user's mask. What is left there by a run that was killed goes first.
func writeContext(dir string, files []cluster.File) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if !filepath.IsLocal(f.Path) {
			return fmt.Errorf("file %q of the context: want a path below its root", f.Path)
		}
		file := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := openFolders(dir, filepath.Dir(file)); err != nil {
			return err
		}
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("file %s of the context: is there twice", f.Path)
		}
		mode := os.FileMode(f.Mode).Perm()
		if err := os.WriteFile(file, f.Data, mode); err != nil {
			return err
		}
		if err := os.Chmod(file, mode); err != nil {
			return err
		}
	}
	return nil
}

// openFolders makes folder and what is above it up to dir, for everybody to read.
func openFolders(dir, folder string) error {
	if folder == dir {
		return os.Chmod(dir, 0o755)
	}
	if err := openFolders(dir, filepath.Dir(folder)); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.Chmod(folder, 0o755)
}
