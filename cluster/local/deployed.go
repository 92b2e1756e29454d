package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"zarif/cluster"
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
	timetable
	chance

	asked, observed spec            // the Deployment's own, and what its controller has seen of it
	pods            []*pod          // whose objects are there, the oldest first
	every           map[string]*pod // that there ever was, by UID
	endpoints       []endpoint      // as the EndpointSlice has them
	proxy           proxy
	told            []told
	logs            []*runLog
	edge            edge
}

// spec is what can change of a Deployment.
type spec struct {
	generation int64
	revision   int // of the pods' template
	replicas   int
}

var _ cluster.Deployed = (*Deployed)(nil)

func newDeployed(c *Cluster, w cluster.Workload, o objects, t template, seed uint64) *Deployed {
	life, end := context.WithCancel(context.Background())
	d := &Deployed{
		cluster: c, workload: w, objects: o, template: t, delays: c.config.Delays, life: life, end: end,
		changed: make(chan struct{}), timetable: timetable{timers: map[*time.Timer]struct{}{}}, every: map[string]*pod{},
		asked: spec{generation: 1, revision: 1, replicas: int(*o.deployment.Spec.Replicas)},
	}
	d.chance = chanceOf(w.Name, seed, &d.delays)
	return d
}

// begin creates the pods.
func (d *Deployed) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.objects.without) > 0 {
		d.tell(history.Event{Source: history.SourceAPI, Type: history.EventNote},
			"text", "without effect on the local cluster: "+strings.Join(d.objects.without, ", "))
	}
	if d.template.versions != "" {
		d.tell(history.Event{Source: history.SourceAPI, Type: history.EventNote},
			"text", "without its image, with what is installed here: "+d.template.versions)
	}
	d.observed = d.asked
	d.reconcile()
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
	s := cluster.State{Generation: d.asked.generation, ObservedGeneration: d.observed.generation, Desired: int32(d.asked.replicas)}
	minReady := d.minReady()
	for _, p := range d.pods {
		s.Pods = append(s.Pods, p.state(d.asked.revision))
		if p.revision == d.asked.revision && !p.deleting {
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

// Remove kills every process and waits until they are gone.
func (d *Deployed) Remove(ctx context.Context) error {
	d.mu.Lock()
	d.end() // under the lock: what begins something has asked there whether it may
	d.cancel()
	d.mu.Unlock()
	gone := make(chan struct{})
	go func() { d.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("remove %s: processes are left: %w", d.workload.Name, context.Cause(ctx))
	}
}
