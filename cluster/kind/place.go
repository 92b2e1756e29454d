package kind

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A place is the directory of one cluster in the state directory.
type place string

func placeOf(stateDir, name string) place { return place(filepath.Join(stateDir, name)) }

func (p place) mark() string       { return filepath.Join(string(p), "mark.json") }
func (p place) lock() string       { return filepath.Join(string(p), "lock") }
func (p place) stragglers() string { return filepath.Join(string(p), "stragglers") }
func (p place) kubeconfig() string { return filepath.Join(string(p), "kubeconfig") }

// dropKubeconfig also drops the lock file that a killed kind leaves beside it
// and would stumble over.
func (p place) dropKubeconfig() error {
	return drop(p.kubeconfig(), p.kubeconfig()+".lock")
}

// clear forgets the cluster; the lock must be held and is the last to go.
func (p place) clear() error {
	if err := p.dropKubeconfig(); err != nil {
		return err
	}
	return drop(p.mark()+".new", p.stragglers(), p.mark())
}

func drop(files ...string) error {
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear state: %w", err)
		}
	}
	return nil
}

// places lists the clusters that the state directory knows of.
func places(stateDir string) (names []string, err error) {
	entries, err := os.ReadDir(stateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state directory: %w", err)
	}
	for _, entry := range entries {
		p := placeOf(stateDir, entry.Name())
		if exists(p.lock()) || exists(p.mark()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}
