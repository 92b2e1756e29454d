package trial

import (
	"context"
	"slices"

	"zarif/cluster"
)

// seeImages writes down what a user's pods run: the names in their manifests do not
// say which content that was.
func (t *run) seeImages(ctx context.Context, deployed cluster.Deployed) error {
	if t.Workload.Users == nil {
		return nil
	}
	var images []string
	err := deployed.Await(ctx, "the pods' images are told", func(s cluster.State) bool {
		for _, p := range s.ReadyPods() {
			images = append(images, p.Images...)
		}
		return true
	})
	slices.Sort(images)
	t.Meta.Images = slices.Compact(slices.Concat(t.Meta.Images, images))
	return err
}
