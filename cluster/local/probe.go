package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"zarif/cluster/local/supervisor"
)

// probe runs a container's probes for as long as one run of it lasts. The startup
// probe holds the other two back; readiness goes on while the pod is taken down,
// liveness does not.
//
// Source: pkg/kubelet/prober/worker.go,
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/.
func (d *Deployed) probe(ctx context.Context, p *pod, run *supervisor.Run) {
	c := d.objects.container()
	if c.StartupProbe != nil && !d.repeat(ctx, p, run, c.StartupProbe, untilSuccess) {
		return
	}
	if c.LivenessProbe != nil {
		d.wg.Go(func() { d.repeat(ctx, p, run, c.LivenessProbe, untilFailure) })
	}
	if c.ReadinessProbe != nil {
		d.repeat(ctx, p, run, c.ReadinessProbe, func(ok bool) bool {
			d.setReady(p, run, ok)
			return false
		})
		return
	}
	d.setReady(p, run, true)
}

// untilSuccess and untilFailure say when a probe has done its duty.
func untilSuccess(ok bool) bool { return ok }
func untilFailure(bool) bool    { return false }

func (d *Deployed) setReady(p *pod, run *supervisor.Run, ready bool) {
	d.do(func() {
		if p.run == run && p.probed != ready {
			p.probed = ready
			d.showReadiness(p)
		}
	})
}

// repeat probes once per period, at once at first, and calls result whenever so
// many successes or failures came in a row that the probe's result changes. It
// ends, and reports a success, when result says so. A startup or liveness probe
// that fails makes the run obsolete.
func (d *Deployed) repeat(ctx context.Context, p *pod, run *supervisor.Run, probe *corev1.Probe, result func(ok bool) bool) bool {
	c := d.objects.container()
	readiness := probe == c.ReadinessProbe
	if !pause(ctx, time.Duration(probe.InitialDelaySeconds)*time.Second) {
		return false
	}
	period := time.Duration(cmp.Or(probe.PeriodSeconds, 10)) * time.Second
	// The worker's clock ran before the container did: only the first probe is at once.
	next := time.Duration(d.random() * float64(period))
	known, last, row := false, false, int32(0) // known: as result was told; row: equal results up to now
	for first := true; ; first = false {
		err := d.try(ctx, p, run, &probe.ProbeHandler, time.Duration(cmp.Or(probe.TimeoutSeconds, 1))*time.Second)
		if ctx.Err() != nil {
			return false
		}
		if ok := err == nil; ok == last && !first {
			row++
		} else {
			last, row = ok, 1
		}
		enough := cmp.Or(probe.SuccessThreshold, 1)
		if !last {
			enough = cmp.Or(probe.FailureThreshold, 3)
		}
		if row >= enough && (last != known || !last) {
			known = last
			if !last && !readiness {
				d.do(func() { d.giveUp(p, run, err) })
				return false
			}
			if result(last) {
				return true
			}
		}
		if !pause(ctx, next) {
			return false
		}
		next = period
	}
}

// giveUp ends a run whose liveness or startup probe failed. With the lock held.
func (d *Deployed) giveUp(p *pod, run *supervisor.Run, why error) {
	if p.run != run || p.deleting {
		return
	}
	d.note(p, fmt.Sprintf("probe failed, the container is restarted: %v", why))
	close(p.obsolete)
}

// try is one attempt of a probe.
func (d *Deployed) try(ctx context.Context, p *pod, run *supervisor.Run, h *corev1.ProbeHandler, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	switch {
	case h.HTTPGet != nil:
		return d.get(ctx, p, h.HTTPGet)
	case h.TCPSocket != nil:
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.portOf(p, h.TCPSocket.Port).String())
		if err == nil {
			c.Close()
		}
		return err
	case h.Exec != nil:
		return execIn(ctx, run, h.Exec.Command)
	}
	return errors.New("a probe without a handler")
}

// get is a GET on the pod: any status from 200 to 399 is a success. Like a
// kubelet's it is on a connection of its own.
func (d *Deployed) get(ctx context.Context, p *pod, h *corev1.HTTPGetAction) error {
	path := cmp.Or(h.Path, "/")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.portOf(p, h.Port).String()+path, nil)
	if err != nil {
		return err
	}
	r.Close = true
	r.Header.Set("User-Agent", "kube-probe/local")
	for _, header := range h.HTTPHeaders {
		if strings.EqualFold(header.Name, "Host") {
			r.Host = header.Value
		}
		r.Header.Set(header.Name, header.Value)
	}
	t := &http.Transport{DisableKeepAlives: true, Proxy: nil}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	const most = 10 << 10
	_, _ = io.CopyN(io.Discard, resp.Body, most) // the status has said it
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Errorf("GET %s: status %d", path, resp.StatusCode)
	}
	return nil
}

// portOf is where the pod listens for what the objects call port.
func (d *Deployed) portOf(p *pod, port intstr.IntOrString) netip.AddrPort {
	number := containerPort(d.objects.container(), port)
	if number == d.template.port {
		return p.at // which may be another number here
	}
	return netip.AddrPortFrom(p.at.Addr(), uint16(number))
}

// hook is a preStop hook's action.
func (d *Deployed) hook(ctx context.Context, p *pod, run *supervisor.Run, h *corev1.LifecycleHandler) error {
	switch {
	case h.Sleep != nil:
		if !pause(ctx, time.Duration(h.Sleep.Seconds)*time.Second) {
			return context.Cause(ctx)
		}
		return nil
	case h.HTTPGet != nil:
		return d.get(ctx, p, h.HTTPGet)
	case h.Exec != nil:
		return execIn(ctx, run, h.Exec.Command)
	}
	return nil
}

// execIn runs a command in the container; an exit code that is not 0 is an error.
func execIn(ctx context.Context, run *supervisor.Run, argv []string) error {
	output, code, err := run.Exec(ctx, argv)
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
