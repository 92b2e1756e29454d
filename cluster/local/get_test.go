package local

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// at makes a Deployed with a pod that is served by h.
func at(t *testing.T, h http.HandlerFunc) (*Deployed, *pod, intstr.IntOrString) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	where := netip.MustParseAddrPort(s.Listener.Addr().String())
	d := paper(t, sketch(t, "go-exit", nil), quick())
	return d, &pod{name: "p", at: where}, intstr.FromInt32(int32(where.Port()))
}

func TestGetAsksAsAKubeletDoes(t *testing.T) {
	var got *http.Request
	d, p, port := at(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		w.WriteHeader(http.StatusTeapot)
	})
	status, err := d.get(t.Context(), p, &corev1.HTTPGetAction{Path: "ready?deep=1", Port: port, HTTPHeaders: []corev1.HTTPHeader{
		{Name: "Host", Value: "shop.test"}, {Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"},
	}})
	if err != nil || status != http.StatusTeapot {
		t.Fatalf("status %d, %v", status, err)
	}
	if got.URL.RequestURI() != "/ready?deep=1" || got.Host != "shop.test" || len(got.Header["X-A"]) != 2 || !strings.HasPrefix(got.UserAgent(), "kube-probe/") || !got.Close {
		t.Errorf("%s %s of %s, %v", got.Method, got.URL, got.Host, got.Header)
	}
}

func TestGetFollowsRedirectsToThePodAlone(t *testing.T) {
	for _, c := range []struct {
		name, to string
		status   int
		fails    bool
	}{
		{name: "to the pod", to: "/health/", status: http.StatusServiceUnavailable},
		{name: "elsewhere", to: "http://elsewhere.invalid/", status: http.StatusFound},
		{name: "in a circle", to: "/health", fails: true},
	} {
		d, p, port := at(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/health" {
				http.Redirect(w, r, c.to, http.StatusFound)
				return
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		status, err := d.get(t.Context(), p, &corev1.HTTPGetAction{Path: "/health", Port: port})
		if status != c.status || (err != nil) != c.fails {
			t.Errorf("%s: status %d, %v", c.name, status, err)
		}
	}
}

func TestProbesAndHooksJudgeAnAnswerDifferently(t *testing.T) {
	for status, healthy := range map[int]bool{200: true, 204: true, 302: true, 399: true, 400: false, 404: false, 503: false} {
		d, p, port := at(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		get := &corev1.HTTPGetAction{Path: "/", Port: port}
		if err := d.try(t.Context(), p, nil, &corev1.ProbeHandler{HTTPGet: get}, time.Minute); (err == nil) != healthy {
			t.Errorf("a probe that gets %d: %v", status, err)
		}
		if err := d.hook(t.Context(), p, nil, &corev1.LifecycleHandler{HTTPGet: get}); err != nil {
			t.Errorf("a hook that gets %d: %v", status, err)
		}
	}
}

func TestAProbeHasALimit(t *testing.T) {
	stay := make(chan struct{})
	d, p, port := at(t, func(http.ResponseWriter, *http.Request) { <-stay })
	defer close(stay)
	err := d.try(t.Context(), p, nil, &corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: port}}, 50*time.Millisecond)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestTCPProbes(t *testing.T) {
	d, p, port := at(t, func(http.ResponseWriter, *http.Request) {})
	tcp := func(port intstr.IntOrString) error {
		return d.try(t.Context(), p, nil, &corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: port}}, time.Minute)
	}
	if err := tcp(port); err != nil {
		t.Error(err)
	}
	p.at = netip.MustParseAddrPort("127.200.200.200:9")
	if err := tcp(intstr.FromInt32(9)); err == nil {
		t.Error("nobody listens, and it succeeds")
	}
}

func TestSleepingHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		began := time.Now()
		if err := d.hook(t.Context(), d.pods[0], nil, &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 7}}); err != nil || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
