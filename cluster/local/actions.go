package local

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// What a disruption can do to the workload; Evict is in budget.go.
var (
	_ disrupt.Restarter      = (*Deployed)(nil)
	_ disrupt.Scaler         = (*Deployed)(nil)
	_ disrupt.Deleter        = (*Deployed)(nil)
	_ disrupt.Evictor        = (*Deployed)(nil)
	_ disrupt.Isolator       = (*Deployed)(nil)
	_ disrupt.Signaller      = (*Deployed)(nil)
	_ disrupt.ProcessWatcher = (*Deployed)(nil)
)

// Restart makes pods of a new template.
func (d *Deployed) Restart(context.Context) error {
	d.do(func() {
		d.asked.generation++
		d.asked.revision++
		d.specChanged()
	})
	return nil
}

// Scale changes how many pods there are to be.
func (d *Deployed) Scale(_ context.Context, replicas int32) error {
	d.do(func() {
		d.asked.generation++
		d.asked.replicas = int(replicas)
		d.specChanged()
	})
	return nil
}

// specChanged lets the controller see the change of the Deployment; until then it
// goes by what the Deployment was.
func (d *Deployed) specChanged() {
	d.later(d.draw(&d.delays.Restart), func() {
		d.observed = d.asked
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

// Isolate takes a pod out of the Service, as taking a label off it does that the
// Service asks for and the Deployment does not.
func (d *Deployed) Isolate(_ context.Context, of cluster.Pod) (err error) {
	if !d.objects.sparesLabel() {
		return fmt.Errorf("isolate pod %s: its Deployment needs every label that its Service asks for: %w", of.Name, errors.ErrUnsupported)
	}
	d.do(func() {
		p := d.find(of.UID)
		if p == nil {
			err = fmt.Errorf("isolate pod %s: it is gone", of.Name)
			return
		}
		p.isolated = true
		d.publish(p)
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
