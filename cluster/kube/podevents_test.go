package kube

import (
	"fmt"
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/report/history"
)

func stamp(seconds float64) metav1.Time { return metav1.Time{Time: at(seconds)} }

func arrived(seconds float64) moment { return moment{from: at(seconds), at: at(seconds)} }

// aPod is a pod p, created at 0, with what change makes of it.
func aPod(changes ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", UID: "u", CreationTimestamp: stamp(0)}}
	for _, change := range changes {
		change(p)
	}
	return p
}

func on(node string, since float64) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.NodeName = node
		condition(corev1.PodScheduled, corev1.ConditionTrue, since)(p)
	}
}

func condition(kind corev1.PodConditionType, status corev1.ConditionStatus, since float64) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: stamp(since)})
	}
}

func readySince(since float64) func(*corev1.Pod) {
	return condition(corev1.PodReady, corev1.ConditionTrue, since)
}

func deletedAt(request float64, grace int64) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp = new(stamp(request + float64(grace)))
		p.DeletionGracePeriodSeconds = new(grace)
	}
}

func status(restarts int32, state, last corev1.ContainerState) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		id := ""
		switch {
		case state.Terminated != nil:
			id = state.Terminated.ContainerID
		case state.Running != nil:
			id = fmt.Sprintf("containerd://run%d", restarts)
		}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "app", ContainerID: id, RestartCount: restarts, State: state, LastTerminationState: last,
		}}
	}
}

func running(since float64) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: stamp(since)}}
}

func ended(run int, from, to float64, code int32, reason string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ContainerID: fmt.Sprintf("containerd://run%d", run), StartedAt: stamp(from), FinishedAt: stamp(to), ExitCode: code, Reason: reason,
	}}
}

func waiting(reason string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
}

var nothing corev1.ContainerState

func TestPodEvents(t *testing.T) {
	runs := status(0, running(2), nothing)
	for _, c := range []struct {
		name     string
		old, now *corev1.Pod
		gone     bool
		seen     moment
		want     []string
	}{
		{"created", nil, aPod(), false, arrived(0.25), []string{"0+1 pod-created p seen=250000"}},
		{"scheduled", aPod(), aPod(on("n", 0)), false, arrived(0.5), []string{"0.5 pod-scheduled p"}},
		{"started", aPod(on("n", 0)), aPod(on("n", 0), runs), false, arrived(3),
			[]string{"2+1 container-started p container=app id=run0 restarts=0"}},
		{"ready", aPod(runs), aPod(runs, readySince(3)), false, arrived(3.5), []string{"3.5 pod-ready p"}},
		{"not ready", aPod(runs, readySince(3)), aPod(runs, condition(corev1.PodReady, corev1.ConditionFalse, 9)), false, arrived(9.5),
			[]string{"9.5 pod-not-ready p"}},
		{"nothing of note", aPod(runs, readySince(3)), aPod(runs, readySince(3), condition("Custom", corev1.ConditionTrue, 4)), false, arrived(4), nil},

		{"deleted: the timestamp lies ahead by the grace period", aPod(runs), aPod(runs, deletedAt(10, 30)), false, arrived(10.5),
			[]string{"10.5 pod-deleted p grace=30 requested=10000000"}},
		{"deleted once", aPod(runs, deletedAt(10, 30)), aPod(runs, deletedAt(11, 5)), false, arrived(11), nil},
		{"gone after a deletion", aPod(runs, deletedAt(10, 30)), aPod(runs, deletedAt(10, 30)), true, arrived(12), []string{"12 pod-gone p"}},
		{"gone at once: grace 0 leaves no timestamp", aPod(runs), aPod(runs), true, arrived(12),
			[]string{"12 pod-deleted p grace=0", "12 pod-gone p"}},
		{"gone with its last status", aPod(runs, deletedAt(10, 30)), aPod(deletedAt(10, 30), status(0, ended(0, 2, 11, 0, "Completed"), nothing)), true, arrived(12),
			[]string{"11+1 container-exited p container=app exitCode=0 id=run0 reason=Completed restarts=0 seen=12000000", "12 pod-gone p"}},

		{"exited", aPod(runs), aPod(status(0, ended(0, 2, 8, 137, "Error"), nothing)), false, arrived(8.5),
			[]string{"8+1 container-exited p container=app exitCode=137 id=run0 reason=Error restarts=0 seen=8500000"}},
		{"exited and started again between two looks", aPod(runs), aPod(status(1, running(9), ended(0, 2, 8, 137, "Error"))), false, arrived(9.5),
			[]string{
				"9+1 container-started p container=app id=run1 restarts=1",
				"8+1 container-exited p container=app exitCode=137 id=run0 reason=Error restarts=0 seen=9500000",
			}},
		{"started again after an exit that was seen", aPod(status(0, ended(0, 2, 8, 137, "Error"), nothing)), aPod(status(1, running(9), ended(0, 2, 8, 137, "Error"))), false, arrived(9.5),
			[]string{"9+1 container-started p container=app id=run1 restarts=1"}},
		{"waiting for its restart, the exit was seen", aPod(status(0, ended(0, 2, 8, 1, "Error"), nothing)), aPod(status(0, waiting("CrashLoopBackOff"), ended(0, 2, 8, 1, "Error"))), false, arrived(9), nil},
		{"waiting for its restart, the exit was not seen", aPod(status(1, running(9), ended(0, 2, 8, 1, "Error"))), aPod(status(1, waiting("CrashLoopBackOff"), ended(1, 9, 12, 1, "Error"))), false, arrived(12.5),
			[]string{"12+1 container-exited p container=app exitCode=1 id=run1 reason=Error restarts=1 seen=12500000"}},
		{"two runs between two looks: the first left no trace", aPod(runs), aPod(status(2, running(20), ended(1, 9, 15, 1, "Error"))), false, arrived(21),
			[]string{
				"9+1 container-started p container=app id=run1 restarts=1",
				"20+1 container-started p container=app id=run2 restarts=2",
				"15+1 container-exited p container=app exitCode=1 id=run1 reason=Error restarts=1 seen=21000000",
			}},
		{"the kubelet lost track", aPod(runs), aPod(status(0, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}}, nothing)), false, arrived(8),
			[]string{"8 container-exited p container=app exitCode=137 reason=ContainerStatusUnknown restarts=0 seen=8000000"}},

		{"listed at the beginning: the objects' own times", nil, aPod(on("n", 0), runs, readySince(3)), false, moment{at: at(60.25), listed: true},
			[]string{
				"0+1 pod-created p seen=60250000", "0+1 pod-scheduled p",
				"2+1 container-started p container=app id=run0 restarts=0", "3+1 pod-ready p",
			}},
		{"listed as deleted", aPod(runs), aPod(runs, deletedAt(10, 30)), false, moment{from: at(9), at: at(14), listed: true},
			[]string{"10+1 pod-deleted p grace=30 requested=10000000"}},
		{"missing in a fresh list: somewhere in the gap", aPod(runs), aPod(runs), true, moment{from: at(9), at: at(14), listed: true},
			[]string{"9+5 pod-deleted p", "9+5 pod-gone p"}},
		{"seen late by a watch that was interrupted", aPod(runs), aPod(runs, readySince(3)), false, moment{from: at(9), at: at(14)},
			[]string{"9+5 pod-ready p"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := podEvents(c.old, c.now, c.gone, observed{epoch: epoch, seen: c.seen})
			wantTold(t, events, c.want)
			for _, e := range events {
				if e.Source != history.SourceAPI || e.Node != c.now.Spec.NodeName {
					t.Errorf("%s: source %q, node %q", e.Type, e.Source, e.Node)
				}
			}
		})
	}
}

