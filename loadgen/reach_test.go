package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

// aService answers as pods in turn, one per connection.
func aService(t *testing.T, pods ...string) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := asked.Add(1)
		w.Header().Set(history.PodHeader, pods[int(n-1)%len(pods)])
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestReachWaitsForEveryPod(t *testing.T) {
	url, asked := aService(t, "a", "a", "b", "b", "c")
	if err := Reach(t.Context(), nil, url, []string{"c", "a"}); err != nil {
		t.Fatal(err)
	}
	if got := asked.Load(); got != 5 {
		t.Errorf("asked %d times, want 5: c answers the fifth", got)
	}
}

func TestReachNamesWhoDidNotAnswer(t *testing.T) {
	url, _ := aService(t, "a", "b")
	why := errors.New("it took too long")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, why)
	defer cancel()
	err := Reach(ctx, nil, url, []string{"a", "late", "b"})
	if !errors.Is(err, why) || !strings.Contains(err.Error(), "no answer of late from "+url) {
		t.Errorf("error %v", err)
	}
}

func TestReachGoesOnAfterFailures(t *testing.T) {
	url, _ := aService(t, "a")
	var dials []string
	refused := errors.New("refused")
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials = append(dials, address); len(dials) < 3 {
			return nil, refused
		}
		return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(url, "http://"))
	}
	if err := Reach(t.Context(), dial, "http://10.96.0.1:80/", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dials, []string{"10.96.0.1:80", "10.96.0.1:80", "10.96.0.1:80"}) {
		t.Errorf("dialled %q", dials)
	}
}

func TestReachSaysWhyNothingAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		dials := 0
		never := func(context.Context, string, string) (net.Conn, error) { dials++; return nil, refused }
		ctx, cancel := context.WithTimeout(t.Context(), 5*reachPause+time.Millisecond)
		defer cancel()
		if err := Reach(ctx, never, "http://10.96.0.1:80/", []string{"a"}); !errors.Is(err, refused) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v: want why it never came to an answer", err)
		}
		if dials != 6 {
			t.Errorf("dialled %d times, want once at first and after each of 5 pauses", dials)
		}
	})
}

// A proxy that keeps its connections leads one request after another to the same pod.
func TestReachThroughAProxyThatKeepsConnections(t *testing.T) {
	pods := []string{"a", "b", "c"}
	var mu sync.Mutex
	var idle []string // pods that kept connections lead to, the last used at the end
	opened := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		var pod string
		if n := len(idle); n > 0 {
			pod, idle = idle[n-1], idle[:n-1]
		} else {
			pod = pods[min(opened/4, 2)]
			opened++
		}
		mu.Unlock()
		work, _ := time.ParseDuration(r.URL.Query().Get("work"))
		select {
		case <-time.After(work):
		case <-r.Context().Done():
		}
		mu.Lock()
		idle = append(idle, pod)
		mu.Unlock()
		w.Header().Set(history.PodHeader, pod)
	}))
	t.Cleanup(s.Close)
	if err := ReachThrough(t.Context(), nil, s.URL+"/", pods); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if opened < 9 {
		t.Errorf("the proxy opened %d connections, and the third pod is behind the ninth", opened)
	}
}
