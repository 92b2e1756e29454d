package loadgen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zarif/report/history"
)

// wire is every byte that a server gets of one request, which ends when the
// client has nothing more to say for a while.
func wire(t *testing.T, send func(addr string)) string {
	t.Helper()
	got := make(chan string, 1)
	p := serve(t, func(_ *peer, c *net.TCPConn, n int) {
		if n > 0 {
			return
		}
		var raw bytes.Buffer
		in := bufio.NewReader(io.TeeReader(c, &raw))
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		// Anything that follows the request is on the wire with it.
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		io.Copy(io.Discard, in)
		got <- raw.String()
		c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
	})
	send(p.Addr().String())
	text := strings.ReplaceAll(<-got, p.Addr().String(), "ADDRESS")
	return regexp.MustCompile(`Zarif-Hit: 3-\d+\r\n`).ReplaceAllString(text, "")
}

// On the wire a hit is an ordinary client's request and its own header.
func TestWire(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"} {
		for _, body := range []string{"", "some text"} {
			want := wire(t, func(addr string) {
				var r io.Reader
				if body != "" {
					r = strings.NewReader(body)
				}
				req, err := http.NewRequest(method, "http://"+addr+"/path?work=1", r)
				if err != nil {
					t.Fatal(err)
				}
				tr := &http.Transport{DisableCompression: true}
				defer tr.CloseIdleConnections()
				if resp, err := tr.RoundTrip(req); err == nil {
					resp.Body.Close()
				}
			})
			if strings.Contains(want, "chunked") || !strings.HasPrefix(want, method+" /path?work=1 HTTP/1.1\r\n") {
				t.Fatalf("an ordinary client sent %q", want)
			}
			for _, mode := range []func(*history.Stream){fresh, oneLane} {
				for _, retry := range []string{history.RetryNone, history.RetryClient} {
					t.Run(fmt.Sprint(method, " with ", len(body), " bytes, retry ", retry), func(t *testing.T) {
						got := wire(t, func(addr string) {
							fire(t, 1, Config{Streams: []history.Stream{streamTo(addr, mode, func(s *history.Stream) {
								s.URL, s.Method, s.Body, s.Retry, s.Rate = "http://"+addr+"/path?work=1", method, body, retry, 20
							})}})
						})
						if got != want {
							t.Errorf("got  %q\nwant %q", got, want)
						}
					})
				}
			}
		}
	}
}

func TestWireHeaders(t *testing.T) {
	var mu sync.Mutex
	var reqs []*http.Request
	p := serve(t, func(p *peer, c *net.TCPConn, _ int) {
		for in := bufio.NewReader(c); ; c.Write([]byte(okResponse)) {
			r := p.request(in)
			if r == nil {
				return
			}
			mu.Lock()
			reqs = append(reqs, r)
			mu.Unlock()
		}
	})
	s := streamTo(p.Addr().String(), func(s *history.Stream) {
		s.Host, s.Faults, s.FaultEvery = "shop.example", []string{"reset", "a&b"}, 2
	})
	got := fire(t, 8, Config{Streams: []history.Stream{s}})
	mu.Lock()
	defer mu.Unlock()
	if len(reqs) != len(got.sent()) {
		t.Fatalf("the server got %d requests of %d hits", len(reqs), len(got.sent()))
	}
	for _, r := range reqs {
		stream, seq, err := history.ParseHitID(r.Header.Get(history.HitHeader))
		if err != nil || stream != s.ID {
			t.Fatalf("hit id %q", r.Header.Get(history.HitHeader))
		}
		if q := r.URL.Query(); r.Host != "shop.example" || q.Get("work") != "0" || q.Get("fault") != s.Fault(seq) {
			t.Errorf("hit %d: host %q, query %v, want fault %q", seq, r.Host, q, s.Fault(seq))
		}
		for h := range r.Header {
			if strings.Contains(h, "Vegeta") || h == "Connection" || h == "Accept-Encoding" {
				t.Errorf("hit %d carries the header %s", seq, h)
			}
		}
	}
}

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
	if masked < len(got.sent())/4 {
		t.Errorf("%d of %d hits are masked", masked, len(got.sent()))
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
