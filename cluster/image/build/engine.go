package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"zarif/cluster/command"
)

// Labels of what is built here.
const (
	baseLabel   = "zarif.base"      // reference of the base
	baseIDLabel = "zarif.base.id"   // its id in the engine that built the image
	fromLabel   = "zarif.base.from" // of a base: what it was made from
)

// engine is the program of a container engine. Those that kind supports understand
// the same words.
type engine string

// found is an image as the engine describes it.
type found struct {
	ID      string `json:"Id"`
	Tags    []string
	Created time.Time
	Size    int64
	Labels  map[string]string
}

// ours tells whether this package made it.
func (f found) ours() bool { return f.Labels[baseLabel] != "" }

// run runs the engine's program; one that is stopped may clean up first.
func (e engine) run(ctx context.Context, c command.Command, args ...string) (string, error) {
	c.Argv = append([]string{string(e)}, args...)
	c.Stop = syscall.SIGTERM
	return command.Run(ctx, c)
}

// fullName is how every engine understands a short name: podman would take it for
// an image of its own host.
func fullName(ref string) string {
	if !strings.Contains(ref, "/") {
		ref = "library/" + ref
	}
	return "docker.io/" + ref
}

// shortName is fullName undone.
func shortName(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "docker.io/"), "library/")
}

// inspect describes those of the images that are there, by reference. An engine
// that does not answer is an error, and does not look like one without images.
func (e engine) inspect(ctx context.Context, refs ...string) (map[string]found, error) {
	there := map[string]found{}
	if len(refs) == 0 {
		return there, nil
	}
	args := []string{"image", "inspect"}
	for _, ref := range refs {
		args = append(args, fullName(ref))
	}
	// It ends with an error as soon as one is missing, and describes the others.
	out, failed := e.run(ctx, command.Command{}, args...)
	if failed != nil {
		if _, err := e.run(ctx, command.Command{}, "images", "--quiet"); err != nil {
			return nil, fmt.Errorf("ask %s for its images: %w", e, err)
		}
	}
	var raw []struct {
		found
		RepoTags []string
		Config   struct{ Labels map[string]string }
	}
	if text := strings.TrimSpace(out); text != "" {
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			return nil, fmt.Errorf("read what %s says of its images: %w", e, err)
		}
	}
	for _, r := range raw {
		r.found.Tags, r.found.Labels = r.RepoTags, r.Config.Labels
		for _, tag := range r.RepoTags {
			if short := shortName(tag); slices.Contains(refs, short) {
				there[short] = r.found
			}
		}
	}
	if failed == nil && len(there) < len(refs) {
		return nil, fmt.Errorf("%s describes %d of %d images and names no error", e, len(there), len(refs))
	}
	return there, nil
}

// build builds the Dockerfile in dir.
func (e engine) build(ctx context.Context, dir, ref string, args, labels map[string]string, line func(string)) error {
	argv := []string{"build", "--force-rm", "--tag", fullName(ref)}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		argv = append(argv, "--build-arg", name+"="+args[name])
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		argv = append(argv, "--label", name+"="+labels[name])
	}
	_, err := e.run(ctx, command.Command{Line: line, Mixed: true}, append(argv, dir)...)
	return err
}

// pull gets an image from its registry, in a bounded time.
func (e engine) pull(ctx context.Context, ref string, within time.Duration) error {
	limited, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no image within %s", within))
	defer cancel()
	_, err := e.run(limited, command.Command{}, "pull", "--quiet", fullName(ref))
	return err
}

func (e engine) tag(ctx context.Context, ref, also string) error {
	_, err := e.run(ctx, command.Command{}, "tag", fullName(ref), fullName(also))
	return err
}

// save writes the archive of one image, under all of its names, to w.
func (e engine) save(ctx context.Context, w io.Writer, refs ...string) error {
	argv := []string{"save"}
	for _, ref := range refs {
		argv = append(argv, fullName(ref))
	}
	_, err := e.run(ctx, command.Command{Stdout: w}, argv...)
	return err
}

// said is the last line of what a command said, for a sentence.
func said(err error) string {
	var failed *command.Error
	if errors.As(err, &failed) && failed.Tail != "" {
		lines := strings.Split(failed.Tail, "\n")
		return strings.TrimSpace(lines[len(lines)-1])
	}
	return err.Error()
}
