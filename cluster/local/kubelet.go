package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"zarif/cluster/local/supervisor"
	"zarif/report/history"
)

// live is a pod's life, from its creation until nothing of it is left: the
// scheduler binds it, its kubelet starts its container, starts it again when it
// ends, and takes it down when it is deleted.
//
// Source: pkg/kubelet (pod_workers.go, kuberuntime/kuberuntime_manager.go),
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/.
func (d *Deployed) live(p *pod) {
	defer close(p.over)
	if !d.waitFor(p, d.delay(&d.delays.Schedule)) {
		d.ended(p)
		return
	}
	d.do(func() {
		p.scheduled = true
		d.tell(history.Event{Source: history.SourceAPI, Type: history.EventPodScheduled, Pod: p.name, Node: Node})
	})
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

// restartAfter counts the restart to come and says how long it waits.
func (d *Deployed) restartAfter(p *pod, again *backOff) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.restarts++
	return max(d.delays.Again.draw(d.rand), again.next())
}

// waitFor waits, and reports whether the pod is still to run after that.
func (d *Deployed) waitFor(p *pod, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.deleted:
	case <-d.life.Done():
	}
	return false
}

// delay draws one.
func (d *Deployed) delay(of *Distribution) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return of.draw(d.rand)
}

// random is a number from 0 to 1.
func (d *Deployed) random() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.Float64()
}

// runOnce is one run of the pod's container, from its start to its end.
func (d *Deployed) runOnce(p *pod) error {
	run, err := d.start(p)
	if err != nil {
		return err
	}
	probing, stop := context.WithCancel(d.life)
	defer stop()
	d.wg.Go(func() { d.probe(probing, p, run) })
	select {
	case <-run.Done():
	case <-p.obsolete:
		d.takeDown(p, run, d.grace())
	case <-p.deleted:
		d.mu.Lock()
		grace := p.grace
		d.mu.Unlock()
		d.takeDown(p, run, grace)
	case <-d.life.Done():
		_ = run.Close() // what is left is told by Exit
	}
	stop()
	d.exited(p, run)
	return run.Exit().Err
}

// start starts the container's process.
func (d *Deployed) start(p *pod) (*supervisor.Run, error) {
	if !p.at.IsValid() {
		at, err := d.cluster.addresses.take(d.template.port)
		if err != nil {
			return nil, err
		}
		d.do(func() { p.at = at })
	}
	env, err := d.template.environment(p.name, p.at)
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start pod %s: %w", p.name, err)
	}
	run, err := supervisor.Start(d.life, supervisor.Config{
		Binary: d.cluster.supervisor, Argv: d.template.argv, Env: env, Dir: d.template.dir,
		Output: write, Isolate: d.cluster.isolation == nil,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start pod %s: %w", p.name, err), read.Close())
	}
	d.do(func() { d.running(p, run, read) })
	return run, nil
}

// running notes that a run has begun. With the lock held.
func (d *Deployed) running(p *pod, run *supervisor.Run, output *os.File) {
	p.run, p.probed = run, false
	p.obsolete = make(chan struct{})
	id := d.letters(12)
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventContainerStarted, Pod: p.name, Node: Node},
		"container", d.objects.container().Name, "restarts", strconv.Itoa(int(p.restarts)), "id", id)
	restarts := p.restarts
	d.follow(p, restarts, output, run)
	d.later(d.delays.Status.draw(d.rand), func() {
		p.status.container, p.status.restarts = id, restarts
	})
}

// exited notes that a run has ended.
func (d *Deployed) exited(p *pod, run *supervisor.Run) {
	exit := run.Exit()
	code := int32(exit.Code)
	d.do(func() {
		p.run, p.probed = nil, false
		signal, reason := "", "Completed"
		if exit.Signal != 0 {
			signal = strconv.Itoa(int(exit.Signal))
		}
		if code != 0 {
			reason = "Error"
		}
		d.tellAt(exit.At, history.Event{Source: history.SourceAPI, Type: history.EventContainerExited, Pod: p.name, Node: Node},
			"container", d.objects.container().Name, "exitCode", strconv.Itoa(exit.Code), "signal", signal,
			"reason", reason, "restarts", strconv.Itoa(int(p.restarts)))
		d.later(d.delays.Status.draw(d.rand), func() { p.status.exitCode = &code })
		d.showReadiness(p)
	})
}

