package local

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"zarif/cluster"
)

func anImage(files ...cluster.File) cluster.Image {
	return cluster.Image{Name: "zarif/test", Entrypoint: []string{"/bin/app", "serve"}, StopSignal: "SIGINT", Files: append(files,
		cluster.File{Path: "/bin/app", Mode: 0o755, Data: []byte("#!/bin/sh\n")})}
}

func TestCommandsAreResolvedAsAKubeletDoes(t *testing.T) {
	c := newCluster(t, quick())
	img := anImage()
	app := func(l *Cluster) string { return filepath.Join(l.images[img.Reference()], "bin/app") }
	for _, x := range []struct {
		name      string
		container corev1.Container
		want      func() []string
	}{
		{"the image's", corev1.Container{}, func() []string { return []string{app(c), "serve"} }},
		{"arguments come after the image's command", corev1.Container{Args: []string{"-x"}}, func() []string { return []string{app(c), "serve", "-x"} }},
		{"a command replaces the image's", corev1.Container{Command: []string{"/bin/app"}, Args: []string{"-x"}}, func() []string { return []string{app(c), "-x"} }},
		{"a program of the machine", corev1.Container{Command: []string{"/bin/sh", "/bin/app"}}, func() []string { return []string{"/bin/sh", "/bin/app"} }},
		{"a program without a path", corev1.Container{Command: []string{"sh"}}, func() []string { return []string{"sh"} }},
	} {
		x.container.Image = img.Reference()
		got, err := c.template(t.Context(), &x.container, []cluster.Image{img}, 8080)
		if err != nil {
			t.Fatal(err)
		}
		if want := x.want(); !slices.Equal(got.argv, want) {
			t.Errorf("%s: %q, want %q", x.name, got.argv, want)
		}
	}
}

func TestAnImageThatIsBuiltIsUnsupportedByName(t *testing.T) {
	c := newCluster(t, quick())
	img := cluster.Image{Name: "zarif/uvicorn", Build: &cluster.Build{Context: []cluster.File{{Path: "Dockerfile", Mode: 0o644}}}}
	_, err := c.template(t.Context(), &corev1.Container{Image: img.Reference(), Command: []string{"/bin/sh"}}, []cluster.Image{img}, 8080)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "needs a container image: zarif/uvicorn") {
		t.Errorf("err = %v", err)
	}
}

func TestStopSignals(t *testing.T) {
	c := newCluster(t, quick())
	img, quit := anImage(), corev1.Signal("SIGQUIT")
	for _, x := range []struct {
		name, image string
		container   *corev1.Lifecycle
		want        string
		wrong       bool
	}{
		{name: "none", want: ""},
		{name: "the image's", image: "SIGINT", want: "SIGINT"},
		{name: "the container's", image: "SIGINT", container: &corev1.Lifecycle{StopSignal: &quit}, want: "SIGQUIT"},
		{name: "an unknown one", image: "SIGRTMIN+3", wrong: true},
	} {
		img.StopSignal = x.image
		got, err := c.template(t.Context(), &corev1.Container{Image: img.Reference(), Lifecycle: x.container}, []cluster.Image{img}, 1)
		if x.wrong != errors.Is(err, errors.ErrUnsupported) || got.stopSignal != x.want {
			t.Errorf("%s: %q, %v", x.name, got.stopSignal, err)
		}
	}
}

func TestForeignImagesAreRefused(t *testing.T) {
	c := newCluster(t, quick())
	_, err := c.template(t.Context(), &corev1.Container{Image: "nginx"}, []cluster.Image{anImage()}, 1)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "image nginx") {
		t.Errorf("error %v", err)
	}
}

// Of a name that is there twice programs take the first or the last as they
// please, and HOST and PORT decide where a pod listens.
func TestEveryNameIsInTheEnvironmentOnce(t *testing.T) {
	of := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	x := template{root: "/root-of-image", env: []corev1.EnvVar{
		{Name: "PORT", Value: "8080"}, {Name: "HOST", Value: "0.0.0.0"}, {Name: "A", Value: "1"}, {Name: "A", Value: "2=3"},
		{Name: "NAME", ValueFrom: of("metadata.name")}, {Name: "IP", ValueFrom: of("status.podIP")}, {Name: "NODE", ValueFrom: of("spec.nodeName")},
	}}
	got := x.environment("pod-x", netip.MustParseAddrPort("127.65.4.3:9999"))
	want := []string{"A=2=3", "HOST=127.65.4.3", "HOSTNAME=pod-x", "IP=127.65.4.3", "NAME=pod-x", "NODE=local",
		"PATH=/root-of-image:" + searchPath, "PORT=9999"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestAnImageIsUnpackedOnceAndWithinItsFolder(t *testing.T) {
	c := newCluster(t, quick())
	img := anImage(cluster.File{Path: "/../../../escaped", Mode: 0o600, Data: []byte("x")}, cluster.File{Path: "/etc/conf", Mode: 0o640, Data: []byte("y")})
	root, err := c.unpack(img.Reference(), img.Name, img.Files)
	if err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{"bin/app": 0o755, "etc/conf": 0o640, "escaped": 0o600} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	if err := os.Remove(filepath.Join(root, "etc/conf")); err != nil {
		t.Fatal(err)
	}
	if again, err := c.unpack(img.Reference(), img.Name, img.Files); again != root || err != nil {
		t.Errorf("%s, %v; want %s", again, err, root)
	}
	if _, err := os.Stat(filepath.Join(root, "etc/conf")); err == nil {
		t.Error("the image was unpacked again")
	}
}
