package disrupt

import (
	"context"
	"fmt"
)

func podForceDelete() Disruption {
	return Disruption{
		Name: "pod-force-delete",
		Doc:  "Deletes one pod with a grace period of 0: its object is gone at once, its process a little later.",
		Left: butOne,
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			deleter, err := capability[Deleter](s, "delete a pod")
			if err != nil {
				return nil, err
			}
			watcher, err := capability[ProcessWatcher](s, "see a process on its node")
			if err != nil {
				return nil, err
			}
			pod, err := victim(ctx, s)
			if err != nil {
				return nil, err
			}
			acting("delete", "pod", pod.Name, "grace", "0")
			if err := deleter.Delete(ctx, pod, new(int64)); err != nil {
				return nil, fmt.Errorf("force the deletion of pod %s: %w", pod.Name, err)
			}
			// The object says nothing about the process here: only the node knows.
			if err := watcher.AwaitProcessGone(ctx, pod); err != nil {
				return nil, fmt.Errorf("wait for the process of pod %s to be gone: %w", pod.Name, err)
			}
			return nil, awaitReplaced(ctx, s, pod)
		},
	}
}
