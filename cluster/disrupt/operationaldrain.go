package disrupt

import (
	"context"
	"fmt"
	"time"
)

// drainWait is how long an operator lets a pod finish that gets no new
// connections any more: longer than endpoints take to reach every proxy, and than
// the slowest request of the fixtures' streams.
const drainWait = 10 * time.Second

func operationalDrain() Disruption {
	return Disruption{
		Name: "operational-drain",
		Doc:  "Takes one pod out of its Service by a label, waits 10 s, and deletes it then, as an operator does by hand.",
		Left: butOne,
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			isolator, err := capability[Isolator](s, "take a pod out of its Service")
			if err != nil {
				return nil, err
			}
			deleter, err := capability[Deleter](s, "delete a pod")
			if err != nil {
				return nil, err
			}
			pod, err := victim(ctx, s)
			if err != nil {
				return nil, err
			}
			acting("isolate", "pod", pod.Name)
			if err := isolator.Isolate(ctx, pod); err != nil {
				return nil, fmt.Errorf("take pod %s out of its Service: %w", pod.Name, err)
			}
			// A pod that nothing leads to any more, and nobody replaces, must not stay.
			heal := func(ctx context.Context) error {
				if err := deleter.Delete(ctx, pod, nil); err != nil {
					return fmt.Errorf("delete pod %s, which is out of its Service: %w", pod.Name, err)
				}
				return awaitReplaced(ctx, s, pod)
			}
			if err := pause(ctx, drainWait); err != nil {
				return heal, err
			}
			acting("delete", "pod", pod.Name)
			if err := deleter.Delete(ctx, pod, nil); err != nil {
				return heal, fmt.Errorf("delete pod %s: %w", pod.Name, err)
			}
			return nil, awaitReplaced(ctx, s, pod)
		},
	}
}

// pause lets time pass, which is part of what is done.
func pause(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