// A whole life must tell every beginning and end exactly once.
func TestALifeIsToldOnce(t *testing.T) {
	life := []*corev1.Pod{
		aPod(), aPod(on("n", 0)), aPod(on("n", 0), status(0, waiting("ContainerCreating"), nothing)),
		aPod(on("n", 0), status(0, running(2), nothing)),
		aPod(on("n", 0), status(0, running(2), nothing), readySince(3)),
		aPod(on("n", 0), status(0, ended(0, 2, 8, 137, "Error"), nothing)),
		aPod(on("n", 0), status(0, waiting("CrashLoopBackOff"), ended(0, 2, 8, 137, "Error"))),
		aPod(on("n", 0), status(1, running(10), ended(0, 2, 8, 137, "Error"))),
		aPod(on("n", 0), status(1, running(10), ended(0, 2, 8, 137, "Error")), readySince(11)),
		aPod(on("n", 0), status(1, running(10), ended(0, 2, 8, 137, "Error")), readySince(11), deletedAt(20, 30)),
		aPod(on("n", 0), status(1, ended(1, 10, 21, 0, "Completed"), ended(0, 2, 8, 137, "Error")), deletedAt(20, 30)),
	}
	count := map[string]int{}
	var old *corev1.Pod
	for i, now := range life {
		for _, e := range podEvents(old, now, false, observed{epoch: epoch, seen: arrived(float64(i))}) {
			count[e.Type+" "+e.Attrs["id"]+" "+e.Attrs["restarts"]]++
		}
		old = now
	}
	for _, e := range podEvents(old, old, true, observed{epoch: epoch, seen: arrived(30)}) {
		count[e.Type+" "+e.Attrs["id"]+" "+e.Attrs["restarts"]]++
	}
	want := map[string]int{
		"pod-created  ": 1, "pod-scheduled  ": 1, "pod-ready  ": 2, "pod-not-ready  ": 2, "pod-deleted  ": 1, "pod-gone  ": 1,
		"container-started run0 0": 1, "container-exited run0 0": 1, "container-started run1 1": 1, "container-exited run1 1": 1,
	}
	if !maps.Equal(count, want) {
		t.Errorf("got  %v\nwant %v", count, want)
	}
}
