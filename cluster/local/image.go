package local

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"zarif/cluster"
)

// A template is what every run of the workload's container has in common.
type template struct {
	argv       []string
	root       string // the image's files are below it
	dir        string // working directory
	env        []corev1.EnvVar
	port       int32  // that the Service leads to, as the objects have it
	stopSignal string // empty: SIGTERM
	versions   string // of what it runs with, where that is what is installed here
}

// template resolves the container's image and command.
func (l *Cluster) template(ctx context.Context, c *corev1.Container, images []cluster.Image, port int32) (template, error) {
	i := slices.IndexFunc(images, func(img cluster.Image) bool { return img.Reference() == c.Image })
	if i < 0 {
		return template{}, unsupported("image %s, which is not one of the workload's own", c.Image)
	}
	img := images[i]
	t := template{env: c.Env, port: port, stopSignal: img.StopSignal}
	var err error
	entrypoint := img.Entrypoint
	if img.Build != nil {
		entrypoint, err = l.templateOf(ctx, &t, img)
	} else {
		t.root, err = l.unpack(img.Reference(), img.Name, img.Files)
		t.dir = t.root
	}
	if err != nil {
		return template{}, err
	}
	t.argv = slices.Clone(c.Command)
	if len(t.argv) == 0 {
		t.argv = slices.Clone(entrypoint)
	}
	t.argv = append(t.argv, c.Args...)
	if len(t.argv) == 0 {
		return template{}, fmt.Errorf("container %s has no command, and neither has its image", c.Name)
	}
	if c.Lifecycle != nil && c.Lifecycle.StopSignal != nil {
		t.stopSignal = string(*c.Lifecycle.StopSignal)
	}
	if c.WorkingDir != "" {
		t.dir = t.inside(c.WorkingDir)
	}
	t.argv = t.command(t.argv)
	if _, err := lookUp(t.argv[0], t.path()); err != nil && img.Build != nil {
		return template{}, missing(img, cluster.Need{Name: t.argv[0]}, err)
	}
	if _, known := signals[t.stopSignal]; !known {
		return template{}, unsupported("image %s: the stop signal %s", img.Name, t.stopSignal)
	}
	return t, nil
}

// command is argv with the program where it is on this machine.
func (t *template) command(argv []string) []string {
	argv = slices.Clone(argv)
	argv[0] = t.inside(argv[0])
	return argv
}

// inside is where a path of the image is on this machine: below its root if the
// image has it, else where it is.
func (t *template) inside(path string) string {
	if own := filepath.Join(t.root, path); filepath.IsAbs(path) {
		if _, err := os.Stat(own); err == nil {
			return own
		}
	}
	return path
}

// searchPath is that of containers whose image says nothing else.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// path is the PATH of the container.
func (t *template) path() string { return t.root + ":" + searchPath }

// environment is that of a pod's container. HOST and PORT say where to listen,
// whatever the objects say, for that is what makes a process a pod here. Each name
// is there once: of several, programs take the first or the last as they please.
func (t *template) environment(pod string, at netip.AddrPort) []string {
	var names []string
	values := map[string]string{}
	set := func(name, value string) {
		if _, there := values[name]; !there {
			names = append(names, name)
		}
		values[name] = value
	}
	set("PATH", t.path())
	set("HOSTNAME", pod)
	for _, e := range t.env {
		if e.ValueFrom != nil {
			set(e.Name, fieldOf(e.ValueFrom.FieldRef.FieldPath, pod, at))
		} else {
			set(e.Name, e.Value)
		}
	}
	set("HOST", at.Addr().String())
	set("PORT", strconv.Itoa(int(at.Port())))
	env := make([]string, 0, len(names))
	for _, name := range names {
		env = append(env, name+"="+values[name])
	}
	return env
}

// fields are those of a pod that its environment can have.
var fields = []string{"metadata.name", "status.podIP", "spec.nodeName"}

func fieldOf(path, pod string, at netip.AddrPort) string {
	switch path {
	case "metadata.name":
		return pod
	case "status.podIP":
		return at.Addr().String()
	}
	return Node
}

// unpack writes the files of an image, once.
func (l *Cluster) unpack(ref, name string, files []cluster.File) (root string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if root, there := l.images[ref]; there {
		return root, nil
	}
	root = filepath.Join(l.config.Dir, "images", strings.NewReplacer("/", "_", ":", "_").Replace(ref))
	for _, f := range files {
		path := filepath.Join(root, filepath.Clean("/"+f.Path)) // cannot leave root
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("unpack image %s: %w", name, err)
		}
		if err := writeExecutable(path, f.Data, os.FileMode(f.Mode).Perm()); err != nil {
			return "", fmt.Errorf("unpack image %s: %w", name, err)
		}
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("unpack image %s: %w", name, err)
	}
	l.images[ref] = root
	return root, nil
}

// writeExecutable writes a file that is about to be executed. No process may be
// forked meanwhile: until it executes something else it would hold the file open,
// and a file that is open for writing cannot be executed (ETXTBSY).
func writeExecutable(path string, data []byte, mode os.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, data, mode)
}
