package disrupt

import (
	"context"
	"fmt"

	"zarif/cluster"
)

func podDelete() Disruption {
	return Disruption{
		Name: "pod-delete",
		Doc:  "Deletes one pod with its own grace period.",
		Left: butOne,
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			deleter, err := capability[Deleter](s, "delete a pod")
			if err != nil {
				return nil, err
			}
			pod, err := victim(ctx, s)
			if err != nil {
				return nil, err
			}
			acting("delete", "pod", pod.Name)
			if err := deleter.Delete(ctx, pod, nil); err != nil {
				return nil, fmt.Errorf("delete pod %s: %w", pod.Name, err)
			}
			return nil, awaitReplaced(ctx, s, pod)
		},
	}
}

// awaitReplaced waits until the pod is gone and another one has taken its place.
func awaitReplaced(ctx context.Context, s Subject, pod cluster.Pod) error {
	return s.Await(ctx, "pod "+pod.Name+" to be gone and replaced", func(now cluster.State) bool {
		return now.Settled() && gone(now, []cluster.Pod{pod})
	})
}
