package lag

import (
	"slices"
	"time"

	"zarif/report/history"
)

// probePeriod is that of every fixture's readiness probe.
const probePeriod = time.Second

// readiness is how long each new run of an application took from its open
// listener to the news that its pod is ready.
func (t *trial) readiness() (all []time.Duration) {
	for pod := range t.byPod {
		listens, okA := t.one(pod, history.EventAppReady)
		ready, okB := t.one(pod, history.EventPodReady)
		if okA && okB {
			all = append(all, max(0, (ready-listens).Duration()))
		}
	}
	return all
}

// probeLag is the time from a probe's result to its news in the pod's status, of
// times from an open listener to that news. No one sees the probe itself. But the
// first one that finds the listener open comes up to a period after it, at any
// moment alike, whether the period is the probe's or that in which the kubelet
// looks for new containers, upon which it probes at once: both are 1 s. So what was
// measured is the sum of an evenly spread wait and the lag that is looked for.
// Taking the wait's quantiles from the measured ones leaves the lag with the right
// mean, and with less spread than it has.
func probeLag(measured []time.Duration) []time.Duration {
	sorted := slices.Sorted(slices.Values(measured))
	for i := range sorted {
		wait := time.Duration((float64(i) + 0.5) / float64(len(sorted)) * float64(probePeriod))
		sorted[i] = max(0, sorted[i]-wait)
	}
	return sorted
}
