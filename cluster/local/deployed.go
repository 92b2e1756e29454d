package local

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// Deployed is one workload that runs. Safe for concurrent use.
type Deployed struct {
	cluster  *Cluster
	workload cluster.Workload
	objects  objects
	template template
	delays   Delays

	life context.Context // ends with Remove
	end  context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	rand    *rand.Rand

	generation, observed int64
	revision             int // of the pods' template
	replicas             int
	pods                 []*pod          // whose objects are there, the oldest first
	every                map[string]*pod // that there ever was, by UID
	endpoints            []endpoint      // as the EndpointSlice has them
	proxy                proxy
	told                 []told
	logs                 []*runLog
}

var (
	_ cluster.Deployed       = (*Deployed)(nil)
	_ disrupt.Restarter      = (*Deployed)(nil)
	_ disrupt.Scaler         = (*Deployed)(nil)
	_ disrupt.Deleter        = (*Deployed)(nil)
	_ disrupt.Evictor        = (*Deployed)(nil)
	_ disrupt.Signaller      = (*Deployed)(nil)
	_ disrupt.ProcessWatcher = (*Deployed)(nil)
)

func newDeployed(c *Cluster, w cluster.Workload, o objects, t template, seed uint64) *Deployed {
	life, end := context.WithCancel(context.Background())
	h := fnv.New64a()
	h.Write([]byte(w.Name))
	return &Deployed{
		cluster: c, workload: w, objects: o, template: t, delays: c.config.Delays, life: life, end: end,
		changed: make(chan struct{}), rand: rand.New(rand.NewPCG(seed, h.Sum64())),
		every: map[string]*pod{}, generation: 1, revision: 1, replicas: int(*o.deployment.Spec.Replicas),
	}
}

// begin creates the pods.
func (d *Deployed) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.objects.without) > 0 {
		d.tell(history.Event{Source: history.SourceAPI, Type: history.EventNote},
			"text", "without effect on the local cluster: "+strings.Join(d.objects.without, ", "))
	}
	d.observed = d.generation
	d.reconcile()
}

// later runs f under the lock after a delay, unless d was removed by then.
func (d *Deployed) later(delay time.Duration, f func()) {
	time.AfterFunc(delay, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.life.Err() == nil {
			f()
			d.wake()
		}
	})
}

// wake lets all who wait look again. To be called with the lock held.
func (d *Deployed) wake() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// do runs f under the lock.
func (d *Deployed) do(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	d.wake()
}

// state is what a client of the API server would see. With the lock held.
func (d *Deployed) state() cluster.State {
	s := cluster.State{Generation: d.generation, ObservedGeneration: d.observed, Desired: int32(d.replicas)}
	minReady := d.minReady()
	for _, p := range d.pods {
		s.Pods = append(s.Pods, p.state(d.revision))
		if p.revision == d.revision && !p.deleting {
			s.Updated++
		}
		if is, _ := p.available(time.Now(), minReady); is {
			s.Available++
		}
	}
	slices.SortFunc(s.Pods, func(a, b cluster.Pod) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Await implements cluster.Deployed.
func (d *Deployed) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	for {
		d.mu.Lock()
		state, changed := d.state(), d.changed
		d.mu.Unlock()
		if done(state) {
			return nil
		}
		select {
		case <-changed:
		case <-d.life.Done():
			return fmt.Errorf("wait for %s: the workload was removed", what)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w; %s", what, context.Cause(ctx), summary(state))
		}
	}
}

// summary tells a state in one line.
func summary(s cluster.State) string {
	var pods []string
	for _, p := range s.Pods {
		words := []string{p.Name}
		for _, w := range []struct {
			is   bool
			word string
		}{{!p.Current, "old"}, {p.Ready, "ready"}, {!p.Ready, "not ready"}, {p.Deleting, "deleting"}} {
			if w.is {
				words = append(words, w.word)
			}
		}
		if p.ExitCode != nil {
			words = append(words, fmt.Sprintf("restarted %d×, last exit %d", p.Restarts, *p.ExitCode))
		}
		pods = append(pods, strings.Join(words, " "))
	}
	return fmt.Sprintf("%d wanted, %d updated, %d available; pods: %s", s.Desired, s.Updated, s.Available, strings.Join(pods, ", "))
}

// Restart makes pods of a new template.
func (d *Deployed) Restart(context.Context) error {
	d.do(func() {
		d.generation++
		d.revision++
		d.specChanged()
	})
	return nil
}

// Scale changes how many pods there are to be.
func (d *Deployed) Scale(_ context.Context, replicas int32) error {
	d.do(func() {
		d.generation++
		d.replicas = int(replicas)
		d.specChanged()
	})
	return nil
}

// specChanged lets the controller see the change of the Deployment.
func (d *Deployed) specChanged() {
	generation := d.generation
	d.later(d.delays.Restart.draw(d.rand), func() {
		d.observed = max(d.observed, generation)
		d.reconcile()
	})
}

// find is the pod of that UID, if its object is there.
func (d *Deployed) find(uid string) *pod {
	for _, p := range d.pods {
		if p.uid == uid {
			return p
		}
	}
	return nil
}

// Delete deletes a pod; grace in seconds, nil for the pod's own.
func (d *Deployed) Delete(_ context.Context, of cluster.Pod, grace *int64) (err error) {
	d.do(func() {
		if p := d.find(of.UID); p == nil {
			err = fmt.Errorf("delete pod %s: it is gone", of.Name)
		} else if grace == nil {
			d.delete(p, d.grace())
		} else {
			d.delete(p, time.Duration(*grace)*time.Second)
		}
	})
	return err
}

// grace is what pods have from their deletion to SIGKILL.
func (d *Deployed) grace() time.Duration {
	return time.Duration(*d.objects.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
}

// Signal sends sig to a pod's main process, from outside its PID namespace.
func (d *Deployed) Signal(_ context.Context, of cluster.Pod, sig syscall.Signal) error {
	d.mu.Lock()
	p := d.find(of.UID)
	if p == nil || p.run == nil {
		d.mu.Unlock()
		return fmt.Errorf("signal pod %s: its container does not run", of.Name)
	}
	run := p.run
	d.mu.Unlock()
	return run.Signal(sig)
}

// AwaitProcessGone waits until the pod's last process has ended.
func (d *Deployed) AwaitProcessGone(ctx context.Context, of cluster.Pod) error {
	d.mu.Lock()
	p := d.every[of.UID]
	d.mu.Unlock()
	if p == nil {
		return fmt.Errorf("watch the process of pod %s: no such pod", of.Name)
	}
	select {
	case <-p.over:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	d.do(func() {
		d.tell(history.Event{Source: history.SourceNode, Type: history.EventProcessGone, Pod: of.Name, Node: Node})
	})
	return nil
}

// Remove kills every process and waits until they are gone.
func (d *Deployed) Remove(ctx context.Context) error {
	d.end()
	gone := make(chan struct{})
	go func() { d.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("remove %s: processes are left: %w", d.workload.Name, context.Cause(ctx))
	}
}
