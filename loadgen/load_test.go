package loadgen

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

// A web is an HTTP server at the other end of pipes in memory, which a bubble of
// synctest can wait for, as it cannot for sockets.
type web struct {
	epoch time.Time
	conns chan net.Conn
	dial  DialFunc
}

func newWeb(t *testing.T, handler http.HandlerFunc) *web {
	w := &web{epoch: time.Now().Add(-time.Second), conns: make(chan net.Conn)}
	if handler == nil {
		handler = func(http.ResponseWriter, *http.Request) {}
	}
	w.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case w.conns <- theirs:
			return ours, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	server := &http.Server{Handler: handler}
	go server.Serve(w)
	t.Cleanup(func() { server.Close() })
	return w
}

func (w *web) Accept() (net.Conn, error) {
	c, ok := <-w.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (w *web) Close() error   { close(w.conns); return nil }
func (w *web) Addr() net.Addr { return &net.UnixAddr{Name: "web"} }

func (w *web) start(t *testing.T, streams ...history.Stream) (*sink, *Load) {
	t.Helper()
	k := new(sink)
	l, err := Start(t.Context(), Config{Streams: streams, Epoch: w.epoch, Put: k.put, Dial: w.dial, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	return k, l
}

// A server that freezes for a second takes no hit away: all leave when they are
// due, and their latency shows how long they waited.
func TestFreeze(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		thaw := began.Add(3 * time.Second)
		web := newWeb(t, func(http.ResponseWriter, *http.Request) {
			if now := time.Now(); now.After(began.Add(2*time.Second)) && now.Before(thaw) {
				time.Sleep(time.Until(thaw))
			}
		})
		k, l := web.start(t, streamTo("web", func(s *history.Stream) { s.Connections = 30 }))
		time.Sleep(5*time.Second - time.Nanosecond)
		l.End()
		got := collect(t, k, l)
		got.only(t, history.OK)
		if n := len(got.sent()); n != 2500 {
			t.Errorf("%d hits sent, want 2500", n)
		}
		var longest, waited int64
		for _, h := range got.sent() {
			d := int64(h.Done - h.At)
			longest = max(longest, d)
			if d > 0 {
				waited++
			}
			if h.Sent != h.At {
				t.Errorf("hit %d left %d µs late", h.Seq, h.Sent-h.At)
			}
		}
		if longest < 997_000 || longest > 1_000_000 || waited < 499 || waited > 500 {
			t.Errorf("%d hits waited, the longest %d µs; want 500 and a second", waited, longest)
		}
	})
}

func TestMissedWhenTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newWeb(t, nil)
		k := &sink{}
		rec := recorder{epoch: web.epoch, put: k.put}
		s := streamTo("web", func(s *history.Stream) { s.Rate = 1 })
		conns := newRegistry(rec)
		d, err := newDialer(t.Context(), &s, web.dial, conns)
		if err != nil {
			t.Fatal(err)
		}
		st := newStream(t.Context(), s, rec, d)
		// As if the machine had stood still for two and a half seconds.
		time.Sleep(3 * time.Second)
		st.start(newPacer(schedule{rate: 1}, time.Now().Add(-2500*time.Millisecond)))
		st.pacer.endNow()
		<-st.drained
		conns.close()
		var missed, ok []uint64
		for _, r := range k.all {
			switch {
			case r.Hit == nil:
			case r.Hit.Cause == history.Missed && r.Hit.Sent == 0 && r.Hit.Conn == 0:
				missed = append(missed, r.Hit.Seq)
			case r.Hit.Cause == history.OK:
				ok = append(ok, r.Hit.Seq)
			}
		}
		if len(missed) != 2 || len(ok) != 1 || ok[0] != 2 || st.pacer.scheduled != 3 {
			t.Errorf("missed %v, ok %v of %d; want 0 and 1 missed, 2 ok", missed, ok, st.pacer.scheduled)
		}
	})
}

func TestAbort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		act  func(*peer, *net.TCPConn, int)
	}{
		{"before any byte", func(p *peer, c *net.TCPConn, _ int) { p.request(bufio.NewReader(c)); stall("")(c) }},
		{"in the body", func(p *peer, c *net.TCPConn, _ int) { p.request(bufio.NewReader(c)); stall(halfBody)(c) }},
	} {
		for _, mode := range []string{history.Fresh, history.Reused} {
			t.Run(tt.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int32
				enough := make(chan struct{})
				p := serve(t, func(p *peer, c *net.TCPConn, n int) {
					if asked.Add(1) == 10 {
						close(enough)
					}
					tt.act(p, c, n)
				})
				ctx, cancel := context.WithCancel(t.Context())
				k := new(sink)
				l, err := Start(ctx, Config{Epoch: time.Now(), Put: k.put, Streams: []history.Stream{
					streamTo(p.Addr().String(), func(s *history.Stream) { s.Connection = mode })}})
				if err != nil {
					t.Fatal(err)
				}
				<-enough
				cancel()
				got := collect(t, k, l)
				got.only(t, history.Unresolved)
				if n := len(got.sent()); n < 10 {
					t.Errorf("%d hits are unresolved, at least 10 were", n)
				}
			})
		}
	}
}

