package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const gib = 1 << 30

// What a cluster of three nodes and the building of an image take.
const (
	wantDisk   = 10 * gib
	wantMemory = 3 * gib
	// kind's documented values; below them pods fail with "too many open files".
	wantWatches   = 524288
	wantInstances = 512
)

func userID() int { return os.Getuid() }

// builder looks for what zarif cluster image needs.
func (c Config) builder() []Check {
	var checks []Check
	for _, program := range []struct{ name, why, cure string }{
		{"go", "the Go toolchain builds the Kubernetes of the offline node image", "install Go 1.26 or later (https://go.dev/dl)"},
		{"debootstrap", "it makes the root file system of the offline node image", "sudo apt-get install debootstrap"},
	} {
		check := Check{Name: program.name}
		if path, err := c.lookPath(program.name); err == nil {
			check.OK, check.Found = true, path
		} else {
			check.Missing, check.Cure = "not there: "+program.why, program.cure
		}
		checks = append(checks, check)
	}
	root := Check{Name: "root", OK: true, Found: "yes"}
	if c.uid() != 0 {
		root = Check{Name: "root", Missing: "no: zarif cluster image needs it for debootstrap", Cure: "sudo zarif cluster image"}
	}
	return append(checks, root)
}

// disk looks where images, nodes and builds go.
func (c Config) disk(e Engine) []Check {
	var checks []Check
	for _, dir := range []struct{ what, path string }{{"engine", e.Root}, {"cache", c.CacheDir}} {
		if dir.path == "" {
			continue
		}
		free, err := freeBytes(dir.path)
		if err != nil { // an engine's directory may be in another machine or closed to us
			continue
		}
		check := Check{Name: "free disk for the " + dir.what, Found: fmt.Sprintf("%.0f GiB at %s", float64(free)/gib, dir.path), OK: free >= wantDisk}
		if !check.OK {
			check.Missing = fmt.Sprintf("only %.1f GiB at %s; want %d GiB", float64(free)/gib, dir.path, wantDisk/gib)
			check.Cure = "make room, e.g. docker system prune"
		}
		checks = append(checks, check)
	}
	return checks
}

// freeBytes is what is free at path, or where it would be made.
func freeBytes(path string) (uint64, error) {
	for {
		var s unix.Statfs_t
		err := unix.Statfs(path, &s)
		if err == nil {
			return s.Bavail * uint64(s.Bsize), nil
		}
		if parent := filepath.Dir(path); errors.Is(err, fs.ErrNotExist) && parent != path {
			path = parent
			continue
		}
		return 0, err
	}
}

func (c Config) memory() []Check {
	data, err := os.ReadFile(filepath.Join(c.root, "proc/meminfo"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemAvailable:" {
			continue
		}
		kib, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			return nil
		}
		free := kib << 10
		check := Check{Name: "free memory", OK: free >= wantMemory, Found: fmt.Sprintf("%.1f GiB", float64(free)/gib)}
		if !check.OK {
			check.Missing = fmt.Sprintf("only %.1f GiB; three nodes want %d GiB", float64(free)/gib, wantMemory/gib)
			check.Cure = "end something, or use fewer nodes (--nodes 1)"
		}
		return []Check{check}
	}
	return nil
}

// inotify limits are kind's best known trouble.
// Source: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
func (c Config) inotify() []Check {
	check := Check{Name: "inotify limits", OK: true}
	var found, low, cure []string
	for _, limit := range []struct {
		name string
		want int
	}{{"max_user_watches", wantWatches}, {"max_user_instances", wantInstances}} {
		data, err := os.ReadFile(filepath.Join(c.root, "proc/sys/fs/inotify", limit.name))
		if err != nil {
			return nil
		}
		value, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			return nil
		}
		found = append(found, fmt.Sprintf("%s %d", limit.name, value))
		if value < limit.want {
			low = append(low, fmt.Sprintf("fs.inotify.%s is %d, below kind's advice of %d", limit.name, value, limit.want))
			cure = append(cure, fmt.Sprintf("fs.inotify.%s=%d", limit.name, limit.want))
		}
	}
	check.Found = strings.Join(found, ", ")
	if len(low) > 0 {
		check.OK, check.Missing, check.Cure = false, strings.Join(low, ", "), "sudo sysctl "+strings.Join(cure, " ")
	}
	return []Check{check}
}
