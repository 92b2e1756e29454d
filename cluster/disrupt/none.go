package disrupt

import (
	"context"
	"time"
)

// holdFor is how long the control's window lasts: about as long as a rollout of
// three pods, so that their windows hold a similar number of hits.
const holdFor = 20 * time.Second

func none() Disruption {
	return Disruption{
		Name: "none",
		Doc:  "Does nothing for 20 s: the control that every other disruption is read against.",
		Left: func(replicas, _ int) int { return replicas },
		Do: func(ctx context.Context, _ Subject, acting Acting) (func(context.Context) error, error) {
			acting("hold", "duration", holdFor.String())
			hold := time.NewTimer(holdFor)
			defer hold.Stop()
			select {
			case <-hold.C:
				return nil, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
	}
}
