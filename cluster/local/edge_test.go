package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"zarif/cluster"
	proxies "zarif/fixtures/edge"
	"zarif/loadgen"
	"zarif/report/history"
)

// behind puts a set-up in front of a workload.
func behind(t *testing.T, setup string, w cluster.Workload) cluster.Workload {
	t.Helper()
	all, err := proxies.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := all.Named(setup)
	if !ok {
		t.Fatalf("no edge %s", setup)
	}
	if w.Edge, err = all.Edge(s, w); err != nil {
		t.Fatal(err)
	}
	return w
}

// Real proxies find the pods by name, forget one that goes, and log every hit.
func TestRealEdges(t *testing.T) {
	for _, setup := range []string{"nginx-endpoints-retry", "haproxy-endpoints-retry", "envoy-endpoints-retry"} {
		t.Run(setup, func(t *testing.T) {
			t.Parallel()
			w := behind(t, setup, workload(t, "go-drain", nil))
			if err := takesEdge(w.Edge); err != nil {
				t.Skip(err)
			}
			d := deploy(t, newCluster(t, quick()), w, true)
			site, err := d.Site(t.Context(), history.VantageEdge)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := d.Site(t.Context(), history.VantageEdge); err != nil || again.URL != site.URL {
				t.Errorf("asked again the edge is at %q, %v", again.URL, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var pods []string
			await(t, d, "pods", func(s cluster.State) bool {
				for _, p := range s.ReadyPods() {
					pods = append(pods, p.Name)
				}
				return true
			})
			if err := loadgen.ReachThrough(ctx, loadgen.DialFunc(site.Dial), site.URL+"/", pods); err != nil {
				t.Fatal(err)
			}
			const idle = 500 * time.Millisecond
			if err := hit(t, site.URL, "0-1"); err != nil {
				t.Error(err)
			}
			<-time.After(idle) // its connection is kept, and used again
			if err := hit(t, site.URL, "0-2"); err != nil {
				t.Error(err)
			}
			conn, err := d.dial(ctx, "tcp", strings.TrimPrefix(site.URL, "http://")) // that of streams that lead to pods
			if err != nil {
				t.Fatal(err)
			}
			if conn.Close(); conn.RemoteAddr().String() != d.edge.at.String() {
				t.Errorf("a connection to the edge leads to %s", conn.RemoteAddr())
			}
			lines := watched(t, d)
			if len(lines) != 2 || lines[0].Hit != "0-1" || lines[1].Hit != "0-2" {
				t.Fatalf("it logged %+v", lines)
			}
			for _, l := range lines {
				if !l.Answered() || l.Tries != 1 || len(l.Upstream) != 1 {
					t.Errorf("it logged %+v", l)
				}
			}
			if after := lines[1].Done - lines[0].Done; after < history.Micros(idle.Microseconds()/2) {
				t.Errorf("it was done with the second %d µs after the first, which came %s after it", after, idle)
			}
		})
	}
}

func hit(t *testing.T, url, id string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/", nil)
	if err != nil {
		return err
	}
	req.Header.Set(history.HitHeader, id)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// watched are the lines of the edge that a watch hands over which ends at once.
func watched(t *testing.T, d *Deployed) (lines []history.Proxied) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var mu sync.Mutex
	err := d.Watch(ctx, time.Now(), func(r history.Record) {
		mu.Lock()
		defer mu.Unlock()
		if r.Proxied != nil {
			lines = append(lines, *r.Proxied)
		}
	})
	if err != nil {
		t.Error(err)
	}
	return lines
}

// What the local cluster cannot put in front of pods it names, and says why.
func TestEdgesThatAreSkipped(t *testing.T) {
	for setup, want := range map[string]string{
		"haproxy-service":   "haproxy-service: a proxy that connects to a Service's cluster IP, which is only modelled here,: not supported by the local cluster",
		"traefik-endpoints": "traefik-endpoints needs a container image, with which --cluster kind runs it",
	} {
		w := behind(t, setup, sketch(t, "go-drain", nil))
		if err := takesEdge(w.Edge); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", setup, err, want)
		}
	}
	w := behind(t, "haproxy-endpoints", sketch(t, "go-drain", nil))
	w.Edge.Command = []string{"no-such-proxy"}
	if err := takesEdge(w.Edge); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "needs no-such-proxy, which is not installed here") {
		t.Errorf("not installed: %v", err)
	}
	w.Edge.Disrupted = true
	if err := takesEdge(w.Edge); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "a disruption of the edge itself") {
		t.Errorf("disrupted: %v", err)
	}
}

// An address refuses while its pod's network stands, and is silent after that, for
// whoever connects.
func TestAGoneAddressIsSilentToAnEdge(t *testing.T) {
	l, err := net.Listen("tcp4", "127.77.1.9:0")
	if err != nil {
		t.Skip(err) // a system without it
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	kept, err := net.Dial("tcp4", at.String()) // one that the kernel keeps for a while
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	l.Close()
	if _, err := net.Dial("tcp4", at.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("before: %v", err)
	}
	release, err := hush(at)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := net.DialTimeout("tcp4", at.String(), 100*time.Millisecond)
		if quiet, is := errors.AsType[net.Error](err); !is || !quiet.Timeout() {
			t.Errorf("hushed: %v", err)
		}
	}
	release()
	if _, err := net.Dial("tcp4", at.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("after: %v", err)
	}
}

func query(name string, kind dnsmessage.Type) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

func TestNamesAreThoseOfReadyPods(t *testing.T) {
	pods := []netip.Addr{netip.MustParseAddr("127.70.0.1"), netip.MustParseAddr("127.70.0.2")}
	for _, c := range []struct {
		what, name string
		kind       dnsmessage.Type
		ready      []netip.Addr
		code       dnsmessage.RCode
		answers    int
	}{
		{"all that are ready", "pods.test.", dnsmessage.TypeA, pods, dnsmessage.RCodeSuccess, 2},
		{"letters do not matter", "PODS.test.", dnsmessage.TypeA, pods, dnsmessage.RCodeSuccess, 2},
		{"none of the other kind", "pods.test.", dnsmessage.TypeAAAA, pods, dnsmessage.RCodeSuccess, 0},
		{"none is ready", "pods.test.", dnsmessage.TypeA, nil, dnsmessage.RCodeNameError, 0},
		{"another name", "other.test.", dnsmessage.TypeA, pods, dnsmessage.RCodeNameError, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			raw, err := answerName(query(c.name, c.kind), "pods.test.", func() []netip.Addr { return slices.Clone(c.ready) })
			if err != nil {
				t.Fatal(err)
			}
			var m dnsmessage.Message
			if err := m.Unpack(raw); err != nil {
				t.Fatal(err)
			}
			if m.ID != 7 || !m.Response || m.RCode != c.code || len(m.Answers) != c.answers || len(m.Questions) != 1 {
				t.Errorf("it answers %+v", m)
			}
			for _, a := range m.Answers {
				if at := netip.AddrFrom4(a.Body.(*dnsmessage.AResource).A); !slices.Contains(c.ready, at) {
					t.Errorf("it tells %s", at)
				}
			}
		})
	}
}

func FuzzAnswerName(f *testing.F) {
	f.Add(query("pods.test.", dnsmessage.TypeA))
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer, err := answerName(raw, "pods.test.", func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.70.0.1")} })
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(answer); err != nil || !m.Response {
			t.Errorf("%x is answered with %x: %v", raw, answer, err)
		}
	})
}
