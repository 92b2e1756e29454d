package local

import (
	"context"
	"net/http"
	"testing"
	"time"

	"zarif/cluster"
	"zarif/report/history"
)

func TestRolloutReplacesEveryPod(t *testing.T) {
	c := newCluster(t, quick())
	d := deploy(t, c, workload(t, "go-shutdown", nil), true)
	var before []string
	await(t, d, "names", func(s cluster.State) bool {
		for _, p := range s.Pods {
			before = append(before, p.UID)
		}
		return true
	})
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, d, "old pods gone", func(s cluster.State) bool {
		for _, uid := range before {
			if _, there := s.Pod(uid); there {
				return false
			}
		}
		return s.Settled()
	})
	site, err := d.Site(t.Context(), history.VantageService)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DialContext: site.Dial}
	defer tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+"/", nil)
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if pod := resp.Header.Get(history.PodHeader); resp.StatusCode != 200 || pod == "" {
		t.Errorf("status %d from pod %q", resp.StatusCode, pod)
	}
}
