package loadgen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
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
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"} {
		for _, body := range []string{"", "some text"} {
			t.Run(fmt.Sprint(method, " with ", len(body), " bytes"), func(t *testing.T) {
				t.Parallel()
				want := wire(t, func(addr string) { ordinary(t, method, "http://"+addr+"/path?work=1", body) })
				if strings.Contains(want, "chunked") || !strings.HasPrefix(want, method+" /path?work=1 HTTP/1.1\r\n") {
					t.Fatalf("an ordinary client sent %q", want)
				}
				for mode, connection := range map[string]func(*history.Stream){history.Fresh: fresh, history.Reused: oneLane} {
					for _, retry := range []string{history.RetryNone, history.RetryClient} {
						t.Run(mode+", retry "+retry, func(t *testing.T) {
							t.Parallel()
							got := wire(t, func(addr string) {
								fire(t, 1, Config{Streams: []history.Stream{streamTo(addr, connection, func(s *history.Stream) {
									s.URL, s.Method, s.Body, s.Retry, s.Rate = "http://"+addr+"/path?work=1", method, body, retry, 20
								})}})
							})
							if got != want {
								t.Errorf("got  %q\nwant %q", got, want)
							}
						})
					}
				}
			})
		}
	}
}

// ordinary sends one request as Go's client does by itself.
func ordinary(t *testing.T, method, url, body string) {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	if resp, err := tr.RoundTrip(req); err == nil {
		resp.Body.Close()
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
