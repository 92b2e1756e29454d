package trial

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"zarif/cluster"
)

// awaitReady waits until the deployment is what was asked for, and tells how far
// it is.
func (t *run) awaitReady(ctx context.Context, deployed cluster.Deployed) error {
	ctx, cancel := context.WithTimeout(ctx, t.times.ready)
	defer cancel()
	told := t.tellReady()
	defer told.stop()
	// What became before of the pods of a workload that was there is not ours; a proxy
	// may begin before the names that it leads to are known, and then begins again.
	if e := t.Workload.Edge; t.Workload.Taken() || e != nil && e.Disrupted {
		return deployed.Await(ctx, "every pod is ready", func(s cluster.State) bool {
			told.state(s)
			return s.Settled() && len(s.Pods) > 0
		})
	}
	least := int32(0)
	if t.Workload.Users != nil {
		least = t.Workload.Users.Replicas
	}
	return deployed.Await(ctx, "every pod is ready and never restarted", func(s cluster.State) bool {
		told.state(s)
		if !s.Settled() || s.Desired < least {
			return false
		}
		for _, p := range s.Pods {
			if p.Restarts != 0 {
				return false
			}
		}
		return true
	})
}

// A readiness tells, while pods start, how many are ready: an application may take
// a minute for it.
type readiness struct {
	step    atomic.Value // string
	end     chan struct{}
	stopped sync.WaitGroup
}

func (t *run) tellReady() *readiness {
	r := &readiness{end: make(chan struct{})}
	r.step.Store("waiting for pods")
	began := time.Now()
	tell := func() { t.Progress(t.progress(r.step.Load().(string), time.Since(began), 0)) }
	tell()
	r.stopped.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-r.end:
				return
			case <-tick.C:
				tell()
			}
		}
	})
	return r
}

func (r *readiness) state(s cluster.State) {
	r.step.Store(fmt.Sprintf("waiting for pods: %d of %d ready", len(s.ReadyPods()), s.Desired))
}

// stop returns once nothing more is told.
func (r *readiness) stop() {
	close(r.end)
	r.stopped.Wait()
}
