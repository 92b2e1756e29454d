package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/report/history"
)

// lifeOnPaper is what becomes of pods on paper: each is scheduled, ready after a
// while, and gone a while after its deletion. It ends with the Deployed.
func lifeOnPaper(d *Deployed, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	var mu sync.Mutex
	some := func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(1+r.IntN(5000)) * time.Millisecond
	}
	begun := map[string]bool{}
	d.wg.Go(func() {
		_ = d.Await(d.life, "the end", func(cluster.State) bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, p := range d.pods {
				if !begun[p.uid] {
					begun[p.uid] = true
					d.wg.Go(func() { d.livesOnPaper(p, some) })
				}
			}
			return false
		})
	})
}

func (d *Deployed) livesOnPaper(p *pod, some func() time.Duration) {
	t := time.NewTimer(some())
	defer t.Stop()
	select {
	case <-t.C:
		d.do(func() {
			if !p.deleting {
				d.runs(p)
				d.sayReady(p, true)
			}
		})
	case <-p.deleted:
	case <-d.life.Done():
	}
	select {
	case <-p.deleted:
	case <-d.life.Done():
		return
	}
	if pause(d.life, some()) {
		d.do(func() { d.sayReady(p, false); d.forget(p) })
	}
}

// observe hands over every state that can be seen until done says so.
func observe(t *testing.T, d *Deployed, what string, each func(cluster.State), done func(cluster.State) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err := d.Await(ctx, what, func(s cluster.State) bool {
		each(s)
		return done(s)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// there are the pods that are not being deleted, which is what a strategy counts.
func there(s cluster.State) (n int) {
	for _, p := range s.Pods {
		if !p.Deleting {
			n++
		}
	}
	return n
}

func TestARolloutKeepsWithinItsStrategy(t *testing.T) {
	for _, c := range []struct{ replicas, surge, unavailable, minReady int }{
		{3, 1, 0, 0}, {3, 0, 1, 0}, {4, 2, 1, 0}, {1, 1, 0, 0}, {5, 5, 0, 0}, {4, 0, 4, 0}, {3, 1, 0, 7}, {4, 1, 2, 3}, {1, 0, 1, 0},
	} {
		for seed := range uint64(5) {
			synctest.Test(t, func(t *testing.T) {
				d := paper(t, sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
					edit(t, objects["Deployment"], fmt.Sprintf(`spec: {replicas: %d, minReadySeconds: %d, strategy: {rollingUpdate: {maxSurge: %d, maxUnavailable: %d}}}`,
						c.replicas, c.minReady, c.surge, c.unavailable))
				}), quick())
				lifeOnPaper(d, seed)
				available := func(s cluster.State) bool { return s.Settled() && int(s.Available) == c.replicas }
				observe(t, d, "settled", func(cluster.State) {}, available)
				if err := d.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				surged, lacked := 0, 0
				observe(t, d, "rolled out", func(s cluster.State) {
					surged, lacked = max(surged, there(s)-c.replicas), max(lacked, c.replicas-int(s.Available))
					if there(s) > c.replicas+c.surge || int(s.Available) < c.replicas-c.unavailable {
						t.Errorf("%+v: %s", c, summary(s))
					}
				}, available)
				if surged != c.surge && c.surge <= c.replicas || c.surge == 0 && lacked != c.unavailable {
					t.Errorf("%+v: used a surge of %d and lacked %d", c, surged, lacked)
				}
			})
		}
	}
}

func TestRecreateNeverHasBothKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
			edit(t, objects["Deployment"], "spec: {strategy: {type: Recreate, rollingUpdate: null}}")
		}), quick())
		lifeOnPaper(d, 1)
		observe(t, d, "settled", func(cluster.State) {}, cluster.State.Settled)
		if err := d.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		none := false
		observe(t, d, "created anew", func(s cluster.State) {
			old := slices.ContainsFunc(s.Pods, func(p cluster.Pod) bool { return !p.Current })
			if old && slices.ContainsFunc(s.Pods, func(p cluster.Pod) bool { return p.Current }) {
				t.Errorf("both: %s", summary(s))
			}
			none = none || len(s.Pods) == 0
		}, func(s cluster.State) bool { return none && s.Settled() })
	})
}

