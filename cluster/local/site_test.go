package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"zarif/cluster"
	"zarif/loadgen"
	"zarif/report/history"
)

func TestVantages(t *testing.T) {
	d := paper(t, sketch(t, "go-exit", nil), quick())
	urls := map[string]bool{}
	for _, vantage := range []string{history.VantageService, history.VantageHost} {
		s, err := d.Site(t.Context(), vantage)
		if err != nil || s.Dial == nil || s.Place != nil || urls[s.URL] {
			t.Errorf("%s: %+v, %v", vantage, s, err)
		}
		urls[s.URL] = true
	}
	if _, err := d.Site(t.Context(), "edge"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("edge: %v", err)
	}
}

func TestASiteWaitsUntilTheProxyKnowsEveryReadyPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := quick()
		delays.Program = Constant(time.Minute)
		d := paper(t, sketch(t, "go-exit", nil), delays)
		began := time.Now()
		d.do(func() {
			for _, p := range d.pods[:2] {
				d.runs(p)
				d.sayReady(p, true)
			}
		})
		if _, err := d.Site(t.Context(), history.VantageService); err != nil {
			t.Fatal(err)
		}
		// A sync for each of the two.
		if got, want := time.Since(began), 2*time.Minute+10*time.Millisecond; got != want || len(tableOf(d)) != 2 {
			t.Errorf("after %s, with %d pods; want %s", got, len(tableOf(d)), want)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d.do(func() { d.runs(d.pods[2]); d.sayReady(d.pods[2], true) })
		if _, err := d.Site(ctx, history.VantageService); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// causes sends a few hits to d as a trial does, and counts what became of them.
func causes(t *testing.T, d *Deployed, connect time.Duration) map[history.Cause]int {
	t.Helper()
	found := make(chan history.Cause, 1000)
	l, err := loadgen.Start(t.Context(), loadgen.Config{
		Streams: []history.Stream{{
			ID: 1, Name: "fresh", Source: history.SourceHarness, Vantage: history.VantageService, URL: "http://10.96.0.1/?work=0", Method: http.MethodGet,
			Connection: history.Fresh, Retry: history.RetryNone, Rate: 50, ConnectTimeout: connect, ResponseTimeout: time.Minute,
		}},
		Epoch: time.Now(), Dial: d.dial,
		Put: func(r history.Record) {
			if r.Hit != nil {
				found <- r.Hit.Cause
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := map[history.Cause]int{}
	for range 5 {
		n[<-found]++
	}
	l.End()
	l.Wait()
	return n
}

func TestWhatAClientSees(t *testing.T) {
	d := paper(t, sketch(t, "go-exit", nil), quick())
	none := causes(t, d, time.Minute)
	if none[history.Refused] != 5 {
		t.Errorf("without an endpoint: %v", none)
	}
	p := d.pods[0]
	d.do(func() { d.runs(p); d.proxy.table = []*pod{p} })
	if dead := causes(t, d, time.Minute); dead[history.Refused] != 5 {
		t.Errorf("without a process: %v", dead)
	}
	d.do(func() { p.addressGone = true })
	if gone := causes(t, d, 50*time.Millisecond); gone[history.ConnectTimeout] != 5 {
		t.Errorf("without an address: %v", gone)
	}
}

func TestNobodyIsRefusedByAnAddressThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := paper(t, sketch(t, "go-exit", nil), quick())
		d.do(func() { d.runs(d.pods[0]); d.pods[0].addressGone = true; d.proxy.table = d.pods[:1] })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		_, err := d.dial(ctx, "tcp", "10.96.0.1:80")
		if time.Since(began) != time.Hour || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// A connection that stands is not touched by what becomes of the table.
func TestConnectionsThatStandStay(t *testing.T) {
	t.Parallel()
	d := deploy(t, newCluster(t, quick()), workload(t, "go-shutdown", func(objects map[string]*unstructured.Unstructured) {
		edit(t, objects["Deployment"], podSpec("terminationGracePeriodSeconds: 600, containers: [{lifecycle: {preStop: {sleep: {seconds: 500}}}}]"))
	}), true)
	s, err := d.Site(t.Context(), history.VantageService)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.Dial(t.Context(), "tcp", "10.96.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	ask := func() (pod string) {
		t.Helper()
		fmt.Fprint(conn, "GET /?work=0 HTTP/1.1\r\nHost: x\r\n\r\n")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.Header.Get(history.PodHeader)
	}
	name := ask()
	i := -1
	for n, p := range stateOf(d).Pods {
		if p.Name == name {
			i = n
		}
	}
	if i < 0 {
		t.Fatalf("answered by %q, which is no pod", name)
	}
	if err := d.Delete(t.Context(), stateOf(d).Pods[i], nil); err != nil {
		t.Fatal(err)
	}
	await(t, d, "the table without it", func(cluster.State) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, p := range d.proxy.table {
			if p.name == name {
				return false
			}
		}
		return len(d.proxy.table) > 0
	})
	for range 20 {
		other, err := s.Dial(t.Context(), "tcp", "10.96.0.1:80")
		if err != nil {
			t.Fatal(err)
		}
		if other.RemoteAddr().String() == conn.RemoteAddr().String() {
			t.Error("a new connection goes to a pod that is being deleted")
		}
		other.Close()
	}
	if got := ask(); got != name {
		t.Errorf("answered by %s, then by %s", name, got)
	}
}
