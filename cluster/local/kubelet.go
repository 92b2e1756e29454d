package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"zarif/cluster/local/supervisor"
	"zarif/report/history"
)

// relistPeriod is how often a kubelet looks which containers run
// (pkg/kubelet/kubelet.go, genericPlegRelistPeriod). A new run exists for its
// status and its probes from then on.
const relistPeriod = time.Second

// live is a pod's life, from its creation until nothing of it is left: the
// scheduler binds it, its kubelet starts its container, starts it again when it
// ends, and takes it down when it is deleted.
//
// Source: pkg/kubelet (pod_workers.go, kuberuntime/kuberuntime_manager.go),
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/.
func (d *Deployed) live(p *pod) {
	defer close(p.over)
	if !d.waitFor(p, d.delay(&d.delays.Schedule)) || !d.bind(p) {
		return
	}
	again := backOff{}
	for pause := d.delay(&d.delays.Start); d.waitFor(p, pause); pause = d.restartAfter(p, &again) {
		began := time.Now()
		err := d.runOnce(p)
		if err != nil {
			d.do(func() { d.note(p, err.Error()) })
		}
		again.ran(time.Since(began))
	}
	d.ended(p)
}

// bind gives the pod to the node, unless it was deleted before: then its object is
// gone already.
func (d *Deployed) bind(p *pod) (bound bool) {
	d.do(func() {
		if bound = !p.deleting; bound {
			p.scheduled = true
			d.tell(history.Event{Source: history.SourceAPI, Type: history.EventPodScheduled, Pod: p.name, Node: Node})
		}
	})
	return bound
}

// restartAfter counts the restart to come and says how long it waits.
func (d *Deployed) restartAfter(p *pod, again *backOff) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.restarts++
	return max(p.again, again.next())
}

// waitFor waits, and reports whether the pod is still to run after that.
func (d *Deployed) waitFor(p *pod, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.deleted:
	case <-d.life.Done():
	}
	select {
	case <-p.deleted:
		return false
	default:
		return d.life.Err() == nil
	}
}

// delay draws one.
func (d *Deployed) delay(of *Distribution) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.draw(of)
}

// clockPhase is where a clock of that period stands.
func (d *Deployed) clockPhase(period time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.phase(period)
}

// runOnce is one run of the pod's container, from its start to its end.
func (d *Deployed) runOnce(p *pod) error {
	r, err := d.start(p)
	if err != nil {
		d.do(func() { p.again = d.draw(&d.delays.Again) })
		return err
	}
	probing, stop := context.WithCancel(d.life)
	defer stop()
	noticed := make(chan struct{}) // how the run ended
	d.wg.Go(func() { d.probe(probing, p, r) })
	d.wg.Go(func() {
		defer close(noticed)
		<-r.Done()
		stop()
		d.exited(p, r)
	})
	select {
	case <-r.Done():
	case grace := <-r.obsolete:
		d.takeDown(p, r, grace)
	case <-p.deleted:
		d.takeDown(p, r, d.effectiveGrace(p))
	case <-d.life.Done():
		_ = r.Close() // what is left is told by Exit
	}
	<-noticed
	return r.Exit().Err
}

// start starts the container's process.
func (d *Deployed) start(p *pod) (*run, error) {
	if !p.at.IsValid() {
		at, err := d.cluster.addresses.take(d.template.port)
		if err != nil {
			return nil, err
		}
		d.do(func() { p.at = at })
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start pod %s: %w", p.name, err)
	}
	started, err := supervisor.Start(d.life, supervisor.Config{
		Binary: d.cluster.supervisor, Argv: d.template.argv, Env: d.template.environment(p.name, p.at), Dir: d.template.dir,
		Output: write, Isolate: d.cluster.isolation == nil,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start pod %s: %w", p.name, err), read.Close())
	}
	r := &run{Run: started, started: time.Now(), obsolete: make(chan time.Duration, 1)}
	d.do(func() { d.running(p, r, read) })
	return r, nil
}

// running notes that a run has begun. With the lock held.
func (d *Deployed) running(p *pod, r *run, output *os.File) {
	p.run, p.probed = r, false
	r.relist = d.phase(relistPeriod)
	id, restarts := d.letters(12), p.restarts
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventContainerStarted, Pod: p.name, Node: Node},
		"container", d.objects.container().Name, "restarts", strconv.Itoa(int(restarts)), "id", id)
	d.follow(p, restarts, output)
	d.show(p, r.relist+d.draw(&d.delays.Status), func() {
		p.status.container, p.status.restarts = id, restarts
	})
}

// exited notes that a run has ended. A kubelet that has not ended it sees that only
// when it looks, upon which it both says so and starts the container again: one
// part decides of both delays.
func (d *Deployed) exited(p *pod, r *run) {
	exit := r.Exit()
	code := int32(exit.Code)
	signal, reason := "", "Completed"
	if exit.Signal != 0 {
		signal = strconv.Itoa(int(exit.Signal))
	}
	if code != 0 {
		reason = "Error"
	}
	d.do(func() {
		d.tellAt(exit.At, history.Event{Source: history.SourceAPI, Type: history.EventContainerExited, Pod: p.name, Node: Node},
			"container", d.objects.container().Name, "exitCode", strconv.Itoa(exit.Code), "signal", signal,
			"reason", reason, "restarts", strconv.Itoa(int(p.restarts)))
		part := d.part(&d.delays.Ended)
		seen := d.delays.Ended.At(part)
		p.again = d.delays.Again.At(part)
		if r.stopping {
			seen = d.draw(&d.delays.Status)
		}
		p.run, p.probed = nil, false
		d.show(p, seen, func() {
			p.status.exitCode = &code
			d.sayReady(p, false)
		})
	})
}

// ended takes the rest of the pod away once its last process has ended: its
// address, then its object.
func (d *Deployed) ended(p *pod) {
	d.do(func() {
		if !p.deleting {
			return // only Remove ends a pod that was not deleted
		}
		d.later(d.draw(&d.delays.Teardown), func() { d.loseAddress(p) })
		d.show(p, d.draw(&d.delays.Status), func() { d.sayFinished(p) })
		d.later(d.draw(&d.delays.Remove), func() { d.forget(p) })
	})
}

// note passes something on that a reader should know. With the lock held.
func (d *Deployed) note(p *pod, text string) {
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventNote, Pod: p.name, Node: Node}, "text", text)
}

// kubernetes tells an event as the kubelet's own, of which an API server would tell.
// With the lock held.
func (d *Deployed) kubernetes(p *pod, reason, message string) {
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventKubernetes, Pod: p.name, Node: Node}, "object", "Pod/"+p.name, "reason", reason, "message", message)
}
