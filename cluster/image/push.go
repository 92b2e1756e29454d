package image

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"zarif/cluster"
)

// ValidReference reports a reference that no registry could have.
func ValidReference(ref string) error {
	_, err := name.ParseReference(ref)
	return err
}

// A Platform is what an image is for Linux on one architecture.
type Platform struct {
	Arch  string // "amd64", "arm64"
	Image cluster.Image
}

// Push puts an image into a registry under ref, from which each node takes what is
// for its own platform, and returns it by its digest. Credentials are those that
// docker login keeps. The same image is pushed only once: what the registry has is
// not sent again.
func Push(ctx context.Context, platforms []Platform, ref string) (pushed string, err error) {
	to, err := name.ParseReference(ref)
	if err != nil {
		return "", err
	}
	all, err := index(platforms)
	if err != nil {
		return "", err
	}
	digest, err := all.Digest()
	if err != nil {
		return "", fmt.Errorf("image %s: %w", to, err)
	}
	if err := remote.WriteIndex(to, all, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", fmt.Errorf("push image %s: %w", to, err)
	}
	return to.Context().Digest(digest.String()).Name(), nil
}

// index is an image of several platforms, also where there is only one: a node that
// it is not for then says so, and does not start what it cannot run.
func index(platforms []Platform) (v1.ImageIndex, error) {
	if len(platforms) == 0 {
		return nil, errors.New("an image of no platform: want one or more")
	}
	all := mutate.IndexMediaType(empty.Index, types.DockerManifestList) // as its images are
	for _, p := range platforms {
		built, err := build(p.Image, p.Arch)
		if err != nil {
			return nil, fmt.Errorf("image %s for linux/%s: %w", p.Image.Name, p.Arch, err)
		}
		all = mutate.AppendManifests(all, mutate.IndexAddendum{
			Add: built, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: p.Arch}},
		})
	}
	return all, nil
}
