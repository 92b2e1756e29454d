package local

import (
	"time"

	"zarif/report/history"
)

// show lets a pod's status say something after a delay, though not before what came
// before it: a kubelet writes its statuses one after another
// (pkg/kubelet/status/status_manager.go). With the lock held.
func (d *Deployed) show(p *pod, delay time.Duration, what func()) {
	at := time.Now().Add(delay)
	if at.Before(p.newsAt) {
		at = p.newsAt
	}
	p.newsAt = at
	d.laterAt(at, func() {
		if !p.gone {
			what()
		}
	})
}

// sayReady makes the status say whether the pod is ready. With the lock held.
func (d *Deployed) sayReady(p *pod, ready bool) {
	if p.status.ready == ready {
		return
	}
	p.status.ready, p.status.since = ready, time.Now()
	kind := history.EventPodNotReady
	if ready {
		kind = history.EventPodReady
		d.becameReady()
	}
	d.tell(history.Event{Source: history.SourceAPI, Type: kind, Pod: p.name, Node: Node})
	d.publish(p)
}

// sayFinished makes the status say that no container of the pod runs, nor will. The
// object is not taken away before that. With the lock held.
func (d *Deployed) sayFinished(p *pod) {
	p.status.finished = true
	d.publish(p)
}
