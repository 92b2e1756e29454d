package disrupt

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"zarif/cluster"
)

// A RefusedError is what an Evictor returns while a PodDisruptionBudget does not
// allow the eviction. Nothing was done to the pod, and the same call may succeed
// later.
type RefusedError struct {
	Budget string // the PodDisruptionBudget's name; empty: the cluster did not say
	Reason string // what the cluster said about it
}

func (e *RefusedError) Error() string {
	text := "refused by a PodDisruptionBudget"
	if e.Budget != "" {
		text = "refused by PodDisruptionBudget " + e.Budget
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// evictionPause is left between two tries at a refused eviction. kubectl drain
// waits 5 s; a budget frees up when some pod becomes ready, and what is measured
// should follow that closely.
const evictionPause = time.Second

func eviction() Disruption {
	return Disruption{
		Name: "eviction",
		Doc:  "Evicts one pod, as `kubectl drain` does, once its PodDisruptionBudget allows it.",
		Left: butOne,
		Do: func(ctx context.Context, s Subject, acting Acting) (func(context.Context) error, error) {
			evictor, err := capability[Evictor](s, "evict a pod")
			if err != nil {
				return nil, err
			}
			pod, err := victim(ctx, s)
			if err != nil {
				return nil, err
			}
			if err := evict(ctx, evictor, pod, acting); err != nil {
				return nil, fmt.Errorf("evict pod %s: %w", pod.Name, err)
			}
			return nil, awaitReplaced(ctx, s, pod)
		},
	}
}

// evict asks for the eviction until it is granted, fails, or ctx ends; the error
// is then ctx's and a RefusedError.
func evict(ctx context.Context, evictor Evictor, pod cluster.Pod, acting Acting) error {
	var refused *RefusedError
	for try := 1; ; try++ {
		if try == 1 {
			acting("evict", "pod", pod.Name)
		} else {
			acting("evict", "pod", pod.Name, "try", strconv.Itoa(try), "refused", refused.Error())
		}
		err := evictor.Evict(ctx, pod)
		if !errors.As(err, &refused) {
			return err
		}
		pause := time.NewTimer(evictionPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w, after %d tries: %w", context.Cause(ctx), try, refused)
		}
	}
}
