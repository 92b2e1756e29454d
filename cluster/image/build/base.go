package build

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"zarif/cluster"
)

// Slim is the base where the engine has it or can pull it.
const Slim = "debian:bookworm-slim"

// pullWithin bounds the try to pull it (30 MB), which is made at most once per run.
const pullWithin = 90 * time.Second

// recipe is what a base is made of beside Debian.
//
//go:embed all:base
var recipe embed.FS

// A base is an image that stacks are built upon: Debian bookworm with what this
// machine trusts.
type base struct{ ref, id string }

// A plan says how a base can be made. Its reference covers everything in it.
type plan struct {
	how   string // "slim" or "debootstrap"
	ref   string
	files []cluster.File
	args  map[string]string
	from  string // for the label: what it is made from
}

// ensureBase decides upon what this run builds, once, and makes it where it is not
// there: debian:bookworm-slim, if the engine has it; else a base of our own that it
// has already; else the former, if it can be pulled; else one of our own, made now.
func (b *Builder) ensureBase(ctx context.Context) (base, error) {
	b.choosing.Lock()
	defer b.choosing.Unlock()
	if b.base != nil {
		return *b.base, nil
	}
	p, why, err := b.choose(ctx)
	if err != nil {
		return base{}, err
	}
	b.progress.tell(fmt.Sprintf("images are built upon %s: %s", p.ref, why))
	made, err := b.makeBase(ctx, p)
	if err != nil {
		return base{}, fmt.Errorf("%s: %w", p.ref, err)
	}
	b.base = &made
	return made, nil
}

// choose finds the plan, and why it is this one.
func (b *Builder) choose(ctx context.Context) (p plan, why string, err error) {
	own, err := b.plan("debootstrap", b.config.RootfsVersion)
	if err != nil {
		return plan{}, "", err
	}
	there, err := b.engine.inspect(ctx, Slim, own.ref)
	if err != nil {
		return plan{}, "", err
	}
	if slim, ok := there[Slim]; ok {
		p, err := b.plan("slim", slim.ID)
		return p, Slim + " is there", err
	}
	if _, ok := there[own.ref]; ok {
		return own, "made here before, and " + Slim + " is not there", nil
	}
	b.progress.tell("pulling " + Slim)
	failed := b.engine.pull(ctx, Slim, pullWithin)
	switch {
	case ctx.Err() != nil:
		return plan{}, "", failed
	case failed != nil && b.config.Rootfs == nil:
		return plan{}, "", fmt.Errorf("%s is not there and cannot be pulled: %w", Slim, failed)
	case failed != nil:
		return own, fmt.Sprintf("%s cannot be pulled (%s)", Slim, said(failed)), nil
	}
	if there, err = b.engine.inspect(ctx, Slim); err != nil {
		return plan{}, "", err
	}
	p, err = b.plan("slim", there[Slim].ID)
	return p, Slim + " was pulled", err
}

// plan collects what a base is made of. from is the identity of what it begins with.
func (b *Builder) plan(how, from string) (plan, error) {
	dockerfile, err := fs.ReadFile(recipe, "base/"+how+".Dockerfile")
	if err != nil {
		return plan{}, err
	}
	p := plan{how: how, from: how + " " + from}
	if how == "slim" {
		p.args = map[string]string{"FROM": fullName(Slim)}
	} else if p.files, err = recipeFiles(); err != nil {
		return plan{}, err
	}
	trusted, err := b.trusted()
	if err != nil {
		return plan{}, err
	}
	if len(trusted) > 0 {
		more, err := fs.ReadFile(recipe, "base/certificates.Dockerfile")
		if err != nil {
			return plan{}, err
		}
		dockerfile = append(dockerfile, more...)
	}
	p.files = append(append(p.files, trusted...), cluster.File{Path: "Dockerfile", Mode: 0o644, Data: dockerfile})
	made := cluster.Image{Build: &cluster.Build{Context: p.files, Args: map[string]string{"from": from, "architecture": runtime.GOARCH}}}
	_, digits, _ := strings.Cut(made.Reference(), ":sha-")
	p.ref = "zarif/base:bookworm-" + how + "-" + digits
	return p, nil
}

// recipeFiles are those that make a bare Debian one for containers.
func recipeFiles() (files []cluster.File, err error) {
	err = fs.WalkDir(recipe, "base/files", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(recipe, name)
		mode := int64(0o644)
		if bytes.HasPrefix(data, []byte("#!")) {
			mode = 0o755
		}
		files = append(files, cluster.File{Path: strings.TrimPrefix(name, "base/"), Mode: mode, Data: data})
		return err
	})
	return files, err
}

// makeBase makes a base unless the engine has it.
func (b *Builder) makeBase(ctx context.Context, p plan) (made base, err error) {
	step, built := b.progress.begin(p.ref), false
	defer func() { step.end(built, err) }()
	release, err := b.lock(ctx, p.ref, step)
	if err != nil {
		return base{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	for ; ; built = true {
		there, err := b.engine.inspect(ctx, p.ref)
		if err != nil {
			return base{}, err
		}
		if f, ok := there[p.ref]; ok {
			return base{ref: p.ref, id: f.ID}, nil
		}
		if built {
			return base{}, fmt.Errorf("%s has built it and does not have it", b.engine)
		}
		if err := b.buildBase(ctx, p, step); err != nil {
			return base{}, err
		}
	}
}

// buildBase runs the engine on what a plan holds, and on the archive of a bare
// Debian where the plan begins with none of the engine's images.
func (b *Builder) buildBase(ctx context.Context, p plan, step *step) (err error) {
	dir := b.place("context", p.ref)
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := writeContext(dir, p.files); err != nil {
		return err
	}
	build := func() error {
		return b.engine.build(ctx, dir, p.ref, p.args, map[string]string{fromLabel: p.from}, step.output)
	}
	if p.how == "slim" {
		return build()
	}
	return b.config.Rootfs(ctx, func(archive string) error {
		if err := linkOrCopy(archive, filepath.Join(dir, "base.tar")); err != nil {
			return err
		}
		return build()
	})
}

// linkOrCopy spares 120 MB where both are on one file system.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Close())
}
