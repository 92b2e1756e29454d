package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"zarif/cluster/command"
	"zarif/cluster/kind"
)

// An imageCarrier puts images that users' pods name onto the nodes of a kind
// cluster, where the container engine of this machine has them.
type imageCarrier struct {
	engine string
	nodes  carriedTo
	step   func(string)

	mu      sync.Mutex
	carried map[string]bool // by reference, as it was found once
}

// carriedTo are the nodes.
type carriedTo interface {
	nodeLoader
	// Everywhere runs a command on every node.
	Everywhere(ctx context.Context, argv ...string) error
}

// carry puts an image onto the nodes. false: the engine does not have it.
func (c *imageCarrier) carry(ctx context.Context, ref string) (carried bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if carried, known := c.carried[ref]; known {
		return carried, nil
	}
	carried, err = c.bring(ctx, ref)
	if err == nil {
		if c.carried == nil {
			c.carried = map[string]bool{}
		}
		c.carried[ref] = carried
	}
	return carried, err
}

func (c *imageCarrier) bring(ctx context.Context, ref string) (bool, error) {
	tagged, ok := withTag(ref)
	if !ok {
		return false, nil // by its digest, which an archive does not keep
	}
	has, err := kind.HasImage(ctx, tagged)
	if err != nil || !has {
		return false, err
	}
	id, err := c.run(ctx, nil, "image", "inspect", "--format", "{{.Id}}", tagged)
	if err != nil {
		return false, err
	}
	_, digest, _ := strings.Cut(strings.TrimSpace(id), ":")
	if len(digest) < 12 {
		return false, fmt.Errorf("%s says that the id of image %s is %q", c.engine, tagged, strings.TrimSpace(id))
	}
	c.step("loading image " + ref + " onto nodes that lack it")
	// A kept cluster may have another image under the same name: nodes are asked for
	// one that holds the id, and given the name anew.
	exact := "docker.io/zarif/carried:" + digest[:12]
	if _, err := c.run(ctx, nil, "tag", tagged, exact); err != nil {
		return false, err
	}
	err = c.nodes.LoadImage(ctx, exact, func(w io.Writer) error {
		_, err := c.run(ctx, w, "save", exact)
		return err
	})
	_, untagged := c.run(context.WithoutCancel(ctx), nil, "rmi", "--no-prune", exact)
	if err := errors.Join(err, untagged); err != nil {
		return false, err
	}
	return true, c.nodes.Everywhere(ctx, "ctr", "--namespace=k8s.io", "images", "tag", "--force", kind.FullName(exact), kind.FullName(tagged))
}

func (c *imageCarrier) run(ctx context.Context, stdout io.Writer, args ...string) (string, error) {
	return command.Run(ctx, command.Command{Argv: append([]string{c.engine}, args...), Stdout: stdout})
}

// withTag is a reference with the tag that short ones leave out; false: it names
// its image by digest.
func withTag(ref string) (string, bool) {
	if strings.Contains(ref, "@") {
		return ref, false
	}
	if last := ref[strings.LastIndex(ref, "/")+1:]; !strings.Contains(last, ":") {
		ref += ":latest"
	}
	return ref, true
}
