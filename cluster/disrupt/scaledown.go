package disrupt

import (
	"context"
	"fmt"
	"strconv"

	"zarif/cluster"
)

func scaleDown() Disruption {
	return Disruption{
		Name: "scale-down",
		Doc:  "Scales to one replica, and back once the others are gone.",
		Left: func(int, int) int { return 1 },
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			scaler, err := capability[Scaler](s, "scale")
			if err != nil {
				return nil, err
			}
			before, err := settled(ctx, s)
			if err != nil {
				return nil, err
			}
			if before.Desired < 2 {
				return nil, fmt.Errorf("scale down: the target has %d replicas, it needs at least 2", before.Desired)
			}
			heal := func(ctx context.Context) error { return scaleTo(ctx, s, scaler, before.Desired) }
			for _, replicas := range []int32{1, before.Desired} {
				acting("scale", "replicas", strconv.Itoa(int(replicas)))
				if err := scaleTo(ctx, s, scaler, replicas); err != nil {
					return heal, err
				}
			}
			return nil, nil
		},
	}
}

// scaleTo sets the number of replicas and waits until exactly so many run.
func scaleTo(ctx context.Context, s Subject, scaler Scaler, replicas int32) error {
	if err := scaler.Scale(ctx, replicas); err != nil {
		return fmt.Errorf("scale to %d: %w", replicas, err)
	}
	return s.Await(ctx, fmt.Sprintf("%d ready pods and no other", replicas), func(now cluster.State) bool {
		return now.Desired == replicas && now.Settled()
	})
}
