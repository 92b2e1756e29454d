package loadgen

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"zarif/report/history"
)

// closedPort is an address of this machine on which nothing listens, and nothing
// will before the test ends: it is taken.
func closedPort(t *testing.T) string {
	t.Helper()
	_, addr := boundPort(t)
	return addr
}

// boundPort is a socket with a port of its own that does not listen.
func boundPort(t *testing.T) (fd int, addr string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", sa.(*syscall.SockaddrInet4).Port)
}

// silentPort is an address of this machine that answers no SYN: the queue of
// what nobody accepts is full.
func silentPort(t *testing.T) string {
	t.Helper()
	fd, addr := boundPort(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for range 16 {
		c, err := net.DialTimeout("tcp4", addr, 300*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue does not fill")
	return ""
}

func TestRefused(t *testing.T) {
	for _, mode := range []func(*history.Stream){fresh, oneLane} {
		got := fire(t, 10, Config{Streams: []history.Stream{streamTo(closedPort(t), mode)}})
		got.only(t, history.Refused)
		for _, h := range got.sent() {
			if c := got.conns[h.Conn]; c.Err != history.Refused || c.Open != 0 || c.Closed == 0 || !c.Remote.IsValid() || h.Tries != 1 {
				t.Errorf("hit %+v on %+v", h, c)
			}
		}
	}
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	const timeout = 200 * time.Millisecond
	for _, mode := range []string{history.Fresh, history.Reused} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			got := fire(t, 5, Config{Streams: []history.Stream{streamTo(silentPort(t), func(s *history.Stream) {
				s.Connection, s.ConnectTimeout, s.ResponseTimeout, s.Rate = mode, timeout, time.Millisecond, 50
			})}})
			got.only(t, history.ConnectTimeout)
			for _, h := range got.sent() {
				if d := h.Done - h.Sent; d.Duration() < timeout {
					t.Errorf("hit %d was given up after %v", h.Seq, d.Duration())
				}
				if c := got.conns[h.Conn]; c.Err != history.ConnectTimeout || c.Open != 0 {
					t.Errorf("hit %+v on %+v", h, c)
				}
			}
		})
	}
}

// What a dial fails with, bare, as net wraps it, and wrapped again.
func TestDialCause(t *testing.T) {
	for want, errs := range map[history.Cause][]error{
		history.Refused:        {syscall.ECONNREFUSED},
		history.Reset:          {syscall.ECONNRESET},
		history.Unreachable:    {syscall.EHOSTUNREACH, syscall.ENETUNREACH},
		history.Missed:         {syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM},
		history.ConnectTimeout: {syscall.ETIMEDOUT, context.DeadlineExceeded, os.ErrDeadlineExceeded},
		history.DNS:            {&net.DNSError{Name: "x", IsNotFound: true}, &net.DNSError{Name: "x", IsTimeout: true}},
		history.Other:          {syscall.EACCES, syscall.EPERM, io.ErrUnexpectedEOF},
	} {
		for _, err := range errs {
			for _, err := range []error{
				err,
				&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)},
				fmt.Errorf("through a tunnel: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err}),
			} {
				if got := dialCause(err); got != want {
					t.Errorf("%v: got %s, want %s", err, got, want)
				}
			}
		}
	}
}

func TestPeerCause(t *testing.T) {
	for want, errs := range map[history.Cause][]error{
		history.Closed:          {io.EOF},
		history.Reset:           {syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED},
		history.ResponseTimeout: {syscall.ETIMEDOUT},
		history.Unreachable:     {syscall.EHOSTUNREACH, syscall.ENETUNREACH},
		history.TLS:             {tls.AlertError(40)},
		history.Other:           {syscall.EIO},
	} {
		for _, err := range errs {
			for _, err := range []error{err, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}} {
				if got := peerCause(err); got != want {
					t.Errorf("%v: got %s, want %s", err, got, want)
				}
			}
		}
	}
}

