package build

import (
	"context"
	"fmt"
	"strings"
	"time"

	"zarif/cluster"
	"zarif/cluster/command"
	"zarif/report/history"
)

// versionsWithin bounds how long an image may take to say what it has in it: a
// container has to start.
const versionsWithin = time.Minute

// Built says of those images that are built, each once and all of them there, upon
// what they were built and with what in them. Versions that an image does not tell
// are left out, and Progress is told why.
func (b *Builder) Built(ctx context.Context, images ...cluster.Image) (all []history.Built, err error) {
	var refs []string
	asked := map[string]cluster.Image{}
	for _, img := range images {
		ref := img.Reference()
		if _, twice := asked[ref]; img.Build != nil && !twice {
			asked[ref] = img
			refs = append(refs, ref)
		}
	}
	there, err := b.engine.inspect(ctx, refs...)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		f, ok := there[ref]
		if !ok {
			return nil, fmt.Errorf("%s does not have image %s any more", b.engine, ref)
		}
		one := history.Built{Reference: ref, ID: f.ID, Base: f.Labels[baseLabel], BaseID: f.Labels[baseIDLabel]}
		if one.Versions, err = b.versions(ctx, f.ID, asked[ref].Build.Versions); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			b.config.Progress(fmt.Sprintf("image %s: what it has in it stays unknown: %s", ref, said(err)))
		}
		all = append(all, one)
	}
	return all, nil
}

// versions are the lines that a script prints in an image.
func (b *Builder) versions(ctx context.Context, id, script string) (lines []string, err error) {
	if script == "" {
		return nil, nil
	}
	limited, cancel := context.WithTimeoutCause(ctx, versionsWithin, fmt.Errorf("no answer within %s", versionsWithin))
	defer cancel()
	out, err := b.engine.run(limited, command.Command{}, "run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", id, "-euc", script)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}