// While dialling, too: no cause, and no record and no connection after Wait, even
// if the dial takes its time to end, or succeeds in spite of all.
func TestAbortWhileDialling(t *testing.T) {
	for _, succeeds := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			k := new(sink)
			var theirs []net.Conn
			l, err := Start(ctx, Config{Epoch: time.Now(), Put: k.put,
				Streams: []history.Stream{streamTo("web", func(s *history.Stream) { s.Rate = 100 })},
				Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					if !succeeds {
						return nil, ctx.Err()
					}
					ours, other := net.Pipe()
					k.mu.Lock()
					theirs = append(theirs, other)
					k.mu.Unlock()
					return ours, nil
				}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			cancel()
			got := collect(t, k, l)
			got.only(t, history.Unresolved)
			if len(got.hits) != 100 || len(got.conns) != 100 {
				t.Errorf("%d hits and %d connections after a second", len(got.hits), len(got.conns))
			}
			for _, c := range got.conns {
				if c.Err != "" || (c.Open != 0) != succeeds {
					t.Errorf("got %+v, want nothing blamed on the peer", c)
				}
			}
			for _, c := range theirs {
				c.SetReadDeadline(time.Now().Add(time.Second))
				if _, err := c.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("a connection is not closed: %v", err)
				}
			}
		})
	}
}

// Nothing that a load started is left once it has ended.
func TestNothingIsLeft(t *testing.T) {
	p := serve(t, everySecond(rst("")))
	fire(t, 10, Config{Streams: []history.Stream{
		streamTo(p.Addr().String(), func(s *history.Stream) { s.ID = 1 }),
		streamTo(p.Addr().String(), fresh, func(s *history.Stream) { s.ID = 2 }),
		streamTo(p.Addr().String(), retrying, func(s *history.Stream) { s.ID = 4 }),
	}})
	deadline := time.Now().Add(20 * time.Second)
	for {
		left := stacks("net/http.(*persistConn)", "net/http.(*Transport)", "vegeta", "zarif/loadgen.(*conn)", "zarif/loadgen.(*stream)")
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind:\n%s", left)
		}
		time.Sleep(time.Millisecond)
	}
}

// stacks are those of the goroutines that are in, or were started by, any of funcs.
func stacks(funcs ...string) string {
	buf := make([]byte, 1<<20)
	var left []string
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		for _, f := range funcs {
			if strings.Contains(g, f) {
				left = append(left, g)
				break
			}
		}
	}
	return strings.Join(left, "\n\n")
}

func TestValidate(t *testing.T) {
	ok := Config{Epoch: time.Now(), Put: func(history.Record) {}, Streams: []history.Stream{streamTo("127.0.0.1:1")}}
	if err := ok.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"no streams", func(c *Config) { c.Streams = nil }, "no streams"},
		{"no epoch", func(c *Config) { c.Epoch = time.Time{} }, "no epoch"},
		{"nobody listens", func(c *Config) { c.Put = nil }, "nothing receives"},
		{"same id", func(c *Config) { c.Streams = append(c.Streams, c.Streams[0]) }, "id 3 is also"},
		{"url", func(c *Config) { c.Streams[0].URL = "ftp://x/" }, "want http or https"},
		{"method", func(c *Config) { c.Streams[0].Method = "GE T" }, "want an HTTP method"},
		{"host", func(c *Config) { c.Streams[0].Host = "a b" }, "want a name"},
		{"no rate", func(c *Config) { c.Streams[0].Rate = 0 }, "rate 0"},
		{"rate", func(c *Config) { c.Streams[0].Rate = 2e6 }, "rate 2e+06"},
		{"connection", func(c *Config) { c.Streams[0].Connection = "new" }, `connection "new"`},
		{"connections", func(c *Config) { c.Streams[0].Connections = 0 }, "connections 0"},
		{"retry", func(c *Config) { c.Streams[0].Retry = "" }, `retry ""`},
		{"connect timeout", func(c *Config) { c.Streams[0].ConnectTimeout = 0 }, "connect timeout 0s"},
		{"response timeout", func(c *Config) { c.Streams[0].ResponseTimeout = -1 }, "response timeout -1ns"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ok
			c.Streams = append([]history.Stream(nil), ok.Streams...)
			tt.edit(&c)
			if err := c.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
			if _, err := Start(t.Context(), c); err == nil {
				t.Error("it starts all the same")
			}
		})
	}
}
