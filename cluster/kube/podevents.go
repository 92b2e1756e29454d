package kube

import (
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/report/history"
)

// podEvents tells what happened to a pod between two observations of it, in the
// order in which it must have happened. old is nil when the pod is new; gone
// means that its object is no more, and now is then its last state. Containers'
// times are the kubelet's, to the second; the rest are watch arrivals, which the
// change itself precedes by the API server's delay.
func podEvents(old, now *corev1.Pod, gone bool, o observed) []history.Event {
	var out []history.Event
	add := func(e history.Event) {
		e.Node = now.Spec.NodeName
		out = append(out, e)
	}
	if old == nil {
		add(o.stamped(history.EventPodCreated, now.Name, now.CreationTimestamp.Time, "seen", micros(o.epoch, o.seen.at)))
		old = &corev1.Pod{}
	}
	if old.Spec.NodeName == "" && now.Spec.NodeName != "" {
		add(o.since(history.EventPodScheduled, now.Name, transition(now, corev1.PodScheduled)))
	}
	before, after := instances(old, nil), instances(now, old)
	for _, i := range after {
		if was := find(before, i.id); was == nil && !i.started.IsZero() {
			add(o.stamped(history.EventContainerStarted, now.Name, i.started, "container", i.container,
				"restarts", strconv.Itoa(int(i.restarts)), "id", i.id))
		}
	}
	switch ready := podReady(now); {
	case ready && !podReady(old):
		add(o.since(history.EventPodReady, now.Name, transition(now, corev1.PodReady)))
	case !ready && podReady(old):
		add(o.since(history.EventPodNotReady, now.Name, transition(now, corev1.PodReady)))
	}
	if e, deleted := deletion(old, now, gone, o); deleted {
		add(e)
	}
	for _, i := range after {
		if was := find(before, i.id); i.ended != nil && (was == nil || was.ended == nil) {
			add(exit(now.Name, i, o))
		}
	}
	if gone {
		add(o.arrival(history.EventPodGone, now.Name))
	}
	return out
}

// deletion is the event of a deletion timestamp that was set, or of an object that
// went without one: a grace period of 0.
func deletion(old, now *corev1.Pod, gone bool, o observed) (history.Event, bool) {
	if old.DeletionTimestamp != nil {
		return history.Event{}, false
	}
	if now.DeletionTimestamp == nil {
		grace := "0"
		if o.seen.listed {
			grace = "" // it went while nobody watched
		}
		return o.arrival(history.EventPodDeleted, now.Name, "grace", grace), gone
	}
	var grace int64
	if now.DeletionGracePeriodSeconds != nil {
		grace = *now.DeletionGracePeriodSeconds
	}
	// The timestamp lies ahead: it is when the grace period will be over.
	requested := metav1.Time{Time: now.DeletionTimestamp.Add(-time.Duration(grace) * time.Second)}
	return o.since(history.EventPodDeleted, now.Name, requested,
		"grace", strconv.FormatInt(grace, 10), "requested", micros(o.epoch, requested.Time)), true
}

func exit(pod string, i instance, o observed) history.Event {
	signal := ""
	if i.ended.Signal != 0 {
		signal = strconv.Itoa(int(i.ended.Signal))
	}
	attrs := []string{
		"container", i.container, "exitCode", strconv.Itoa(int(i.ended.ExitCode)), "signal", signal,
		"reason", i.ended.Reason, "restarts", strconv.Itoa(int(i.restarts)), "id", i.id,
		"seen", micros(o.epoch, o.seen.at),
	}
	if i.ended.FinishedAt.IsZero() { // the kubelet lost track of it
		return o.arrival(history.EventContainerExited, pod, attrs...)
	}
	return o.stamped(history.EventContainerExited, pod, i.ended.FinishedAt.Time, attrs...)
}

// An instance is one run of a container. restarts is how many came before it.
type instance struct {
	container, id string
	restarts      int32
	started       time.Time
	ended         *corev1.ContainerStateTerminated // nil: it runs
}

// instances are the runs that a pod's status tells of, at most two per container.
// before, which may be nil, is an earlier state of the pod.
func instances(p, before *corev1.Pod) []instance {
	var known, out []instance
	if before != nil {
		known = instances(before, nil)
	}
	for _, statuses := range [][]corev1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
		for _, c := range statuses {
			last, now := c.LastTerminationState.Terminated, c.State.Terminated
			if last != nil && (now == nil || last.ContainerID != now.ContainerID) {
				i := instance{container: c.Name, id: runtimeID(last.ContainerID), started: last.StartedAt.Time, ended: last}
				// While the next run is waited for, the count has not been raised yet.
				if i.restarts = c.RestartCount; c.State.Waiting == nil && c.RestartCount > 0 {
					i.restarts--
				}
				if was := find(known, i.id); was != nil {
					i.restarts = was.restarts
				}
				out = append(out, i)
			}
			switch {
			case now != nil:
				out = append(out, instance{container: c.Name, id: runtimeID(now.ContainerID), restarts: c.RestartCount, started: now.StartedAt.Time, ended: now})
			case c.State.Running != nil:
				out = append(out, instance{container: c.Name, id: runtimeID(c.ContainerID), restarts: c.RestartCount, started: c.State.Running.StartedAt.Time})
			}
		}
	}
	return out
}

func find(in []instance, id string) *instance {
	for i := range in {
		if in[i].id == id {
			return &in[i]
		}
	}
	return nil
}

// transition is when a condition last changed.
func transition(p *corev1.Pod, kind corev1.PodConditionType) metav1.Time {
	if c := podCondition(p, kind); c != nil {
		return c.LastTransitionTime
	}
	return metav1.Time{}
}

// micros is t as attributes carry moments: µs since epoch.
func micros(epoch, t time.Time) string {
	return strconv.FormatInt(int64(history.MicrosOf(t.Sub(epoch))), 10)
}