// A dial that this machine refuses is not the target's fault.
func TestMissedWhenThisMachineRefuses(t *testing.T) {
	full := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	}
	for _, mode := range []func(*history.Stream){fresh, oneLane} {
		k := new(sink)
		enough := make(chan struct{})
		dials := 0
		l, err := Start(t.Context(), Config{Epoch: time.Now(), Put: k.put, Streams: []history.Stream{streamTo("127.0.0.1:80", mode, func(s *history.Stream) { s.Rate = 100 })},
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if dials++; dials == 5 {
					close(enough)
				}
				return full(ctx, network, addr)
			}})
		if err != nil {
			t.Fatal(err)
		}
		<-enough
		l.End()
		got := collect(t, k, l)
		if n := got.causes()[history.Missed]; n != len(got.hits) || n < 5 {
			t.Errorf("got %v, want all missed", got.causes())
		}
		for _, h := range got.hits {
			if h.Sent != 0 || h.Conn == 0 || got.conns[h.Conn].Err != history.Missed {
				t.Errorf("hit %+v on %+v", h, got.conns[h.Conn])
			}
		}
	}
}

// A hit that was sent cannot be missed any more, even if this machine refuses to
// send it again.
func TestRepeatThatThisMachineRefuses(t *testing.T) {
	p := serve(t, everySecond(rst("")))
	first := true
	got := fire(t, 2, Config{Streams: []history.Stream{streamTo(p.Addr().String(), oneLane, retrying, func(s *history.Stream) { s.Rate = 20 })},
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if !first {
				return nil, syscall.EMFILE
			}
			first = false
			return new(net.Dialer).DialContext(ctx, network, addr)
		}})
	h := got.bySeq()[1]
	if h.Cause != history.Unresolved || len(h.Lost) != 1 || h.Lost[0].Cause != history.Reset || h.Sent == 0 {
		t.Errorf("got %+v, want it unresolved after one reset", h)
	}
}

