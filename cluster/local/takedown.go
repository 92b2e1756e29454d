package local

import (
	"context"
	"errors"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// leastGrace is what remains for the signal when preStop has used the grace period
// up (kuberuntime_container.go, minimumGracePeriodInSeconds).
const leastGrace = 2 * time.Second

// effectiveGrace is the grace period of a deletion: 0 counts as a second, so that
// preStop begins even then (pod_workers.go, calculateEffectiveGracePeriod).
func (d *Deployed) effectiveGrace(p *pod) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(p.grace, time.Second)
}

// takeDown ends a run as a kubelet does: preStop, the stop signal, SIGKILL, within
// one grace period. What preStop takes of it counts in whole seconds.
//
// Source: kuberuntime_container.go, killContainer and executePreStopHook.
func (d *Deployed) takeDown(p *pod, r *run, grace time.Duration) {
	ctx, cancel := context.WithCancel(d.life)
	defer cancel()
	d.do(func() {
		r.stopping = true
		d.kubernetes(p, "Killing", "Stopping container "+d.objects.container().Name)
	})
	if c := d.objects.container(); c.Lifecycle != nil && c.Lifecycle.PreStop != nil && grace > 0 {
		began := time.Now()
		err := d.preStop(ctx, p, r, c.Lifecycle.PreStop, grace)
		switch {
		case err == nil, ctx.Err() != nil:
		case errors.Is(err, errNotOver): // of which a kubelet tells its own log alone
			d.do(func() { d.note(p, "preStop: "+err.Error()) })
		default:
			d.do(func() { d.kubernetes(p, "FailedPreStopHook", err.Error()) })
		}
		grace -= time.Since(began).Truncate(time.Second)
	}
	if err := r.Signal(signals[d.template.stopSignal]); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.do(func() { d.note(p, "stop signal: "+err.Error()) })
	}
	kill := time.NewTimer(max(grace, leastGrace))
	defer kill.Stop()
	select {
	case <-r.Done():
		return
	case <-kill.C:
	case <-d.life.Done():
	}
	_ = r.Close() // what is left is told by Exit
}

var errNotOver = errors.New("it was not over when the grace period was")

// preStop waits for the hook, at most for as long as the grace period; the hook goes
// on after that. It waits even when the process ends meanwhile.
func (d *Deployed) preStop(ctx context.Context, p *pod, r *run, hook *corev1.LifecycleHandler, grace time.Duration) error {
	done := make(chan error, 1)
	d.wg.Go(func() { done <- d.hook(ctx, p, r, hook) })
	over := time.NewTimer(grace)
	defer over.Stop()
	select {
	case err := <-done:
		return err
	case <-over.C:
		return errNotOver
	case <-ctx.Done():
		return ctx.Err()
	}
}
