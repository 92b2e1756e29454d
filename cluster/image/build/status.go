package build

import (
	"context"
	"time"

	"zarif/cluster"
)

// A Status is what the engine has of an image.
type Status struct {
	Reference string
	There     bool      // false: the rest is zero
	Size      int64     // bytes, with the layers that it shares with others
	Base      string    // reference of the base that it was built upon
	Built     time.Time // by the engine's clock
}

// Status looks for images that are built, in their order. It changes nothing.
func (b *Builder) Status(ctx context.Context, images ...cluster.Image) ([]Status, error) {
	var refs []string
	for _, img := range images {
		refs = append(refs, img.Reference())
	}
	there, err := b.engine.inspect(ctx, refs...)
	if err != nil {
		return nil, err
	}
	all := make([]Status, len(refs))
	for i, ref := range refs {
		all[i].Reference = ref
		if f, ok := there[ref]; ok && f.ours() {
			all[i] = Status{Reference: ref, There: true, Size: f.Size, Base: f.Labels[baseLabel], Built: f.Created}
		}
	}
	return all, nil
}
