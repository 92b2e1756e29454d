package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
	kindexec "sigs.k8s.io/kind/pkg/exec"
)

// LoadImage puts an image on every node that does not have it yet, on all of them
// at once. write writes the archive (as `docker save` does), in which the image
// is called ref; it is called once per such node, concurrently.
func (p *Provisioned) LoadImage(ctx context.Context, ref string, write func(io.Writer) error) error {
	all, err := p.allNodes()
	if err != nil {
		return err
	}
	group, bounded := errgroup.WithContext(ctx)
	for _, node := range all {
		group.Go(func() error {
			if err := load(bounded, bound{node, bounded}, ref, write); err != nil {
				return fmt.Errorf("load image %s onto node %s: %w", ref, node, err)
			}
			return nil
		})
	}
	err = group.Wait()
	if err != nil && ctx.Err() != nil { // what was cut off tells only how
		return fmt.Errorf("load image %s: %w", ref, ctx.Err())
	}
	return err
}

func load(ctx context.Context, node nodes.Node, ref string, write func(io.Writer) error) error {
	if has, err := hasImage(node, ref); has || err != nil {
		return err
	}
	archive, in := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := write(in)
		in.CloseWithError(err)
		written <- err
	}()
	stop := context.AfterFunc(ctx, func() { archive.CloseWithError(ctx.Err()) })
	defer stop()
	err := nodeutils.LoadImageArchive(node, archive)
	archive.CloseWithError(errors.New("the node has stopped reading")) // lets write end
	if wrote := <-written; err != nil {
		return errors.Join(ctx.Err(), explain(err), wrote)
	} else if wrote != nil {
		return fmt.Errorf("write archive: %w", wrote)
	}
	has, err := hasImage(node, ref)
	if err == nil && !has {
		err = errors.New("the archive does not hold an image of that name")
	}
	return err
}

// hasImage asks containerd itself: a node image need not have crictl.
func hasImage(node nodes.Node, ref string) (bool, error) {
	out, err := kindexec.Output(node.Command("ctr", "--namespace=k8s.io", "images", "ls", "-q", "name=="+fullName(ref)))
	if err != nil {
		return false, explain(err)
	}
	return len(strings.TrimSpace(string(out))) > 0, nil
}

// fullName is ref as containerd stores it: with the registry and the tag that
// Docker's short names leave out.
func fullName(ref string) string {
	first, rest, found := strings.Cut(ref, "/")
	switch {
	case !found:
		ref = "docker.io/library/" + ref
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		ref = "docker.io/" + first + "/" + rest
	}
	if name := ref[strings.LastIndex(ref, "/")+1:]; !strings.ContainsAny(name, ":@") {
		ref += ":latest"
	}
	return ref
}

// bound is a node whose commands end with a context; kind's own functions start
// them without one.
type bound struct {
	nodes.Node
	ctx context.Context
}

func (b bound) Command(name string, args ...string) kindexec.Cmd {
	return b.CommandContext(b.ctx, name, args...)
}
