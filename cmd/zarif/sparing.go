package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"zarif/cluster/kube"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

// sparing runs trials as execute does, but not one that takes the load agent after
// the cluster has shown that it does not start there: its workload would be deployed
// for nothing.
func sparing(execute func(context.Context, trial.Config) error) func(context.Context, trial.Config) error {
	var failed atomic.Pointer[kube.AgentError]
	return func(ctx context.Context, c trial.Config) error {
		if why := failed.Load(); why != nil && takesAgent(c.Meta.Streams) {
			return why
		}
		err := execute(ctx, c)
		if why := (*kube.AgentError)(nil); errors.As(err, &why) {
			failed.Store(why)
		}
		return err
	}
}

// takesAgent reports whether some load comes from inside the cluster.
func takesAgent(streams []history.Stream) bool {
	return slices.ContainsFunc(streams, func(s history.Stream) bool {
		return s.Vantage != history.VantageHost && !strings.Contains(s.URL, "://")
	})
}
