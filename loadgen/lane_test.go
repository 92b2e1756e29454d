package loadgen

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

// bySeq are the hits in the order of their numbers.
func (r records) bySeq() []history.Hit {
	hits := slices.Clone(r.hits)
	slices.SortFunc(hits, func(a, b history.Hit) int { return int(a.Seq) - int(b.Seq) })
	return hits
}

// The first hits open every lane; from then on the lane that has been idle for
// the longest time goes next, so that all of them stay in use.
func TestLanesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, func(http.ResponseWriter, *http.Request) { time.Sleep(3 * time.Millisecond) })
		k, l := web.start(t, streamTo("web", func(s *history.Stream) { s.Rate, s.Connections = 100, 7 }))
		time.Sleep(time.Second)
		l.End()
		got := collect(t, k, l)
		if len(got.conns) != 7 {
			t.Errorf("%d connections, want 7", len(got.conns))
		}
		hits := got.bySeq()
		for n, h := range hits {
			if n < 7 {
				if h.Conn != uint32(n+1) || h.Idle != 0 {
					t.Errorf("hit %d: connection %d, idle for %d µs; want a new one", n, h.Conn, h.Idle)
				}
				continue
			}
			if h.Conn != hits[n-7].Conn {
				t.Errorf("hit %d: connection %d, want %d", n, h.Conn, hits[n-7].Conn)
			}
			if want := h.Sent - hits[n-7].Done; h.Idle != want || want < 66_990 {
				t.Errorf("hit %d: idle for %d µs, want %d", n, h.Idle, want)
			}
		}
		for _, c := range got.conns {
			if c.Closed != 0 {
				t.Errorf("connection %d was closed at %d, want it open to the end", c.ID, c.Closed)
			}
		}
	})
}

// A hit never waits for a lane.
func TestLanesAreAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) })
		k, l := web.start(t, streamTo("web", func(s *history.Stream) { s.Rate, s.Connections = 10, 2 }))
		time.Sleep(5 * time.Second)
		l.End()
		got := collect(t, k, l)
		got.only(t, history.OK)
		if n := len(got.conns); n < 10 || n > 11 {
			t.Errorf("%d connections, want the 10 that are in use at once", n)
		}
		for _, h := range got.hits {
			if h.Sent != h.At || h.First-h.Sent != 1e6 {
				t.Errorf("due at %d, sent at %d, answered at %d", h.At, h.Sent, h.First)
			}
		}
	})
}

func TestFreshConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Close || r.Header.Get("Connection") != "" {
				w.WriteHeader(http.StatusBadRequest)
			}
			time.Sleep(time.Millisecond)
		})
		k, l := web.start(t, streamTo("web", fresh, func(s *history.Stream) { s.Rate = 100 }))
		time.Sleep(time.Second)
		l.End()
		got := collect(t, k, l)
		got.only(t, history.OK)
		if len(got.conns) != len(got.hits) {
			t.Errorf("%d connections for %d hits", len(got.conns), len(got.hits))
		}
		for _, h := range got.hits {
			if c := got.conns[h.Conn]; c.Closed != h.Done || c.Err != "" || h.Idle != 0 {
				t.Errorf("hit %+v on %+v: want it closed, by us, when the hit was done", h, c)
			}
		}
	})
}

// The response's time begins when the connection is there, not before.
func TestResponseTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		dial := web.dial
		web.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			time.Sleep(2 * time.Second)
			return dial(ctx, network, address)
		}
		k, l := web.start(t, streamTo("web", responseIn(3*time.Second), func(s *history.Stream) { s.Rate = 1 }))
		time.Sleep(10 * time.Second)
		l.End()
		got := collect(t, k, l)
		got.only(t, history.ResponseTimeout)
		for _, h := range got.hits {
			if d := h.Done - h.Sent; d != 5e6 {
				t.Errorf("hit %d took %d µs, want 2 s to connect and 3 s more", h.Seq, d)
			}
		}
	})
}
