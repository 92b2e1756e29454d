package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/cluster"
	"zarif/cluster/edgelog"
)

const edgeRole = "edge"

// edgeFaults are what makes the log of the edge's pods incomplete, and the edge
// itself a part of the story.
func edgeFaults(old, now *corev1.Pod, gone bool) []error {
	return partFaults("the edge's pod "+now.Name, old, now, gone)
}

// behindFaults are what makes a pod behind an edge that is disrupted a part of the
// story: it should be at rest.
func behindFaults(old, now *corev1.Pod, gone bool) []error {
	return partFaults("pod "+now.Name+" behind the edge", old, now, gone)
}

func partFaults(what string, old, now *corev1.Pod, gone bool) []error {
	var out []error
	var before []instance
	if old != nil {
		before = instances(old, nil)
	}
	for _, i := range instances(now, old) {
		// One that ends before it was ever ready, since no name can be resolved yet, is
		// started again, and no load has come to it.
		if was := find(before, i.id); i.ended != nil && (was == nil || was.ended == nil) && old != nil && podReady(old) {
			out = append(out, fmt.Errorf("%s ended with exit code %d %s", what, i.ended.ExitCode, i.ended.Reason))
		}
	}
	if gone || now.DeletionTimestamp != nil && (old == nil || old.DeletionTimestamp == nil) {
		out = append(out, fmt.Errorf("%s was deleted", what))
	}
	return out
}

// edgeQuiet is how long an edge must have written nothing before its log is read:
// longer than any of them keeps lines back.
const edgeQuiet = 500 * time.Millisecond

// edgeRead bounds the reading of an edge's log.
const edgeRead = 20 * time.Second

// edgeLogs hands over what the edge's pods have logged until now, also when ctx has
// ended.
func (w *watcher) edgeLogs(ctx context.Context) {
	e := w.d.workload.Edge
	if e == nil || e.Disrupted {
		return
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), edgeRead, fmt.Errorf("it took more than %s", edgeRead))
	defer cancel()
	pods, err := w.d.k.client.CoreV1().Pods(w.d.namespace).List(ctx, metav1.ListOptions{LabelSelector: roleLabel + "=" + edgeRole})
	if err != nil {
		w.fault(fmt.Errorf("find the edge's pods: %w", err))
		return
	}
	for i := range pods.Items {
		if err := w.edgeLog(ctx, e, &pods.Items[i]); err != nil {
			w.fault(fmt.Errorf("read the log of the edge's pod %s: %w", pods.Items[i].Name, err))
		}
	}
}

// edgeLog reads all of a pod's log once it is quiet: from the node's disk where it
// can, since a log that has grown is rotated there and the API server gives its
// last part only.
func (w *watcher) edgeLog(ctx context.Context, e *cluster.Edge, p *corev1.Pod) error {
	read, err := edgelog.NewReading(e.Log, p.Name, w.epoch, w.sink)
	if err != nil {
		return err
	}
	defer read.End()
	take := func(line []byte) error { read.Take(line); return nil }
	for _, i := range instances(p, nil) {
		if i.container != e.Target.Container || i.ended != nil {
			continue
		}
		l := &podLog{d: w.d, pod: p.Name, node: p.Spec.NodeName, uid: p.UID, container: i.container, restarts: i.restarts}
		if err := l.awaitQuiet(ctx, edgeQuiet); err != nil {
			return err
		}
		onDisk, err := l.nodeLog(ctx)
		if err == nil {
			return eachCRILine(onDisk, take)
		}
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		log, err := l.open(ctx, false, false)
		if err != nil {
			return err
		}
		defer log.Close()
		return eachLine(log, take)
	}
	return errors.New("it does not run")
}

// awaitQuiet waits until nothing was written for d.
func (l *podLog) awaitQuiet(ctx context.Context, d time.Duration) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	log, err := l.d.k.client.CoreV1().Pods(l.d.namespace).GetLogs(l.pod, &corev1.PodLogOptions{
		Container: l.container, Follow: true, TailLines: new(int64(1)),
	}).Stream(following)
	if err != nil {
		return err
	}
	defer log.Close()
	came := make(chan error)
	go func() {
		buf := make([]byte, 4096)
		for {
			_, err := log.Read(buf)
			select {
			case came <- err:
			case <-following.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case err := <-came:
			switch {
			case errors.Is(err, io.EOF):
				return nil // it ended: nothing more can come
			case err != nil:
				return err
			}
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
