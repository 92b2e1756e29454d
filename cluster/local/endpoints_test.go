package local

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/report/history"
)

// endpointNews are the events of a pod's endpoint, each with its attributes.
func endpointNews(d *Deployed, p *pod) (news []string) {
	all, _ := d.since(0)
	for _, e := range all {
		switch e.event.Type {
		case history.EventEndpointReady, history.EventEndpointNotReady, history.EventEndpointGone:
			if e.event.Pod == p.name {
				news = append(news, fmt.Sprintf("%s serving=%s terminating=%s", e.event.Type, e.event.Attrs["serving"], e.event.Attrs["terminating"]))
			}
		}
	}
	return news
}

func TestAnEndpointFollowsItsPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		p := d.pods[0]
		say := func(what func()) endpoint {
			t.Helper()
			d.do(what)
			before := slices.Clone(d.endpoints)
			time.Sleep(9 * time.Millisecond)
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			if !slices.Equal(d.endpoints, before) {
				t.Error("the slice has changed before its delay was over")
			}
			d.mu.Unlock()
			time.Sleep(time.Millisecond)
			synctest.Wait()
			d.mu.Lock()
			e, _ := endpointOf(d.endpoints, p)
			return e
		}
		if e := say(func() { d.runs(p); d.publish(p) }); e != (endpoint{pod: p}) {
			t.Errorf("not ready yet: %+v", e)
		}
		if e := say(func() { d.sayReady(p, true) }); e != (endpoint{pod: p, ready: true, serving: true}) {
			t.Errorf("ready: %+v", e)
		}
		if e := say(func() { d.sayReady(p, false) }); e != (endpoint{pod: p}) {
			t.Errorf("not ready: %+v", e)
		}
		say(func() { d.sayReady(p, true) })
		if e := say(func() { d.delete(p, time.Minute) }); e != (endpoint{pod: p, serving: true, terminating: true}) {
			t.Errorf("deleted, and ready as before: %+v", e)
		}
		if e := say(func() { d.sayReady(p, false) }); e != (endpoint{pod: p, terminating: true}) {
			t.Errorf("deleted, and not ready: %+v", e)
		}
		if e := say(func() { d.sayFinished(p) }); e != (endpoint{}) {
			t.Errorf("ended: %+v", e)
		}
		want := []string{
			"endpoint-ready serving=true terminating=false", "endpoint-not-ready serving=false terminating=false",
			"endpoint-ready serving=true terminating=false", "endpoint-not-ready serving=true terminating=true",
			"endpoint-gone serving=false terminating=false",
		}
		if news := endpointNews(d, p); !slices.Equal(news, want) {
			t.Errorf("told %q\nwant %q", news, want)
		}
	})
}

func TestAForcedDeletionTakesTheEndpointOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		p := d.pods[0]
		d.do(func() { d.runs(p); d.sayReady(p, true) })
		time.Sleep(time.Second)
		d.do(func() { d.delete(p, 0) })
		time.Sleep(time.Second)
		want := []string{"endpoint-ready serving=true terminating=false", "endpoint-not-ready serving=false terminating=false", "endpoint-gone serving=false terminating=false"}
		if news := endpointNews(d, p); !slices.Equal(news, want) {
			t.Errorf("told %q\nwant %q", news, want)
		}
		inTable := slices.Contains(tableOf(d), p.name)
		d.mu.Lock()
		defer d.mu.Unlock()
		if _, there := endpointOf(d.endpoints, p); there || inTable {
			t.Error("it is still there")
		}
	})
}

func TestNotReadyAddressesCanBePublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
			edit(t, objects["Service"], "spec: {publishNotReadyAddresses: true}")
		}), quick())
		p := d.pods[0]
		d.do(func() { d.runs(p); d.delete(p, time.Minute) })
		time.Sleep(time.Second)
		d.mu.Lock()
		defer d.mu.Unlock()
		if e, _ := endpointOf(d.endpoints, p); e != (endpoint{pod: p, ready: true, terminating: true}) {
			t.Errorf("%+v", e)
		}
	})
}

// The slice is written once per pod, and a proxy that has read of the first must
// wait before it reads of the second.
func TestPodsThatAreDeletedTogetherLeaveTheProxyOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := quick()
		delays.MinSync = time.Second
		d := paper(t, sketch(t, "go-exit", nil), delays)
		d.do(func() {
			for _, p := range d.pods {
				d.runs(p)
				d.sayReady(p, true)
			}
		})
		time.Sleep(10 * time.Second)
		all := len(tableOf(d))
		d.do(func() {
			for _, p := range d.pods[:2] {
				d.delete(p, time.Minute)
			}
		})
		time.Sleep(delays.MinSync / 2)
		soon := len(tableOf(d))
		time.Sleep(2 * delays.MinSync)
		if late := len(tableOf(d)); all != 3 || soon != 2 || late != 1 {
			t.Errorf("%d pods take connections, %d soon after two were deleted, %d late; want 3, 2, 1", all, soon, late)
		}
	})
}
