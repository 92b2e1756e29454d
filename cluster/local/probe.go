package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe runs a container's probes for as long as one run of it lasts, from when the
// kubelet knows of that. The startup probe holds the other two back; readiness goes
// on while the pod is taken down, the others do not.
//
// Readiness is probed at once, startup and liveness when the clock of their worker
// says so, which ran before the container did.
//
// Source: pkg/kubelet/prober (worker.go; prober_manager.go, UpdatePodStatus),
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/.
func (d *Deployed) probe(ctx context.Context, p *pod, r *run) {
	if !pause(ctx, r.relist) {
		return
	}
	c := d.objects.container()
	if c.StartupProbe != nil && !d.repeat(ctx, p, r, c.StartupProbe, func(ok bool) (enough bool) {
		if !ok {
			d.giveUp(p, r, c.StartupProbe)
		}
		return true
	}) {
		return
	}
	if c.LivenessProbe != nil {
		d.wg.Go(func() {
			d.repeat(ctx, p, r, c.LivenessProbe, func(ok bool) (enough bool) {
				if !ok {
					d.giveUp(p, r, c.LivenessProbe)
				}
				return !ok
			})
		})
	}
	if c.ReadinessProbe == nil {
		d.setReady(p, r, true)
		return
	}
	d.repeat(ctx, p, r, c.ReadinessProbe, func(ok bool) (enough bool) {
		d.setReady(p, r, ok)
		return false
	})
}

func (d *Deployed) setReady(p *pod, r *run, ready bool) {
	d.do(func() {
		if p.run == r && p.probed != ready {
			p.probed = ready
			d.show(p, d.draw(&d.delays.Status), func() { d.sayReady(p, ready) })
		}
	})
}

// repeat probes once per period and passes on what so many successes or failures in
// a row say, until that is enough. It reports whether the last one was a success;
// false too if ctx ended, or the run is taken down and the probe is not readiness's.
func (d *Deployed) repeat(ctx context.Context, p *pod, r *run, probe *corev1.Probe, result func(ok bool) (enough bool)) bool {
	period := time.Duration(cmp.Or(probe.PeriodSeconds, 10)) * time.Second
	initial := time.Duration(probe.InitialDelaySeconds) * time.Second
	readiness := probe == d.objects.container().ReadinessProbe
	if !readiness && !pause(ctx, d.clockPhase(period)) {
		return false
	}
	clock := time.NewTicker(period)
	defer clock.Stop()
	for last, row := false, int32(0); ; { // row: how many equal results came last
		if !readiness && d.isStopping(r) {
			return false
		}
		if time.Since(r.started) >= initial {
			err := d.try(ctx, p, r, &probe.ProbeHandler, time.Duration(cmp.Or(probe.TimeoutSeconds, 1))*time.Second)
			if ctx.Err() != nil {
				return false
			}
			if ok := err == nil; ok != last {
				last, row = ok, 0
			}
			row++
			if row >= threshold(probe, last) && result(last) {
				return last
			}
		}
		select {
		case <-clock.C:
		case <-ctx.Done():
			return false
		}
	}
}

// threshold is how many equal results in a row count.
func threshold(probe *corev1.Probe, ok bool) int32 {
	if ok {
		return cmp.Or(probe.SuccessThreshold, 1)
	}
	return cmp.Or(probe.FailureThreshold, 3)
}

func (d *Deployed) isStopping(r *run) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return r.stopping
}

// giveUp ends a run whose liveness or startup probe failed, within the grace period
// of the probe or else of the pod.
func (d *Deployed) giveUp(p *pod, r *run, probe *corev1.Probe) {
	grace := d.grace()
	if s := probe.TerminationGracePeriodSeconds; s != nil {
		grace = time.Duration(*s) * time.Second
	}
	kind := "liveness"
	if probe == d.objects.container().StartupProbe {
		kind = "startup"
	}
	d.do(func() {
		if p.run == r && !r.stopping {
			d.note(p, "the "+kind+" probe failed, the container is started again")
			r.obsolete <- grace
		}
	})
}

// try is one attempt of a probe.
func (d *Deployed) try(ctx context.Context, p *pod, r *run, h *corev1.ProbeHandler, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	switch {
	case h.HTTPGet != nil:
		status, err := d.get(ctx, p, h.HTTPGet)
		if err == nil && (status < 200 || status >= 400) {
			err = fmt.Errorf("status %d", status)
		}
		return err
	case h.TCPSocket != nil:
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.portOf(p, h.TCPSocket.Port).String())
		if err == nil {
			c.Close()
		}
		return err
	case h.Exec != nil:
		return d.execIn(ctx, r, h.Exec.Command)
	}
	return errors.New("a probe without a handler")
}

// hook is a preStop hook's action. Any answer to a GET will do, whatever its status
// (pkg/kubelet/lifecycle/handlers.go).
func (d *Deployed) hook(ctx context.Context, p *pod, r *run, h *corev1.LifecycleHandler) error {
	switch {
	case h.Sleep != nil:
		if !pause(ctx, time.Duration(h.Sleep.Seconds)*time.Second) {
			return context.Cause(ctx)
		}
	case h.HTTPGet != nil:
		_, err := d.get(ctx, p, h.HTTPGet)
		return err
	case h.Exec != nil:
		return d.execIn(ctx, r, h.Exec.Command)
	}
	return nil
}

// portOf is where the pod listens for what the objects call port.
func (d *Deployed) portOf(p *pod, port intstr.IntOrString) netip.AddrPort {
	number, _ := containerPort(d.objects.container(), port) // checked when the objects were decoded
	if number == d.template.port {
		return p.at // which may be another number here
	}
	return netip.AddrPortFrom(p.at.Addr(), uint16(number))
}

// execIn runs a command in the container; an exit code that is not 0 is an error.
func (d *Deployed) execIn(ctx context.Context, r *run, argv []string) error {
	output, code, err := r.Exec(ctx, d.template.command(argv))
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d: %s", argv[0], code, strings.TrimSpace(string(output)))
	}
	return err
}

// pause waits, and reports whether ctx lasted that long.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
