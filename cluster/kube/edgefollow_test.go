package kube

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"zarif/cluster"
	"zarif/report/history"
)

const edgeLine = `{"hit":"%s","s":1795377706,"ms":"516","took":27,"status":200,"upstream":"10.0.0.1:80","header":27,"retries":"0","end":"--"}` + "\n"

func edgePod(name string, started time.Time) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-" + name)},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "edge", ContainerID: "containerd://" + name, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(started)}},
		}}},
	}
}

// The log of a disrupted edge's pod is read once from when it runs, to its end where
// it ends, and as far as it goes where it does not.
func TestALogOfADisruptedEdgeIsFollowed(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		pod := strings.Split(r.URL.Path, "/")[6]
		if pod == "broken" {
			http.Error(w, "gone", http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprintf(w, edgeLine, "0-"+map[string]string{"old": "1", "new": "2"}[pod])
		w.(http.Flusher).Flush()
		if pod == "new" {
			<-r.Context().Done() // it lives on
		}
	}))
	defer api.Close()
	client, err := kubernetes.NewForConfig(&rest.Config{Host: api.URL})
	if err != nil {
		t.Fatal(err)
	}
	var hits, notes []string
	got := make(chan string, 100)
	w := &watcher{epoch: time.Now(), sink: func(r history.Record) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Proxied != nil:
			hits = append(hits, r.Proxied.Edge+" "+r.Proxied.Hit)
			got <- r.Proxied.Hit
		case r.Event != nil:
			notes = append(notes, r.Event.Attrs["text"])
			got <- "note"
		}
	}}
	e := &cluster.Edge{Target: cluster.Target{Container: "edge"}, Log: "haproxy", Disrupted: true}
	w.d = &Deployed{k: &Cluster{client: client}, namespace: "ns", workload: cluster.Workload{Edge: e}}
	fs := newEdgeFollowers(w)
	fs.see(edgePod("early", time.Time{})) // it does not run yet
	for _, pod := range []string{"old", "new", "new", "broken"} {
		fs.see(edgePod(pod, time.Now()))
	}
	for range 3 {
		<-got
	}
	fs.drain(t.Context())
	slices.Sort(hits)
	if text := strings.Join(hits, ", "); text != "new 0-2, old 0-1" {
		t.Errorf("it read %s", text)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "the log of the edge's pod broken was not read to its end") {
		t.Errorf("notes %q", notes)
	}
	if len(asked) != 3 {
		t.Errorf("it asked for %q", asked)
	}

	e.Disrupted = false
	idle := newEdgeFollowers(w)
	idle.see(edgePod("other", time.Now()))
	idle.drain(t.Context())
	if len(asked) != 3 {
		t.Error("the log of an edge that nobody disrupts was followed")
	}
}
