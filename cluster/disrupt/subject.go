package disrupt

import (
	"context"
	"errors"
	"fmt"

	"zarif/cluster"
)

// errNoPod means that there is nothing to act on.
var errNoPod = errors.New("no pod of the target is ready")

// settled waits until nothing is under way and returns that state.
func settled(ctx context.Context, s Subject) (cluster.State, error) {
	var found cluster.State
	err := s.Await(ctx, "the target to be settled before the disruption", func(now cluster.State) bool {
		found = now
		return now.Settled()
	})
	if err != nil {
		return cluster.State{}, err
	}
	return found, nil
}

// victim picks the pod that a disruption of one pod acts on: the first ready one
// by name, so that the choice can be told from the record alone.
func victim(ctx context.Context, s Subject) (cluster.Pod, error) {
	state, err := settled(ctx, s)
	if err != nil {
		return cluster.Pod{}, err
	}
	ready := state.ReadyPods()
	if len(ready) == 0 {
		return cluster.Pod{}, fmt.Errorf("choose a pod: %w", errNoPod)
	}
	first := ready[0]
	for _, p := range ready[1:] {
		if p.Name < first.Name {
			first = p
		}
	}
	return first, nil
}

// gone reports whether none of the pods is left in s.
func gone(s cluster.State, pods []cluster.Pod) bool {
	for _, p := range pods {
		if _, there := s.Pod(p.UID); there {
			return false
		}
	}
	return true
}
