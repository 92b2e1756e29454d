package lag

import (
	"slices"
	"time"

	"zarif/report/history"
)

// pods takes what one pod alone tells.
func (t *trial) pods() {
	for pod := range t.byPod {
		t.pair(Schedule, pod, history.EventPodCreated, history.EventPodScheduled)
		t.pair(Start, pod, history.EventPodScheduled, history.EventAppStart)
		t.pair(Remove, pod, history.EventAppExit, history.EventPodGone)
		t.endpoint(pod)
		if deleted, ok := t.deletion(pod); ok && t.meta.PreStop == "" {
			if signal, ok := t.one(pod, history.EventAppSignal); ok {
				t.take(Terminate, deleted, signal)
			}
		}
	}
}

// pair takes the time between two things that each happened once to a pod.
func (t *trial) pair(name, pod, from, to string) {
	a, okA := t.one(pod, from)
	b, okB := t.one(pod, to)
	if okA && okB {
		t.take(name, a, b)
	}
}

// newsLag is how late the news of a deletion may come, in µs.
const newsLag = history.Micros(2 * time.Second / time.Microsecond)

// deletion is when a pod was deleted. The news of it can come after what it led
// to, by the application's own log; the deletion was not later than that.
func (t *trial) deletion(pod string) (at history.Micros, ok bool) {
	at, ok = t.one(pod, history.EventPodDeleted)
	for _, effect := range []string{history.EventAppSignal, history.EventAppExit} {
		if e, has := t.one(pod, effect); has && e < at && at-e <= newsLag {
			at = e
		}
	}
	return at, ok
}

// endpoint takes how long the EndpointSlice is behind the pod, both ways.
func (t *trial) endpoint(pod string) {
	t.pair(Endpoint, pod, history.EventPodReady, history.EventEndpointReady)
	if deleted, ok := t.deletion(pod); ok {
		if at, ok := t.one(pod, history.EventEndpointNotReady); ok {
			t.take(Endpoint, deleted, at)
		}
		return
	}
	t.pair(Endpoint, pod, history.EventPodNotReady, history.EventEndpointNotReady)
}

// deployments takes what the pods tell together about their controllers.
func (t *trial) deployments() {
	var created, deleted, ready []history.Micros
	for pod := range t.byPod {
		made := t.only(pod, history.EventPodCreated)
		created = append(created, made...)
		deleted = append(deleted, t.only(pod, history.EventPodDeleted)...)
		if len(made) > 0 {
			ready = append(ready, t.only(pod, history.EventPodReady)...)
		}
	}
	slices.Sort(created)
	slices.Sort(deleted)
	slices.Sort(ready)
	if len(deleted) == 1 && len(created) == 1 {
		t.take(Replace, deleted[0], created[0])
	}
	act, ok := t.act("restart")
	if !ok {
		return
	}
	if i, _ := slices.BinarySearch(created, act.T); i < len(created) {
		t.take(Restart, act.T, created[i])
	}
	t.rollout(ready, deleted)
}

// rollout takes the time from each new pod's readiness to the deletion that it
// led to, where exactly one follows before the next pod is ready.
func (t *trial) rollout(ready, deleted []history.Micros) {
	for i, at := range ready {
		until := t.drained
		if i+1 < len(ready) {
			until = ready[i+1]
		}
		from, _ := slices.BinarySearch(deleted, at)
		to, _ := slices.BinarySearch(deleted, until)
		if to-from == 1 {
			t.take(Rollout, at, deleted[from])
		}
	}
}

// act is the only act of a disruption; ok is false if it is another or not alone.
func (t *trial) act(action string) (act history.Event, ok bool) {
	acts := 0
	for _, e := range t.events {
		if e.Type == history.EventAct {
			acts++
			act = e
		}
	}
	return act, acts == 1 && act.Attrs["action"] == action
}

// kills takes what a process that was killed tells. The act is announced before
// the node is asked for it, which takes a good part of a second: what the pod
// wrote last under load is much closer to its end.
func (t *trial) kills() {
	act, ok := t.act("signal")
	if !ok {
		return
	}
	again, ok := t.one(act.Pod, history.EventAppStart)
	if !ok {
		return
	}
	lines := t.lines[act.Pod]
	i, _ := slices.BinarySearch(lines, again)
	if i == 0 || lines[i-1] < act.T {
		return // nothing was asked of it in between
	}
	t.take(Again, lines[i-1], again)
	if at, ok := t.one(act.Pod, history.EventPodNotReady); ok {
		t.take(Ended, lines[i-1], at)
	}
}
