package image

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"zarif/cluster"
)

// ValidReference reports a reference that no registry could have.
func ValidReference(ref string) error {
	_, err := name.ParseReference(ref)
	return err
}

// Push puts img, for Linux on arch, into a registry under ref, and returns it by its
// digest. Credentials are those that docker login keeps. The same image is pushed
// only once: what the registry has is not sent again.
func Push(ctx context.Context, img cluster.Image, ref, arch string) (pushed string, err error) {
	to, err := name.ParseReference(ref)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", img.Name, err)
	}
	built, err := build(img, arch)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", img.Name, err)
	}
	digest, err := built.Digest()
	if err != nil {
		return "", fmt.Errorf("image %s: %w", img.Name, err)
	}
	if err := remote.Write(to, built, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", fmt.Errorf("push image %s: %w", to, err)
	}
	return to.Context().Digest(digest.String()).Name(), nil
}
