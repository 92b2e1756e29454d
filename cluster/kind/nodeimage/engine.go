package nodeimage

import (
	"context"
	"fmt"
	"strings"
)

// suiteLabel is the image's label that names the Debian suite it was made of.
const suiteLabel = "zarif.debian"

// cli is a container engine's command line. The three that kind supports
// understand the same words.
type cli struct {
	name string
	run  runner
}

func (e cli) do(ctx context.Context, args ...string) (string, error) {
	out, err := e.run(ctx, command{argv: append([]string{e.name}, args...)})
	return strings.TrimSpace(out), err
}

// present reports whether the engine has the image. It asks for a list: an
// engine that does not answer must not look like one without the image.
func (e cli) present(ctx context.Context, image string) (bool, error) {
	if err := found(e.name, "install a container engine (on Debian: hack/engine.sh)"); err != nil {
		return false, err
	}
	out, err := e.do(ctx, "images", "--quiet", image)
	if err != nil {
		return false, fmt.Errorf("ask %s for its images: %w", e.name, err)
	}
	return out != "", nil
}

// label returns the value of an image's label, or "".
func (e cli) label(ctx context.Context, image, name string) (string, error) {
	return e.do(ctx, "image", "inspect", "--format", fmt.Sprintf("{{index .Config.Labels %q}}", name), image)
}

// build builds the Dockerfile in dir.
func (e cli) build(ctx context.Context, dir, tag string, line func()) error {
	_, err := e.run(ctx, command{
		argv: []string{e.name, "build", "--force-rm", "--tag", tag, dir},
		line: line,
	})
	return err
}