func TestNames(t *testing.T) {
	p := serve(t, answering(okResponse))
	_, port, _ := net.SplitHostPort(p.Addr().String())
	named := func(host string, dns bool) history.Stream {
		return streamTo("", func(s *history.Stream) { s.URL, s.DNS = "http://"+host+":"+port+"/", dns })
	}
	for _, dns := range []bool{false, true} {
		got := fire(t, 5, Config{Streams: []history.Stream{named("localhost", dns)}})
		got.only(t, history.OK)
		for _, c := range got.conns {
			if c.Remote.String() != p.Addr().String() {
				t.Errorf("connected to %v", c.Remote)
			}
		}
	}
	// A name that no resolver is asked for.
	if _, err := Start(t.Context(), Config{Epoch: time.Now(), Put: func(history.Record) {}, Streams: []history.Stream{named("no..name", false)}}); err == nil {
		t.Error("load starts against a name without an address")
	}
	got := fire(t, 5, Config{Streams: []history.Stream{named("no..name", true)}})
	got.only(t, history.DNS)
	for _, h := range got.sent() {
		if c := got.conns[h.Conn]; c.Err != history.DNS || c.Open != 0 || c.Remote.IsValid() {
			t.Errorf("hit %+v on %+v", h, c)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewUnstartedServer(nil)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	t.Cleanup(web.Close)
	inHandshake := func(act func(*net.TCPConn)) func(*peer, *net.TCPConn, int) {
		return func(_ *peer, c *net.TCPConn, _ int) {
			if _, err := bufio.NewReader(c).Peek(5); err == nil {
				act(c)
			}
		}
	}
	quick := func(s *history.Stream) { s.ConnectTimeout = 300 * time.Millisecond }
	for _, tt := range []struct {
		name string
		addr string
		want history.Cause
		edit func(*history.Stream)
	}{
		{"unknown authority", web.Listener.Addr().String(), history.TLS, oneLane},
		{"no TLS at all", serve(t, inHandshake(stall(status("400 Bad Request")))).Addr().String(), history.TLS, oneLane},
		{"stall", serve(t, inHandshake(stall(""))).Addr().String(), history.TLS, quick},
		{"RST", serve(t, inHandshake(rst(""))).Addr().String(), history.Reset, oneLane},
		{"FIN", serve(t, inHandshake(fin(""))).Addr().String(), history.Closed, oneLane},
		{"refused", closedPort(t), history.Refused, oneLane},
	} {
		for _, mode := range []string{history.Fresh, history.Reused} {
			t.Run(tt.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				got := fire(t, 5, Config{Streams: []history.Stream{streamTo(tt.addr, tt.edit, func(s *history.Stream) {
					s.URL, s.Connection, s.Rate = "https://"+tt.addr+"/", mode, 20
				})}})
				got.only(t, tt.want)
				for _, h := range got.sent() {
					if c := got.conns[h.Conn]; c.Err != tt.want {
						t.Errorf("hit %+v on %+v", h, c)
					}
				}
			})
		}
	}
}

// With TLS the first byte is the first one of the response, not of the handshake,
// and what happens to the connection is as visible as without.
func TestTLSResponses(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	for _, tt := range []struct {
		name string
		act  func(*net.TCPConn, net.Conn)
		want history.Cause
	}{
		{"ok", func(_ *net.TCPConn, s net.Conn) { s.Write([]byte(okResponse)) }, history.OK},
		{"RST", func(c *net.TCPConn, _ net.Conn) { reset(c) }, history.Reset},
		{"FIN", func(c *net.TCPConn, _ net.Conn) { fin("")(c) }, history.Closed},
		{"close notify", func(c *net.TCPConn, s net.Conn) { s.(*tls.Conn).CloseWrite(); io.Copy(io.Discard, c) }, history.Closed},
		{"half", func(c *net.TCPConn, s net.Conn) { s.Write([]byte(halfBody)); fin("")(c) }, history.Truncated},
		{"no length", func(c *net.TCPConn, s net.Conn) { s.Write([]byte(noLength)); fin("")(c) }, history.Truncated},
	} {
		for _, mode := range []string{history.Fresh, history.Reused} {
			t.Run(tt.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				p := serve(t, func(p *peer, c *net.TCPConn, _ int) {
					s := tls.Server(c, &tls.Config{Certificates: web.TLS.Certificates})
					for in := bufio.NewReader(s); p.request(in) != nil; {
						tt.act(c, s)
					}
				})
				k := new(sink)
				rec := recorder{epoch: time.Now(), put: k.put}
				s := streamTo("", func(s *history.Stream) {
					s.URL, s.Host, s.Connection, s.Rate = "https://"+p.Addr().String()+"/", "example.com:443", mode, 50
				})
				conns := newRegistry(rec)
				d, err := newDialer(t.Context(), &s, nil, conns)
				if err != nil {
					t.Fatal(err)
				}
				d.tls.RootCAs = roots
				for seq := range uint64(2) {
					h := history.Hit{Stream: s.ID, Seq: seq}
					st := newStream(t.Context(), s, rec, d)
					h.At = rec.now()
					st.hit(&h)
					if h.Cause != tt.want || h.Conn == 0 || (h.First != 0) != (tt.want == history.OK || tt.want == history.Truncated) {
						t.Errorf("got %+v, want %s", h, tt.want)
					}
				}
				conns.close()
			})
		}
	}
}

// The transport may begin to dial for a hit that has been given up long ago.
func TestNoDialAfterTheEnd(t *testing.T) {
	p := serve(t, answering(okResponse))
	rec := recorder{epoch: time.Now(), put: func(r history.Record) { t.Errorf("recorded %+v", r) }}
	conns := newRegistry(rec)
	s := streamTo(p.Addr().String())
	d, err := newDialer(t.Context(), &s, nil, conns)
	if err != nil {
		t.Fatal(err)
	}
	conns.close()
	if c, err := d.open(); err == nil {
		c.Close()
		t.Error("a connection was opened after the load had ended")
	}
}
