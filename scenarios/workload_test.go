package scenarios

import (
	"slices"
	"testing"
)

const yours = `scenarios:
  - name: shop.rollout
    workload:
      manifests: [k8s, more.yaml]
      target: svc/shop:80
      controller: deploy/shop
      container: app
      leaveOut: [Job/migrate]
    disruption: rollout
    streams:
      - fresh
      - name: reused
        path: /healthz?deep=1
      - name: outside
        connection: fresh
        vantage: host
        url: http://shop.example/
`

// A user's application is asked for nothing but what its user says.
func TestWorkloadOfAUser(t *testing.T) {
	c := ours(t, write(t, t.TempDir(), "mine.yaml", yours))
	selected, err := c.Select(nil, "")
	if err != nil || len(selected) != 1 {
		t.Fatalf("selected %v, error %v", selected, err)
	}
	s := selected[0].Scenario
	if s.Fixture != "" || s.Workload == nil {
		t.Fatalf("fixture %q, workload %v", s.Fixture, s.Workload)
	}
	w := *s.Workload
	if !slices.Equal(w.Manifests, []string{"k8s", "more.yaml"}) || w.Target != "svc/shop:80" || w.Controller != "deploy/shop" ||
		w.Container != "app" || !slices.Equal(w.LeaveOut, []string{"Job/migrate"}) {
		t.Errorf("workload %+v", w)
	}
	var urls []string
	for _, stream := range s.Resolve(Overrides{}) {
		urls = append(urls, stream.URL)
		if stream.Work != 0 || stream.Rate != DefaultRate || stream.ResponseTimeout != DefaultResponseMargin {
			t.Errorf("stream %s: work %s, rate %v, response timeout %s", stream.Name, stream.Work, stream.Rate, stream.ResponseTimeout)
		}
	}
	if want := []string{"/", "/healthz?deep=1", "http://shop.example/"}; !slices.Equal(urls, want) {
		t.Errorf("requests go to %q, want %q", urls, want)
	}
}

func TestWorkloadThatIsThere(t *testing.T) {
	c := ours(t, write(t, t.TempDir(), "mine.yaml", `scenarios:
  - name: there
    workload: {namespace: shop, target: "svc/shop:http"}
    disruption: pod-delete
`))
	s, ok := c.Scenario("there")
	if !ok || s.Workload.Namespace != "shop" || len(s.Workload.Manifests) != 0 {
		t.Errorf("scenario %+v, workload %+v", s, s.Workload)
	}
}
