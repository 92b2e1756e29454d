package local

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"zarif/cluster"
)

// shellApp is an image whose application needs nothing but a shell, under another name.
func shellApp(change func(*cluster.Installed)) cluster.Image {
	in := &cluster.Installed{
		Dir:        "/app",
		Files:      []cluster.File{{Path: "serve.txt", Mode: 0o644, Data: []byte("hello\n")}},
		Entrypoint: []string{"speak", "-c", "cat serve.txt"},
		Needs: []cluster.Need{{
			Name: "Shell", Program: "speak", Find: []string{"sh", "-c", "command -v sh"}, Version: []string{"speak", "-c", "echo 3.14"},
		}},
	}
	if change != nil {
		change(in)
	}
	return cluster.Image{Name: "zarif/app-test", Build: &cluster.Build{Args: map[string]string{"STOPSIGNAL": "SIGQUIT"}, Installed: in}}
}

func TestWhatIsInstalledRunsWithoutItsImage(t *testing.T) {
	l := newCluster(t, quick())
	img := shellApp(nil)
	got, err := l.template(t.Context(), &corev1.Container{Image: img.Reference()}, []cluster.Image{img}, 8080)
	if err != nil {
		t.Fatal(err)
	}
	if got.versions != "Shell 3.14" || got.stopSignal != "SIGQUIT" || got.dir != filepath.Join(got.root, "app") {
		t.Errorf("%+v", got)
	}
	program, err := lookUp(got.argv[0], got.path())
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, got.argv[1:]...)
	c.Dir = got.dir
	if said, err := c.CombinedOutput(); string(said) != "hello\n" {
		t.Errorf("%s, %v", said, err)
	}
}

func TestWhatIsNotInstalledIsSaid(t *testing.T) {
	for _, x := range []struct {
		name      string
		change    func(*cluster.Installed)
		container corev1.Container
		want      []string
	}{
		{
			name:   "an interpreter",
			change: func(in *cluster.Installed) { in.Needs[0].Find = []string{"no-such-interpreter", "-c", "1"} },
			want:   []string{"needs Shell, which is not installed here", "no-such-interpreter"},
		},
		{
			name: "a package",
			change: func(in *cluster.Installed) {
				in.Needs[0].Version = []string{"speak", "-c", "echo no module >&2; false"}
			},
			want: []string{"needs Shell, which is not installed here", "no module"},
		},
		{
			name:   "a version",
			change: func(in *cluster.Installed) { in.Needs[0].Version = []string{"speak", "-c", "true"} },
			want:   []string{"not one line"},
		},
		{
			name:      "the program of the command",
			container: corev1.Container{Command: []string{"no-such-init", "--", "speak"}},
			want:      []string{"needs no-such-init, which is not installed here"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			img := shellApp(x.change)
			x.container.Image = img.Reference()
			_, err := newCluster(t, quick()).template(t.Context(), &x.container, []cluster.Image{img}, 8080)
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Fatalf("err = %v, want one that is unsupported, so that the scenario is skipped", err)
			}
			for _, want := range append(x.want, "zarif/app-test, with which --cluster kind runs it") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want it to say %q", err, want)
				}
			}
		})
	}
}

// A program whose path a shell would take apart.
func TestAStarterBecomesItsProgram(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, `it's a "$HOME" program`)
	if err := os.WriteFile(odd, []byte("#!/bin/sh\nprintf '%s|' \"$$\" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "start")
	if err := writeExecutable(script, starter(odd), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `printf '%s|' "$$"; exec "$0" "a b" "*"`, script).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out), "|")
	if want := []string{got[0], got[0], "a b", "*", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want the same process all along: %q", got, want)
	}
}

func TestWhatRunsIsMadeOnce(t *testing.T) {
	l := newCluster(t, quick())
	img := shellApp(func(in *cluster.Installed) {
		in.Make = []string{"sh", "-c", "echo made >> made.txt"}
		in.Entrypoint = []string{"speak", "-c", "cat made.txt"}
		in.Needs[0].Version = []string{"speak", "-c", "wc -l < made.txt"}
	})
	for range 2 {
		got, err := l.template(t.Context(), &corev1.Container{Image: img.Reference()}, []cluster.Image{img}, 8080)
		if err != nil {
			t.Fatal(err)
		}
		if got.versions != "Shell 1" {
			t.Errorf("made %s times", got.versions)
		}
	}
}

func TestWhatCannotBeMadeIsSaid(t *testing.T) {
	for name, argv := range map[string][]string{
		"sh: exit code 3: no packages":                 {"sh", "-c", "echo no packages; echo more; exit 3"},
		"no-such-maker: executable file not found":     {"no-such-maker"},
		"needs what no-such-maker takes, which is not": {"no-such-maker"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newCluster(t, quick())
			img := shellApp(func(in *cluster.Installed) { in.Make = argv })
			for range 2 {
				_, err := l.template(t.Context(), &corev1.Container{Image: img.Reference()}, []cluster.Image{img}, 8080)
				if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), name) {
					t.Errorf("%v, want %q, unsupported", err, name)
				}
			}
		})
	}
}
