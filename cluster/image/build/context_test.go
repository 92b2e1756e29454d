package build

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"zarif/cluster"
)

func TestAContextDoesNotDependOnTheUsersMask(t *testing.T) {
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	dir := filepath.Join(t.TempDir(), "context")
	files := []cluster.File{{Path: "Dockerfile", Mode: 0o644}, {Path: "a/b/start", Mode: 0o755, Data: []byte("#!/bin/sh\n")}}
	for range 2 { // what is left of a killed run goes first
		if err := writeContext(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]os.FileMode{"": 0o755, "Dockerfile": 0o644, "a": 0o755, "a/b": 0o755, "a/b/start": 0o755} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, want %o, %v", name, info.Mode(), want, err)
		}
	}
}

func TestContextsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, says string
		paths      []string
	}{
		{"absolute", "below its root", []string{"/etc/passwd"}},
		{"leaves", "below its root", []string{"a/../../b"}},
		{"empty", "below its root", []string{""}},
		{"twice", "is there twice", []string{"a", "a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var files []cluster.File
			for _, path := range c.paths {
				files = append(files, cluster.File{Path: path, Mode: 0o644})
			}
			if err := writeContext(filepath.Join(t.TempDir(), "context"), files); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestStepsOfEngines(t *testing.T) {
	for line, want := range map[string]string{
		"Step 3/9 : RUN apt-get update":               "3/9 RUN apt-get update",
		"STEP 3/9: RUN apt-get update":                "3/9 RUN apt-get update",
		"#7 [2/4] RUN apt-get update":                 "2/4 RUN apt-get update",
		"#7 [build 2/4] RUN apt-get update":           "2/4 RUN apt-get update",
		"#7 DONE 0.1s":                                "",
		"#1 [internal] load build definition":         "",
		" ---> Running in 0123456789ab":               "",
		"Get:1 http://deb.debian.org/debian bookworm": "",
	} {
		got := ""
		if m := stepLine.FindStringSubmatch(line); m != nil {
			got = m[1] + m[2] + " " + m[3]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
