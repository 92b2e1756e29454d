package main

import (
	"context"
	"errors"
	"slices"
	"testing"

	"zarif/cluster/kind"
	"zarif/cluster/kind/nodeimage"
)

func TestAuto(t *testing.T) {
	here := func(images ...string) engineView {
		return engineView{
			answers: func(context.Context) (string, error) { return "docker", nil },
			has:     func(_ context.Context, image string) (bool, error) { return slices.Contains(images, image), nil },
		}
	}
	silent := engineView{
		answers: func(context.Context) (string, error) {
			return "", &kind.Fault{What: "no container engine answers:\n docker is installed", Cure: "start it"}
		},
		has: func(context.Context, string) (bool, error) { panic("asked for an image without an engine") },
	}
	broken := here()
	broken.has = func(context.Context, string) (bool, error) { return false, errors.New("disk on fire") }
	for name, c := range map[string]struct {
		options clusterOptions
		view    engineView
		want    string
	}{
		"no engine": {clusterOptions{}, silent, "cluster local: no container engine answers: docker is installed"},
		"no image":  {clusterOptions{}, here("debian"), "cluster local: docker answers, and has no node image; --cluster kind would try to pull one"},
		"offline":   {clusterOptions{}, here(nodeimage.Tag()), "cluster kind: docker answers and has the node image " + nodeimage.Tag()},
		"default":   {clusterOptions{}, here(kind.DefaultImage), "cluster kind: docker answers and has the node image " + shortImage(kind.DefaultImage)},
		"asked for another image": {
			clusterOptions{kind: kindOptions{image: "mine:1"}, given: []string{"node-image", "suite"}}, here(nodeimage.Tag()),
			"cluster local: docker answers, and has no image mine:1; --cluster kind would try to pull one; without effect on it: --node-image",
		},
		"that image is there": {clusterOptions{kind: kindOptions{image: "mine:1"}}, here("mine:1"), "cluster kind: docker answers and has the node image mine:1"},
		"idle flags, local": {
			clusterOptions{given: []string{"cluster-name", "local-delay", "nodes", "trials"}}, silent,
			"cluster local: no container engine answers: docker is installed; without effect on it: --nodes, --cluster-name",
		},
		"idle flags, kind": {
			clusterOptions{given: []string{"nodes", "local-delay"}}, here(nodeimage.Tag()),
			"cluster kind: docker answers and has the node image " + nodeimage.Tag() + "; without effect on it: --local-delay",
		},
		"cannot tell":     {clusterOptions{}, broken, "cluster local: disk on fire"},
		"kind is wanted":  {clusterOptions{want: clusterKind}, silent, "cluster kind: asked for with --cluster kind"},
		"local is wanted": {clusterOptions{want: clusterLocal}, silent, "cluster local: asked for with --cluster local"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.options.want == "" {
				c.options.want = clusterAuto
			}
			got, err := c.options.choose(t.Context(), c.view)
			if err != nil || got.String() != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// An interrupted look at the engine chooses nothing.
func TestAutoInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	view := engineView{answers: func(ctx context.Context) (string, error) { cancel(); return "", ctx.Err() }}
	if _, err := (clusterOptions{want: clusterAuto}).choose(ctx, view); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
}
