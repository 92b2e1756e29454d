package trial

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// users is a bench whose application is not ours: it has an address of its own, and
// does not say who answers.
type users struct {
	*bench
	url string
}

func (u users) Deploy(context.Context, cluster.Workload) (cluster.Deployed, error) { return u, nil }

func (u users) Site(context.Context, string) (cluster.Site, error) {
	return cluster.Site{URL: u.url}, nil
}

// Await tells what the pods run.
func (u users) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	return u.bench.Await(ctx, what, func(s cluster.State) bool {
		s.Pods[0].Images, s.Pods[1].Images = []string{"shop:1 sha256:aa"}, []string{"shop:1 sha256:aa", "shop:1 sha256:bb"}
		return done(s)
	})
}

func usersConfig(t *testing.T, u users) Config {
	t.Helper()
	c := config(u.bench, disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) { return nil, nil }),
		filepath.Join(t.TempDir(), "1"))
	c.Cluster, c.Workload = u, cluster.Workload{Name: "w", Users: &cluster.Users{}}
	c.Meta.Streams[0].URL, c.Meta.Streams[0].Method = "/healthz", http.MethodGet
	return c
}

// Load begins once a user's application is answered: what happens before that is
// not the disruption's, and not lost.
func TestLoadWaitsForAnswers(t *testing.T) {
	began := time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" || time.Since(began) < 300*time.Millisecond {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	c := usersConfig(t, users{newBench(t), server.URL})
	if err := runFor(t.Context(), c, quick); err != nil {
		t.Fatal(err)
	}
	for rec, err := range history.ReadFile(filepath.Join(c.Dir, HistoryFile)) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Meta != nil && !slices.Equal(rec.Meta.Images, []string{"shop:1 sha256:aa", "shop:1 sha256:bb"}) {
			t.Errorf("images %q", rec.Meta.Images)
		}
		if rec.Hit != nil && rec.Hit.Cause != history.OK {
			t.Fatalf("a hit ended with %s", rec.Hit.Cause)
		}
	}
}

func TestAnApplicationThatNeverAnswers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c := usersConfig(t, users{newBench(t), server.URL})
	times := quick
	times.warmupLimit = 100 * time.Millisecond
	err := runFor(t.Context(), c, times)
	if err == nil || !strings.Contains(err.Error(), "pods are ready, and yet requests are not answered with success") || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("error %v", err)
	}
}
