package disrupt

import (
	"context"
	"fmt"

	"zarif/cluster"
)

func rollout() Disruption {
	return Disruption{
		Name: "rollout",
		Doc:  "Replaces every pod, as `kubectl rollout restart` does.",
		Left: func(replicas, maxUnavailable int) int { return replicas - maxUnavailable },
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			restarter, err := capability[Restarter](s, "restart a rollout")
			if err != nil {
				return nil, err
			}
			before, err := settled(ctx, s)
			if err != nil {
				return nil, err
			}
			acting("restart")
			if err := restarter.Restart(ctx); err != nil {
				return nil, fmt.Errorf("restart the rollout: %w", err)
			}
			// The old pods are known by UID, so that a state from before the restart,
			// which is settled too, cannot be taken for its end.
			return nil, s.Await(ctx, "the new pods to be ready and the old ones to be gone", func(now cluster.State) bool {
				return now.Settled() && gone(now, before.Pods)
			})
		},
	}
}
