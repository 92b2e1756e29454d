package kind

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/defaults"
)

// DefaultImage is the node image of this version of kind.
const DefaultImage = defaults.Image

const imageCure = "zarif cluster image builds one without any registry; or name one with --node-image"

// pullWithin bounds the try to pull a node image (about 400 MB).
const pullWithin = 10 * time.Minute

// ResolveImage finds the node image to use, and says why it is this one: the one
// that was asked for (flag), else the offline image if it has been built, else
// kind's default. What is not present is pulled, once and for a bounded time, and
// progress, which may be nil, is told. An error names the cure.
func ResolveImage(ctx context.Context, flag, offlineTag string, progress func(string)) (image, why string, err error) {
	name, err := Engine(ctx)
	if err != nil {
		return "", "", err
	}
	e := engine(name)
	if flag != "" {
		err := e.ensure(ctx, flag, progress)
		return flag, "asked for", err
	}
	if offlineTag != "" {
		_, present, err := e.imageID(ctx, offlineTag)
		if err != nil {
			return "", "", err
		}
		if present {
			return offlineTag, "the offline image, which has been built", nil
		}
	}
	if err := e.ensure(ctx, DefaultImage, progress); err != nil {
		return "", "", err
	}
	return DefaultImage, "kind's default, as the offline image has not been built", nil
}

// ensure pulls an image that is not present.
func (e engine) ensure(ctx context.Context, ref string, progress func(string)) error {
	_, present, err := e.imageID(ctx, ref)
	if present || err != nil {
		return err
	}
	short, _, _ := strings.Cut(ref, "@")
	if progress != nil {
		progress("Pulling node image " + short)
	}
	limited, cancel := context.WithTimeout(ctx, pullWithin)
	defer cancel()
	if _, err := e.output(limited, "pull", ref); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("pull node image %s: %w", short, ctx.Err())
		}
		return &Fault{What: fmt.Sprintf("the node image %s is not there and cannot be pulled", short), Cure: imageCure, Err: err}
	}
	return nil
}

// HasImage reports whether the engine that answers has an image.
func HasImage(ctx context.Context, ref string) (bool, error) {
	name, err := Engine(ctx)
	if err != nil {
		return false, err
	}
	_, present, err := engine(name).imageID(ctx, ref)
	return present, err
}
