package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"zarif/report/history"
)

const (
	halfHeader  = "HTTP/1.1 200 OK\r\nContent-Le"
	halfBody    = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
	cutChunk    = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"
	lastChunk   = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
	noLength    = "HTTP/1.1 200 OK\r\n\r\nall of it, or is it?"
	noLength503 = "HTTP/1.0 503 Service Unavailable\r\n\r\nsorry"
	garbled     = "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"
	notHTTP     = "SSH-2.0-OpenSSH_9.6\r\n"
)

func status(line string) string { return "HTTP/1.1 " + line + "\r\nContent-Length: 3\r\n\r\nbad" }

// What a peer does once it has read a request.
func fin(response string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { c.Write([]byte(response)); finish(c); io.Copy(io.Discard, c) }
}
func rst(response string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		c.Write([]byte(response))
		// The response must be out before the RST takes back what is queued.
		if len(response) > 0 {
			time.Sleep(20 * time.Millisecond)
		}
		reset(c)
	}
}
func stall(response string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { c.Write([]byte(response)); io.Copy(io.Discard, c) }
}

func TestCauses(t *testing.T) {
	t.Parallel()
	// Long enough for a busy machine to bring the first bytes in time.
	short := func(s *history.Stream) { s.Rate, s.ResponseTimeout = 10, time.Second }
	head := func(s *history.Stream) { s.Method = http.MethodHead }
	for _, tt := range []struct {
		name string
		act  func(*net.TCPConn)
		edit func(*history.Stream)
		want history.Cause
		conn history.Cause // what the peer did to the connection, where that is certain
	}{
		{name: "FIN before any byte", act: fin(""), want: history.Closed, conn: history.Closed},
		{name: "RST before any byte", act: rst(""), want: history.Reset, conn: history.Reset},
		{name: "stall before any byte", act: stall(""), edit: short, want: history.ResponseTimeout},
		{name: "FIN in the header", act: fin(halfHeader), want: history.Truncated, conn: history.Closed},
		{name: "RST in the header", act: rst(halfHeader), want: history.Truncated, conn: history.Reset},
		{name: "stall in the header", act: stall(halfHeader), edit: short, want: history.Truncated},
		{name: "FIN in the body", act: fin(halfBody), want: history.Truncated, conn: history.Closed},
		{name: "RST in the body", act: rst(halfBody), want: history.Truncated, conn: history.Reset},
		{name: "stall in the body", act: stall(halfBody), edit: short, want: history.Truncated},
		{name: "FIN in a chunk", act: fin(cutChunk), want: history.Truncated, conn: history.Closed},
		{name: "FIN before the last chunk", act: fin(lastChunk), want: history.Truncated, conn: history.Closed},
		{name: "FIN for want of a length", act: fin(noLength), want: history.Truncated, conn: history.Closed},
		{name: "garbled header", act: stall(garbled), want: history.Truncated},
		{name: "not HTTP", act: stall(notHTTP), want: history.Truncated},
		{name: "500", act: stall(status("500 Oops")), want: history.Status5xx},
		{name: "502", act: stall(status("502 Bad Gateway")), want: history.Status502},
		{name: "503", act: stall(status("503 Service Unavailable")), want: history.Status503},
		{name: "503 without a length", act: fin(noLength503), want: history.Status503},
		{name: "504", act: stall(status("504 Gateway Timeout")), want: history.Status504},
		{name: "503 cut", act: fin("HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nbad"), want: history.Truncated},
		{name: "404", act: stall(status("404 Not Found")), want: history.Status4xx},
		{name: "302", act: stall("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), want: history.Other},
		{name: "101", act: stall("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), want: history.Other},
		{name: "200", act: stall(okResponse), want: history.OK},
		{name: "200 and FIN", act: fin(okResponse), want: history.OK},
		{name: "200, not kept alive", act: fin("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), want: history.OK},
		{name: "200 in chunks", act: stall(lastChunk + "0\r\n\r\n"), want: history.OK},
		{name: "204", act: stall("HTTP/1.1 204 No Content\r\n\r\n"), want: history.OK},
		{name: "103 before 200", act: stall("HTTP/1.1 103 Early Hints\r\n\r\n" + okResponse), want: history.OK},
		{name: "HEAD with a length", act: stall("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"), edit: head, want: history.OK},
		{name: "HEAD without a length", act: stall("HTTP/1.1 200 OK\r\n\r\n"), edit: head, want: history.OK},
	} {
		for _, mode := range []string{history.Fresh, history.Reused} {
			t.Run(tt.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				p := serve(t, func(p *peer, c *net.TCPConn, _ int) {
					if p.request(bufio.NewReader(c)) != nil {
						tt.act(c)
					}
				})
				// A lane each, so that no connection is used twice: that is another test.
				s := streamTo(p.Addr().String(), func(s *history.Stream) {
					s.Rate, s.Connection, s.Connections = 50, mode, 100
					if tt.edit != nil {
						tt.edit(s)
					}
				})
				got := fire(t, 3, Config{Streams: []history.Stream{s}})
				got.only(t, tt.want)
				for _, h := range got.sent() {
					if p.times(h) != 1 {
						t.Errorf("the server got hit %d %d times, want once", h.Seq, p.times(h))
					}
					c := got.conns[h.Conn]
					if tt.conn != "" && c.Err != tt.conn {
						t.Errorf("connection of hit %d: the peer's error is %q, want %q", h.Seq, c.Err, tt.conn)
					}
					if c.Wrote == 0 || c.Open == 0 || !c.Local.IsValid() || c.Remote.String() != p.Addr().String() {
						t.Errorf("connection of hit %d: %+v", h.Seq, c)
					}
					if answered := h.First != 0; answered != (c.Read > 0) {
						t.Errorf("hit %d: first byte at %d, but %d bytes read", h.Seq, h.First, c.Read)
					}
				}
			})
		}
	}
}

func TestOKHit(t *testing.T) {
	p := serve(t, answering(okResponse))
	got := fire(t, 20, Config{Streams: []history.Stream{streamTo(p.Addr().String(), oneLane)}})
	for _, h := range got.sent() {
		if h.Cause != history.OK || h.Status != 200 || h.Bytes != 2 || h.Pod != "pod-a" || h.First == 0 || h.Tries != 1 || h.Lost != nil {
			t.Errorf("got %+v", h)
		}
		if reused := h.Seq > 0; len(got.conns) == 1 && reused != (h.Idle > 0) {
			t.Errorf("hit %d: idle %d µs", h.Seq, h.Idle)
		}
		if c := got.conns[h.Conn]; c.Pod != "pod-a" || c.Err != "" || c.Closed != 0 {
			t.Errorf("connection %+v: want it answered by pod-a, without an error, open at the end", c)
		}
	}
}

func TestResetOnAccept(t *testing.T) {
	p := serve(t, func(_ *peer, c *net.TCPConn, _ int) { reset(c) })
	for _, mode := range []func(*history.Stream){fresh, oneLane} {
		got := fire(t, 20, Config{Streams: []history.Stream{streamTo(p.Addr().String(), mode)}})
		got.only(t, history.Reset)
	}
}

// What the peer did counts before what we did, and a first byte before both.
func TestFailure(t *testing.T) {
	for _, tt := range []struct {
		name    string
		first   bool
		peer    history.Cause
		stopped error
		want    history.Cause
	}{
		{"aborted", false, "", io.ErrNoProgress, history.Unresolved},
		{"aborted in the response", true, "", io.ErrNoProgress, history.Unresolved},
		{"aborted after a reset", false, history.Reset, io.ErrNoProgress, history.Reset},
		{"aborted after a cut", true, history.Closed, io.ErrNoProgress, history.Truncated},
		{"late", false, "", errLate, history.ResponseTimeout},
		{"late in the response", true, "", errLate, history.Truncated},
		{"reset, then late", false, history.Reset, errLate, history.Reset},
		{"nothing known", false, "", nil, history.Other},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := failure(tt.first, tt.peer, tt.stopped); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
