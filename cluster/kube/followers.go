package kube

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"zarif/cluster/podlog"
	"zarif/report/history"
)

// followers read the logs of all of the target's containers, one per run.
type followers struct {
	w      *watcher
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	runs   map[runKey]*follower
	firsts map[firstLine]*follower // whose it is
}

type runKey struct {
	pod       types.UID
	container string // its id
}

type firstLine struct {
	pod types.UID
	t   int64
}

func newFollowers(w *watcher) *followers {
	fs := &followers{w: w, runs: map[runKey]*follower{}, firsts: map[firstLine]*follower{}}
	// Their end is that of drain, not that of Watch's ctx.
	fs.ctx, fs.cancel = context.WithCancel(context.Background())
	return fs
}

// see follows what a change of a target's pod begins, and tells the followers of
// its earlier runs what became of them.
func (fs *followers) see(c change[*corev1.Pod]) {
	if !fs.w.d.workload.LogsHits {
		return
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var ended []*follower
	var latest int32 = -1
	for _, i := range instances(c.now, c.old) {
		if i.container != fs.w.d.workload.Target.Container || i.id == "" {
			continue
		}
		f := fs.runs[runKey{c.now.UID, i.id}]
		// A run that had ended before watching began is of no trial.
		if f == nil && !(c.first && c.seen.listed && i.ended != nil) && !c.gone {
			f = fs.start(c.now, i)
		}
		if f != nil && i.ended != nil {
			ended = append(ended, f)
		}
		latest = max(latest, i.restarts)
	}
	for key, f := range fs.runs {
		if key.pod != c.now.UID {
			continue
		}
		if f.read.Run() < latest {
			f.newer.raise()
			ended = append(ended, f)
		}
		if c.gone {
			f.gone.raise()
		}
	}
	// Last: whoever sees that a run has ended must also see where its log is.
	for _, f := range ended {
		f.exited.raise()
	}
}

// start follows one run.
func (fs *followers) start(p *corev1.Pod, i instance) *follower {
	read := podlog.NewReading(p.Name, i.restarts, fs.w.epoch, fs.w.sink)
	f := newFollower(&podLog{
		d: fs.w.d, pod: p.Name, node: p.Spec.NodeName, uid: p.UID, container: i.container, restarts: i.restarts,
	}, read)
	read.Claim = func(t int64) bool {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		key := firstLine{p.UID, t}
		if fs.firsts[key] == nil {
			fs.firsts[key] = f
		}
		return fs.firsts[key] == f
	}
	fs.runs[runKey{p.UID, i.id}] = f
	fs.wg.Go(func() { f.run(fs.ctx) })
	return f
}

// drain reads every log to the end that it has now, as far as ctx allows, and
// ends all following.
func (fs *followers) drain(ctx context.Context) {
	fs.mu.Lock()
	var wg sync.WaitGroup
	for _, f := range fs.runs {
		wg.Go(func() {
			if err := f.drain(ctx); err != nil {
				fs.w.fault(fmt.Errorf("watch: %w", err))
			}
		})
	}
	fs.mu.Unlock()
	wg.Wait()
	fs.cancel()
	fs.wg.Wait()
}

// agentNotes tells what a reader should know of the load agent's pod.
func agentNotes(old, now *corev1.Pod, gone bool, o observed) []history.Event {
	var out []history.Event
	add := func(text string) {
		e := o.arrival(history.EventNote, "", "text", text)
		e.Node = now.Spec.NodeName
		out = append(out, e)
	}
	var before []instance
	if old != nil {
		before = instances(old, nil)
	}
	for _, i := range instances(now, old) {
		if was := find(before, i.id); i.ended != nil && (was == nil || was.ended == nil) {
			add(fmt.Sprintf("the load agent's container ended: exit code %d %s", i.ended.ExitCode, i.ended.Reason))
		}
	}
	switch {
	case gone:
		add("the load agent's pod is gone")
	case now.DeletionTimestamp != nil && (old == nil || old.DeletionTimestamp == nil):
		add("the load agent's pod is being deleted")
	}
	return out
}
