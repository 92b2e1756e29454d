package local

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
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
	port       int32  // that the pod listens on, as the objects have it
	stopSignal string // empty: SIGTERM
}

// template resolves the container's image and command.
func (l *Cluster) template(c *corev1.Container, images []cluster.Image) (template, error) {
	i := slices.IndexFunc(images, func(img cluster.Image) bool { return img.Reference() == c.Image })
	if i < 0 {
		return template{}, unsupported("image %s, which is not one of the workload's own", c.Image)
	}
	img := images[i]
	root, err := l.unpack(img)
	if err != nil {
		return template{}, err
	}
	t := template{argv: slices.Clone(c.Command), root: root, dir: root, env: c.Env, stopSignal: img.StopSignal}
	if len(t.argv) == 0 {
		t.argv = slices.Clone(img.Entrypoint)
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
	t.argv[0] = t.inside(t.argv[0])
	if len(c.Ports) > 0 {
		t.port = c.Ports[0].ContainerPort
	}
	return t, t.check()
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

// check refuses references to variables, which a kubelet would expand.
func (t *template) check() error {
	texts := slices.Clone(t.argv)
	for _, e := range t.env {
		texts = append(texts, e.Value)
	}
	for _, text := range texts {
		if strings.Contains(text, "$(") {
			return unsupported("the reference to a variable in %q", text)
		}
	}
	return nil
}

// searchPath is that of containers whose image says nothing else.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is that of a pod's container. HOST and PORT say where to listen,
// whatever the objects say, for that is what makes a process a pod here.
func (t *template) environment(pod string, at netip.AddrPort) ([]string, error) {
	env := []string{"PATH=" + t.root + ":" + searchPath, "HOSTNAME=" + pod}
	for _, e := range t.env {
		value := e.Value
		if e.ValueFrom != nil {
			var err error
			if value, err = fieldOf(e.ValueFrom.FieldRef, pod, at); err != nil {
				return nil, fmt.Errorf("env %s: %w", e.Name, err)
			}
		}
		env = append(env, e.Name+"="+value)
	}
	return append(env, "HOST="+at.Addr().String(), fmt.Sprintf("PORT=%d", at.Port())), nil
}

func fieldOf(ref *corev1.ObjectFieldSelector, pod string, at netip.AddrPort) (string, error) {
	switch {
	case ref == nil:
	case ref.FieldPath == "metadata.name":
		return pod, nil
	case ref.FieldPath == "status.podIP":
		return at.Addr().String(), nil
	case ref.FieldPath == "spec.nodeName":
		return Node, nil
	default:
		return "", unsupported("field %s", ref.FieldPath)
	}
	return "", unsupported("a value from elsewhere")
}

// unpack writes an image's files, once.
func (l *Cluster) unpack(img cluster.Image) (root string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ref := img.Reference()
	if root, there := l.images[ref]; there {
		return root, nil
	}
	root = filepath.Join(l.config.Dir, "images", strings.NewReplacer("/", "_", ":", "_").Replace(ref))
	for _, f := range img.Files {
		path := filepath.Join(root, filepath.Clean("/"+f.Path)) // cannot leave root
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("unpack image %s: %w", img.Name, err)
		}
		if err := writeExecutable(path, f.Data, os.FileMode(f.Mode).Perm()); err != nil {
			return "", fmt.Errorf("unpack image %s: %w", img.Name, err)
		}
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("unpack image %s: %w", img.Name, err)
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