// ended takes the rest of the pod away once its last process has ended: its
// address, then its object.
func (d *Deployed) ended(p *pod) {
	d.do(func() {
		if !p.deleting {
			return // only Remove ends a pod that was not deleted
		}
		d.later(d.delays.Teardown.draw(d.rand), func() { p.addressGone = true })
		d.later(d.delays.Remove.draw(d.rand), func() { d.forget(p) })
	})
}

// showReadiness lets the pod's status say what the probe says now. With the lock held.
func (d *Deployed) showReadiness(p *pod) {
	d.later(d.delays.Status.draw(d.rand), func() {
		if p.status.ready == p.probed || p.gone {
			return
		}
		p.status.ready, p.status.since = p.probed, time.Now()
		kind := history.EventPodNotReady
		if p.status.ready {
			kind = history.EventPodReady
			d.becameReady()
		}
		d.tell(history.Event{Source: history.SourceAPI, Type: kind, Pod: p.name, Node: Node})
		d.publish()
	})
}

// leastGrace is what remains for the signal when preStop has used the grace period
// up (kuberuntime_container.go, minimumGracePeriodInSeconds).
const leastGrace = 2 * time.Second

// takeDown ends a run as a kubelet does: preStop, the stop signal, SIGKILL, within
// one grace period.
//
// A grace period of 0 counts as one second, so that preStop begins even then
// (pod_workers.go, calculateEffectiveGracePeriod). What preStop takes counts in
// whole seconds (kuberuntime_container.go, executePreStopHook).
func (d *Deployed) takeDown(p *pod, run *supervisor.Run, grace time.Duration) {
	grace = max(grace, time.Second)
	if c := d.objects.container(); c.Lifecycle != nil && c.Lifecycle.PreStop != nil {
		began := time.Now()
		if err := d.preStop(p, run, c.Lifecycle.PreStop, grace); err != nil {
			d.do(func() { d.note(p, "preStop: "+err.Error()) })
		}
		grace -= time.Since(began).Truncate(time.Second)
	}
	grace = max(grace, leastGrace)
	stop := signals[d.template.stopSignal]
	if err := run.Signal(stop); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.do(func() { d.note(p, "stop signal: "+err.Error()) })
	}
	kill := time.NewTimer(grace)
	defer kill.Stop()
	select {
	case <-run.Done():
		return
	case <-kill.C:
	case <-d.life.Done():
	}
	_ = run.Close() // what is left is told by Exit
}

// note passes something on that a reader should know. With the lock held.
func (d *Deployed) note(p *pod, text string) {
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventNote, Pod: p.name, Node: Node}, "text", text)
}

// A backOff is how long a container that ended waits for its next run: nothing the
// first time, then 10 s and twice as long each time, at most 5 min; a run of ten
// minutes is forgiven.
type backOff struct{ last time.Duration }

const (
	firstBackOff = 10 * time.Second
	mostBackOff  = 5 * time.Minute
	forgivenFor  = 10 * time.Minute
)

func (b *backOff) ran(d time.Duration) {
	if d >= forgivenFor {
		b.last = 0
	}
}

// next is the wait before the next run.
func (b *backOff) next() time.Duration {
	wait := b.last
	b.last = min(max(firstBackOff, 2*b.last), mostBackOff)
	return wait
}

// preStop runs the hook, at most for as long as the grace period.
func (d *Deployed) preStop(p *pod, run *supervisor.Run, hook *corev1.LifecycleHandler, grace time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(d.life, grace, errors.New("it was not over when the grace period was"))
	defer cancel()
	hooked := make(chan error, 1)
	go func() { hooked <- d.hook(ctx, p, run, hook) }()
	select {
	case err := <-hooked:
		return err
	case <-run.Done(): // a kubelet would wait for the hook all the same, and signal nobody
		return nil
	}
}
