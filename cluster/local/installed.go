package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"zarif/cluster"
)

// findTime bounds each question that is put to what is installed.
const findTime = time.Minute

// templateOf fills in what comes of an image that a container engine would build:
// the same application, with what is installed here. The entrypoint is that of the
// image.
func (l *Cluster) templateOf(ctx context.Context, t *template, img cluster.Image) (entrypoint []string, err error) {
	in := img.Build.Installed
	if in == nil {
		return nil, fmt.Errorf("needs a container image: %s, with which --cluster kind runs it: %w", img.Name, errors.ErrUnsupported)
	}
	var files []cluster.File
	for _, f := range in.Files {
		f.Path = path.Join(in.Dir, f.Path)
		files = append(files, f)
	}
	for _, n := range in.Needs {
		if n.Program == "" {
			continue
		}
		at, err := answer(ctx, n.Find, os.Getenv("PATH"), "")
		if err != nil {
			return nil, missing(img, n, err)
		}
		files = append(files, cluster.File{Path: "/" + n.Program, Mode: 0o755, Data: starter(at)})
	}
	if t.root, err = l.unpack(img.Reference(), img.Name, files); err != nil {
		return nil, err
	}
	t.dir = filepath.Join(t.root, in.Dir)
	t.stopSignal = img.Build.Args["STOPSIGNAL"]
	if err := l.make(ctx, t, in); err != nil {
		return nil, missing(img, cluster.Need{Name: "what " + strings.Join(in.Make, " ") + " takes"}, err)
	}
	var versions []string
	for _, n := range in.Needs {
		version, err := answer(ctx, n.Version, t.path(), t.dir)
		if err != nil {
			return nil, missing(img, n, err)
		}
		versions = append(versions, n.Name+" "+version)
	}
	t.versions = strings.Join(versions, ", ")
	return in.Entrypoint, nil
}

func missing(img cluster.Image, n cluster.Need, err error) error {
	return fmt.Errorf("needs %s, which is not installed here (%w), or a container image, %s, with which --cluster kind runs it: %w",
		n.Name, err, img.Name, errors.ErrUnsupported)
}

// starter is a program that becomes another one. A link would not do: what a
// virtual environment of Python belongs to is told by the path that it is run by.
func starter(program string) []byte {
	return fmt.Appendf(nil, "#!/bin/sh\nexec '%s' \"$@\"\n", strings.ReplaceAll(program, "'", `'\''`))
}

// answer is the one line that a command prints, in a folder; empty: wherever.
func answer(ctx context.Context, argv []string, searchPath, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	program, err := lookUp(argv[0], searchPath)
	if err != nil {
		return "", err
	}
	c := exec.CommandContext(ctx, program, argv[1:]...)
	c.WaitDelay, c.Dir = time.Second, dir
	c.Env = append(os.Environ(), "PATH="+searchPath)
	var said, complained bytes.Buffer
	c.Stdout, c.Stderr = &said, &complained
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", argv[0], err, lastLine(complained.String()))
	}
	line := strings.TrimSpace(said.String())
	if line == "" || strings.Contains(line, "\n") {
		return "", fmt.Errorf("%s: it printed %q, not one line", argv[0], line)
	}
	return line, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// lookUp finds a program as a shell would that has this search path.
func lookUp(name, searchPath string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, dir := range filepath.SplitList(searchPath) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}
