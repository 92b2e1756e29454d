package trial

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"zarif/cluster"
	"zarif/cluster/disrupt"
)

// starting is a bench whose second pod becomes ready once somebody was told that
// the first one is.
type starting struct {
	*bench
	told chan struct{}
}

func (s starting) Deploy(context.Context, cluster.Workload) (cluster.Deployed, error) { return s, nil }

func (s starting) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	one := cluster.State{Desired: 2, Pods: []cluster.Pod{{Name: "pod-0", Current: true, Ready: true}, {Name: "pod-1", Current: true}}}
	if done(one) {
		return nil
	}
	select {
	case <-s.told:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.bench.Await(ctx, what, done)
}

// A slow start shows how many pods are ready while others are not.
func TestReadyPodsAreTold(t *testing.T) {
	s := starting{newBench(t), make(chan struct{})}
	c := config(s.bench, disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) { return nil, nil }),
		filepath.Join(t.TempDir(), "1"))
	c.Cluster = s
	var once sync.Once
	c.Progress = func(p Progress) {
		if p.Step == "waiting for pods: 1 of 2 ready" && p.Elapsed > 0 {
			once.Do(func() { close(s.told) })
		}
	}
	if err := runFor(t.Context(), c, quick); err != nil {
		t.Fatal(err)
	}
}
