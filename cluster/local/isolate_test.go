package local

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
)

// An isolated pod is taken out of the slice and lives on as the Deployment's.
func TestAnIsolatedPodStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		p := d.pods[0]
		d.do(func() { d.runs(p); d.sayReady(p, true) })
		time.Sleep(time.Second)
		pods := len(d.pods)
		if err := d.Isolate(t.Context(), cluster.Pod{Name: p.name, UID: p.uid}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		want := []string{"endpoint-ready serving=true terminating=false", "endpoint-not-ready serving=false terminating=false", "endpoint-gone serving=false terminating=false"}
		if news := endpointNews(d, p); !slices.Equal(news, want) {
			t.Errorf("told %q\nwant %q", news, want)
		}
		if slices.Contains(tableOf(d), p.name) {
			t.Error("the proxy still leads to it")
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if p.deleting || len(d.pods) != pods {
			t.Errorf("deleting %v, %d pods, want %d", p.deleting, len(d.pods), pods)
		}
	})
}

func TestWithoutASpareLabelNothingIsIsolated(t *testing.T) {
	w := sketch(t, "go-exit", func(objects map[string]*unstructured.Unstructured) {
		own, _, _ := unstructured.NestedStringMap(objects["Deployment"].Object, "spec", "selector", "matchLabels")
		if err := unstructured.SetNestedStringMap(objects["Service"].Object, own, "spec", "selector"); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, w, quick())
		if err := d.Isolate(t.Context(), cluster.Pod{Name: d.pods[0].name, UID: d.pods[0].uid}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v, want errors.ErrUnsupported", err)
		}
	})
}

func TestAPodThatIsGoneIsNotIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		if err := d.Isolate(t.Context(), cluster.Pod{Name: "other", UID: "other"}); err == nil {
			t.Error("no error")
		}
	})
}
