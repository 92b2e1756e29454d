package kube

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"zarif/cluster/edgelog"
)

// edgeFollowers read the logs of an edge's pods while they live, where these are the
// ones that the disruption takes: at the end there would be none to ask. A log that
// breaks off is no fault of the trial: what an edge logged explains, and that lines
// of it are missing is counted.
type edgeFollowers struct {
	w      *watcher
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	last   atomic.Int64 // when a line came, in ns since the Unix epoch

	mu   sync.Mutex
	runs map[runKey]bool
}

func newEdgeFollowers(w *watcher) *edgeFollowers {
	fs := &edgeFollowers{w: w, runs: map[runKey]bool{}}
	// Their end is that of drain, not that of Watch's ctx.
	fs.ctx, fs.cancel = context.WithCancel(context.Background())
	return fs
}

// see follows the runs that a change of a target's pod begins.
func (fs *edgeFollowers) see(p *corev1.Pod) {
	e := fs.w.d.workload.Edge
	if e == nil || !e.Disrupted {
		return
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, i := range instances(p, nil) {
		key := runKey{p.UID, i.id}
		if i.container != e.Target.Container || i.id == "" || i.started.IsZero() || i.ended != nil || fs.runs[key] {
			continue
		}
		fs.runs[key] = true
		l := &podLog{d: fs.w.d, pod: p.Name, node: p.Spec.NodeName, uid: p.UID, container: i.container, restarts: i.restarts}
		fs.wg.Go(func() {
			if err := fs.follow(l, e.Log); err != nil && fs.ctx.Err() == nil {
				fs.w.note(note{text: fmt.Sprintf("the log of the edge's pod %s was not read to its end: %v", l.pod, err)})
			}
		})
	}
}

// follow reads a log from its beginning until the container has ended.
func (fs *edgeFollowers) follow(l *podLog, form string) error {
	read, err := edgelog.NewReading(form, l.pod, fs.w.epoch, fs.w.sink)
	if err != nil {
		return err
	}
	log, err := l.open(fs.ctx, false, true)
	if err != nil {
		return err
	}
	defer log.Close()
	defer read.End()
	return eachLine(log, func(line []byte) error {
		fs.last.Store(time.Now().UnixNano())
		read.Take(line)
		return nil
	})
}

// drain ends the following once nothing has come for a while, or ctx ends.
func (fs *edgeFollowers) drain(ctx context.Context) {
	fs.mu.Lock()
	none := len(fs.runs) == 0
	fs.mu.Unlock()
	if !none {
		fs.awaitQuiet(ctx)
	}
	fs.cancel()
	fs.wg.Wait()
}

func (fs *edgeFollowers) awaitQuiet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, edgeRead)
	defer cancel()
	began := time.Now()
	for quiet := time.Duration(0); quiet < edgeQuiet && ctx.Err() == nil; {
		pause(ctx, edgeQuiet-quiet)
		since := time.Unix(0, fs.last.Load())
		if since.Before(began) {
			since = began
		}
		quiet = time.Since(since)
	}
}

// disruptsEdge reports whether the target is the edge.
func (d *Deployed) disruptsEdge() bool {
	e := d.workload.Edge
	return e != nil && e.Disrupted
}