func TestScaling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		lifeOnPaper(d, 1)
		observe(t, d, "settled", func(cluster.State) {}, cluster.State.Settled)
		before := slices.Clone(d.pods)
		for _, n := range []int32{5, 1, 0, 3} {
			if err := d.Scale(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			observe(t, d, "scaled", func(s cluster.State) {
				if s.Desired != n {
					t.Errorf("wants %d, asked for %d", s.Desired, n)
				}
			}, cluster.State.Settled)
			if n == 5 && !slices.Equal(d.pods[:3], before) {
				t.Error("scaling up has replaced pods")
			}
		}
	})
}

// Scaling in the middle of a rollout must not take more down than may be lacking.
func TestScalingWhileRolling(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			d := paper(t, sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
				edit(t, objects["Deployment"], "spec: {replicas: 6}") // surge 1, none unavailable
			}), quick())
			lifeOnPaper(d, seed)
			observe(t, d, "settled", func(cluster.State) {}, cluster.State.Settled)
			to := int32(2 + seed%4)
			_ = d.Restart(t.Context())
			time.Sleep(time.Duration(seed) * 700 * time.Millisecond)
			_ = d.Scale(t.Context(), to)
			observe(t, d, "rolled out", func(s cluster.State) {
				if s.Available < to {
					t.Errorf("scaled to %d: %s", to, summary(s))
				}
			}, cluster.State.Settled)
		})
	}
}

// Until the controller has seen a change it goes by what was before.
func TestAChangeIsObservedAfterItsDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := quick()
		delays.Restart = Constant(time.Minute)
		d := paper(t, sketch(t, "go-exit", nil), delays)
		lifeOnPaper(d, 1)
		observe(t, d, "settled", func(cluster.State) {}, cluster.State.Settled)
		_ = d.Restart(t.Context())
		d.do(d.reconcile)
		time.Sleep(59 * time.Second)
		await(t, d, "state", func(s cluster.State) bool {
			if s.Generation != 2 || s.ObservedGeneration != 1 || s.Updated != 0 || len(s.Pods) != 3 || s.Settled() {
				t.Errorf("%d of %d observed; %s", s.ObservedGeneration, s.Generation, summary(s))
			}
			return true
		})
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(d.toldOf(history.EventPodCreated, "")); n != 4 {
			t.Errorf("%d pods were created, want 3 and one more", n)
		}
	})
}

func TestWhoGoesFirst(t *testing.T) {
	const s = time.Second
	ready := func(d *Deployed, p *pod, age time.Duration) {
		d.runs(p)
		p.status.ready, p.status.since = true, time.Now().Add(-age)
	}
	for _, c := range []struct {
		name string
		make func(d *Deployed, p []*pod) // the last one is to go
	}{
		{"one without a node", func(d *Deployed, p []*pod) { ready(d, p[0], s); d.runs(p[1]) }},
		{"one that does not run yet", func(d *Deployed, p []*pod) { ready(d, p[0], s); d.runs(p[1]); p[2].scheduled = true }},
		{"one that is not ready", func(d *Deployed, p []*pod) { ready(d, p[0], s); ready(d, p[1], 9*s); d.runs(p[2]) }},
		{"the one that was ready last", func(d *Deployed, p []*pod) { ready(d, p[0], 100*s); ready(d, p[1], 900*s); ready(d, p[2], 10*s) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := paper(t, sketch(t, "go-exit", nil), quick())
			d.do(func() {
				c.make(d, d.pods)
				of := slices.Clone(d.pods)
				d.shrink(d.pods, 1)
				if want := of[len(of)-1]; !want.deleting || of[0].deleting || of[1].deleting {
					t.Errorf("%s: another one goes", c.name)
				}
			})
		})
	}
}

