package loadgen

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"zarif/report/history"
)

// everySecond answers the first request on each connection and ends the
// connection when the second one has come.
func everySecond(end func(*net.TCPConn)) func(*peer, *net.TCPConn, int) {
	return func(p *peer, c *net.TCPConn, _ int) {
		in := bufio.NewReader(c)
		if p.request(in) == nil {
			return
		}
		c.Write([]byte(okResponse))
		if p.request(in) != nil {
			end(c)
		}
	}
}

// Where Go would repeat the request by itself, nothing is repeated and every
// loss is seen.
func TestNoRepeat(t *testing.T) {
	t.Parallel()
	for _, end := range []struct {
		name string
		act  func(*net.TCPConn)
		want history.Cause
	}{
		{"FIN", fin(""), history.Closed},
		{"RST", rst(""), history.Reset},
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			for _, body := range []string{"", "some text"} {
				t.Run(fmt.Sprint(end.name, " ", method, " ", body), func(t *testing.T) {
					t.Parallel()
					p := serve(t, everySecond(end.act))
					got := fire(t, 20, Config{Streams: []history.Stream{streamTo(p.Addr().String(), oneLane, func(s *history.Stream) {
						s.Method, s.Body, s.Rate = method, body, 200
					})}})
					lost := 0
					for _, h := range got.sent() {
						if n := p.times(h); n != 1 {
							t.Errorf("the server got hit %d %d times", h.Seq, n)
						}
						if h.Tries != 1 || len(h.Lost) != 0 {
							t.Errorf("attempts of %+v", h)
						}
						if h.Cause != history.OK {
							lost++
						}
					}
					got.only(t, history.OK, end.want)
					// Lanes that were added for want of an idle one have a first request too.
					if want := len(got.sent()) - len(got.conns); lost < want {
						t.Errorf("%d hits lost over %d connections, want at least %d", lost, len(got.conns), want)
					}
				})
			}
		}
	}
}

func TestClientRepeats(t *testing.T) {
	p := serve(t, everySecond(rst("")))
	got := fire(t, 20, Config{Streams: []history.Stream{streamTo(p.Addr().String(), oneLane, retrying)}})
	masked := 0
	for _, h := range got.sent() {
		if !h.Masked() {
			if h.Tries != 1 || p.times(h) != 1 {
				t.Errorf("not masked, and the server got it %d times: %+v", p.times(h), h)
			}
			continue
		}
		masked++
		if h.Tries != 2 || len(h.Lost) != 1 || p.times(h) != 2 {
			t.Errorf("the server got it %d times: %+v", p.times(h), h)
		}
		if lost := h.Lost[0]; lost.Conn == h.Conn || lost.Cause != history.Reset || got.conns[lost.Conn].Err != history.Reset {
			t.Errorf("lost attempt %+v of %+v", lost, h)
		}
	}
	got.only(t, history.OK)
	if masked == 0 {
		t.Error("no hit is masked")
	}
}

// A repeat that fails too is dropped, not masked, and keeps both causes.
func TestClientRepeatsInVain(t *testing.T) {
	p := serve(t, func(p *peer, c *net.TCPConn, n int) {
		in := bufio.NewReader(c)
		if n > 0 && n%2 == 0 || p.request(in) == nil {
			reset(c)
			return
		}
		c.Write([]byte(okResponse))
		if p.request(in) != nil {
			p.Close() // the repeat is refused
			fin("")(c)
		}
	})
	got := fire(t, 2, Config{Streams: []history.Stream{streamTo(p.Addr().String(), oneLane, retrying, func(s *history.Stream) { s.Rate = 20 })}})
	h := got.sent()[1]
	if h.Cause != history.Refused || h.Tries != 2 || len(h.Lost) != 1 || h.Lost[0].Cause != history.Closed || h.Masked() {
		t.Fatalf("got %+v, want it refused after one attempt was closed", h)
	}
	if first, second := got.conns[h.Lost[0].Conn], got.conns[h.Conn]; first.Open == 0 || second.Open != 0 || second.Err != history.Refused {
		t.Errorf("connections %+v and %+v", first, second)
	}
}

// A server that ends idle connections just when the next request comes: whatever
// the order of FIN, RST, request and read, each hit has one outcome, the server
// saw it at most once, and what it answered is what was received.
func TestKeepAliveRace(t *testing.T) {
	t.Parallel()
	const interval = 5 * time.Millisecond
	var answers atomic.Int64
	p := serve(t, func(p *peer, c *net.TCPConn, _ int) {
		in := bufio.NewReader(c)
		for p.request(in) != nil {
			answers.Add(1)
			c.Write([]byte(okResponse))
			if rand.IntN(3) > 0 {
				continue
			}
			time.Sleep(interval - 500*time.Microsecond + time.Duration(rand.IntN(600))*time.Microsecond)
			if rand.IntN(2) == 0 {
				reset(c)
			}
			return
		}
	})
	n := 500
	if testing.Short() {
		n = 100
	}
	s := streamTo(p.Addr().String(), oneLane)
	s.Rate = float64(time.Second / interval)
	got := fire(t, n, Config{Streams: []history.Stream{s}})
	got.only(t, history.OK, history.Closed, history.Reset)
	for _, h := range got.sent() {
		if n := p.times(h); n > 1 || h.Tries != 1 || len(h.Lost) > 0 {
			t.Errorf("the server got it %d times: %+v", n, h)
		}
		if err := got.conns[h.Conn].Err; h.Cause != history.OK && h.Cause != err {
			t.Errorf("hit %d ended as %s, its connection as %q", h.Seq, h.Cause, err)
		}
	}
	if ok := got.causes()[history.OK]; int64(ok) != answers.Load() {
		t.Errorf("%d hits are ok, the server answered %d: %v", ok, answers.Load(), got.causes())
	}
	t.Logf("%v over %d connections", got.causes(), len(got.conns))
}
