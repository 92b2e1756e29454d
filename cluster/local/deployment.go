package local

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"zarif/report/history"
)

// reconcile is one pass of the Deployment's and its ReplicaSets' controllers: it
// creates the pods that are lacking and deletes those that are too many, as far as
// the strategy allows at this moment. With the lock held.
//
// Source: pkg/controller/deployment (rolling.go, recreate.go),
// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/.
func (d *Deployed) reconcile() {
	if d.objects.deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		d.recreate()
	} else {
		d.roll()
	}
}

// census is how the pods that are not being deleted stand. Those that are count
// neither as there nor as available (controller.FilterActivePods).
type census struct {
	fresh, old                   []*pod
	freshAvailable, oldAvailable int
}

func (d *Deployed) count() census {
	var c census
	now, minReady := time.Now(), d.minReady()
	for _, p := range d.pods {
		if p.deleting || p.status.finished {
			continue
		}
		available, _ := p.available(now, minReady)
		if p.revision == d.observed.revision {
			c.fresh = append(c.fresh, p)
			if available {
				c.freshAvailable++
			}
			continue
		}
		c.old = append(c.old, p)
		if available {
			c.oldAvailable++
		}
	}
	return c
}

// roll brings up new pods within the surge and takes old ones down as far as
// enough others are available.
func (d *Deployed) roll() {
	replicas := d.observed.replicas
	surge, unavailable, _ := d.objects.fenceposts(replicas) // checked when the objects were decoded
	c := d.count()
	for range min(replicas-len(c.fresh), replicas+surge-len(c.fresh)-len(c.old)) {
		d.create()
	}
	if extra := len(c.fresh) - replicas; extra > 0 {
		d.shrink(c.fresh, extra)
	}
	// Old pods that are not available are no loss (cleanupUnhealthyReplicas); of the
	// others as many may go as leave enough, not counting new ones that are to come.
	total, least := len(c.fresh)+len(c.old), replicas-unavailable
	spare := total - least - (len(c.fresh) - c.freshAvailable)
	unhealthy := min(len(c.old)-c.oldAvailable, max(spare, 0))
	healthy := min(c.oldAvailable, max(c.freshAvailable+c.oldAvailable-least, 0))
	d.shrink(c.old, unhealthy+healthy)
}

// recreate takes down every old pod, and brings up new ones once the old are gone
// or have ended.
func (d *Deployed) recreate() {
	c := d.count()
	for _, p := range c.old {
		d.delete(p, d.grace())
	}
	for _, p := range d.pods {
		if p.revision != d.observed.revision && !p.status.finished {
			return
		}
	}
	for range d.observed.replicas - len(c.fresh) {
		d.create()
	}
	d.shrink(c.fresh, max(len(c.fresh)-d.observed.replicas, 0))
}

// shrink deletes n of the pods.
func (d *Deployed) shrink(pods []*pod, n int) {
	for _, p := range d.firstToGo(pods)[:min(n, len(pods))] {
		d.delete(p, d.grace())
	}
}

// firstToGo orders pods by who is deleted first: those that have no node, do not run
// or are not ready, then those that have been ready for the shorter time, of which
// only the order of magnitude to the base 2 counts; among equals any
// (controller.ActivePodsWithRanks).
func (d *Deployed) firstToGo(pods []*pod) []*pod {
	pods, now := slices.Clone(pods), time.Now()
	d.names.Shuffle(len(pods), func(i, j int) { pods[i], pods[j] = pods[j], pods[i] })
	slices.SortStableFunc(pods, func(a, b *pod) int {
		order := cmp.Or(boolOrder(a.scheduled, b.scheduled),
			boolOrder(a.status.container != "", b.status.container != ""), boolOrder(a.status.ready, b.status.ready))
		if order == 0 && a.status.ready {
			order = cmp.Compare(magnitude(now.Sub(a.status.since)), magnitude(now.Sub(b.status.since)))
		}
		return order
	})
	return pods
}

// magnitude is an age's logarithm (logarithmicRankDiff).
func magnitude(age time.Duration) int { return bits.Len64(uint64(max(age, 0))) }

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (d *Deployed) minReady() time.Duration {
	return time.Duration(d.objects.deployment.Spec.MinReadySeconds) * time.Second
}

// create makes a pod; the scheduler and a kubelet see to the rest. With the lock held.
func (d *Deployed) create() {
	now := time.Now()
	p := &pod{
		name: d.podName(), uid: d.letters(16), revision: d.observed.revision, created: now,
		deleted: make(chan struct{}), over: make(chan struct{}),
	}
	d.pods = append(d.pods, p)
	d.every[p.uid] = p
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventPodCreated, Pod: p.name})
	d.wg.Go(func() { d.live(p) })
}

// podName is as a ReplicaSet names its pods: by the Deployment, the template, and
// some letters.
func (d *Deployed) podName() string {
	name := d.objects.deployment.Name
	if len(name) > 40 {
		name = strings.TrimRight(name[:40], "-.")
	}
	return name + "-" + hashName(d.observed.revision) + "-" + d.letters(5)
}

// nameLetters are those of generated names (apimachinery/pkg/util/rand): no vowels,
// so that no word comes out.
const nameLetters = "bcdfghjklmnpqrstvwxz2456789"

func (d *Deployed) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = nameLetters[d.names.IntN(len(nameLetters))]
	}
	return string(b)
}

func hashName(revision int) string {
	b := make([]byte, 0, 6)
	for n := uint64(revision) * 0x9e3779b97f4a7c15; len(b) < 6; n /= uint64(len(nameLetters)) {
		b = append(b, nameLetters[n%uint64(len(nameLetters))])
	}
	return string(b)
}

// delete sets a pod's deletion timestamp. With the lock held.
//
// A grace period of 0, which a pod without a node and one that has ended always
// have, takes the object away at once; the kubelet learns of that like of any other
// deletion. One that is shortened later does not reach what the kubelet is already
// doing (kubelet.go, SyncTerminatingPod).
func (d *Deployed) delete(p *pod, grace time.Duration) {
	if !p.scheduled || p.status.finished {
		grace = 0
	}
	if p.deleting && grace >= p.grace {
		return
	}
	first := !p.deleting
	p.deleting, p.grace = true, grace
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventPodDeleted, Pod: p.name, Node: d.nodeOf(p)},
		"grace", seconds(grace))
	if grace == 0 {
		d.forget(p)
	}
	d.later(d.draw(&d.delays.Replace), d.reconcile)
	d.publish(p)
	switch {
	case !first:
	case p.scheduled:
		d.later(d.draw(&d.delays.Terminate), func() { close(p.deleted) })
	default:
		close(p.deleted) // no kubelet has it yet
	}
}

// forget takes a pod's object away. With the lock held.
func (d *Deployed) forget(p *pod) {
	if p.gone {
		return
	}
	p.gone = true
	d.pods = slices.DeleteFunc(d.pods, func(o *pod) bool { return o == p })
	d.tell(history.Event{Source: history.SourceAPI, Type: history.EventPodGone, Pod: p.name, Node: d.nodeOf(p)})
	d.publish(p)
	d.later(d.draw(&d.delays.Replace), d.reconcile)
}

// becameReady is to be called when a pod's status says that it is ready: the
// rollout goes on once it counts as available. With the lock held.
func (d *Deployed) becameReady() {
	d.later(d.minReady()+d.draw(&d.delays.Rollout), d.reconcile)
}

func (d *Deployed) nodeOf(p *pod) string {
	if p.scheduled {
		return Node
	}
	return ""
}