// Ages of one magnitude are equal, so that any of these goes.
func TestOfEqualsAnyGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		gone := map[string]bool{}
		d.do(func() {
			for i, p := range d.pods {
				d.runs(p)
				p.status.ready, p.status.since = true, time.Now().Add(-10*time.Second-time.Duration(i)*time.Second)
			}
			for range 50 {
				gone[d.firstToGo(d.pods)[0].name] = true
			}
		})
		if len(gone) != 3 {
			t.Errorf("only %v went", gone)
		}
	})
}

func TestDeletions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		pods := slices.Clone(d.pods)
		find := func(p *pod) bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.find(p.uid) != nil
		}
		d.do(func() { d.runs(pods[1]); d.runs(pods[2]) })

		// No node has it: nothing is left to wait for.
		_ = d.Delete(t.Context(), cluster.Pod{UID: pods[0].uid}, nil)
		if find(pods[0]) {
			t.Error("a pod without a node is still there")
		}
		// A shorter grace period counts, a longer one does not.
		for _, c := range []struct{ ask, want int64 }{{20, 20}, {25, 20}, {5, 5}} {
			_ = d.Delete(t.Context(), cluster.Pod{UID: pods[1].uid}, &c.ask)
			if got := pods[1].grace; got != time.Duration(c.want)*time.Second {
				t.Errorf("asked for %d s: %s", c.ask, got)
			}
		}
		if !find(pods[1]) {
			t.Error("a pod that is being deleted is gone")
		}
		_ = d.Delete(t.Context(), cluster.Pod{UID: pods[2].uid}, new(int64(0)))
		if find(pods[2]) {
			t.Error("a pod that was deleted by force is still there")
		}
		time.Sleep(time.Second)
		if n := there(stateOf(d)); n != 3 {
			t.Errorf("%d pods, want all three replaced", n)
		}
		if err := d.Delete(t.Context(), cluster.Pod{UID: pods[2].uid, Name: "x"}, nil); err == nil {
			t.Error("a pod that is gone was deleted")
		}
		for i, want := range []int{1, 2, 1} { // the second one with another grace period
			if n := len(d.toldOf(history.EventPodDeleted, pods[i].name)); n != want {
				t.Errorf("pod %d: deletion was told %d times", i, n)
			}
		}
		for i, want := range []int{1, 0, 1} {
			if n := len(d.toldOf(history.EventPodGone, pods[i].name)); n != want {
				t.Errorf("pod %d: its end was told %d times", i, n)
			}
		}
	})
}

func stateOf(d *Deployed) cluster.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state()
}

// New pods that never become available must not cost old ones: the examples are
// those of the Deployment controller (rolling.go, reconcileOldReplicaSets).
func TestUnhealthyOldPodsGoAsFarAsNewOnesAreAvailable(t *testing.T) {
	for _, c := range []struct {
		name                           string
		oldReady, oldNot, fresh, ready int // ready: of the fresh ones
		goes                           int
	}{
		{"8 old and 5 new that crash: none", 7, 1, 5, 0, 0},
		{"the new ones are there", 7, 1, 5, 5, 5},
		{"one is spare, of two that are unhealthy", 7, 2, 2, 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := paper(t, sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
				edit(t, objects["Deployment"], "spec: {replicas: 10, strategy: {rollingUpdate: {maxSurge: 3, maxUnavailable: 2}}}")
			}), quick())
			d.do(func() {
				for len(d.pods) < c.oldReady+c.oldNot+c.fresh {
					d.create()
				}
				d.pods = d.pods[:c.oldReady+c.oldNot+c.fresh]
				for i, p := range d.pods {
					d.runs(p)
					old := i < c.oldReady+c.oldNot
					if !old {
						p.revision = 2
					}
					p.status.ready = i < c.oldReady || !old && i-c.oldReady-c.oldNot < c.ready
				}
				d.asked.revision, d.observed.revision = 2, 2
				d.roll()
				goes := 0
				for i, p := range d.pods {
					if p.deleting {
						goes++
						if c.goes <= c.oldNot && i < c.oldReady || p.revision == 2 {
							t.Errorf("%s: a healthy or new one goes", c.name)
						}
					}
				}
				if goes != c.goes {
					t.Errorf("%s: %d go, want %d", c.name, goes, c.goes)
				}
			})
		})
	}
}
