package loadgen

import (
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"zarif/report/history"
)

// A told conn comes back from a read and a write with what a test says, when it
// says so, however long ago it was closed.
type told struct {
	net.Conn
	began       chan struct{}
	read, write chan error
}

func (c *told) Read([]byte) (int, error)  { c.began <- struct{}{}; return 0, <-c.read }
func (c *told) Write([]byte) (int, error) { c.began <- struct{}{}; return 0, <-c.write }
func (c *told) Close() error              { return nil }

// Read and write are told of a connection's end on different threads, in any
// order, one of them perhaps after it was closed for what the other was told.
func TestFirstError(t *testing.T) {
	for _, tt := range []struct {
		name   string
		first  string // which of them comes back first
		read   error
		write  error
		want   history.Cause
		closed bool // by us, before either comes back
	}{
		{"RST told to the read", "read", syscall.ECONNRESET, syscall.EPIPE, history.Reset, false},
		{"RST told to the write", "write", io.EOF, syscall.ECONNRESET, history.Reset, false},
		{"RST told to the write, which comes later", "read", io.EOF, syscall.ECONNRESET, history.Reset, false},
		{"FIN", "read", io.EOF, net.ErrClosed, history.Closed, false},
		{"FIN, then RST", "read", io.EOF, syscall.EPIPE, history.Closed, false},
		{"our own end", "read", net.ErrClosed, net.ErrClosed, "", true},
		{"our own end, of a pipe", "write", io.EOF, io.ErrClosedPipe, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			recorded := make(chan *history.Conn, 1)
			g := newRegistry(recorder{put: func(r history.Record) { recorded <- r.Conn }})
			under := &told{began: make(chan struct{}), read: make(chan error), write: make(chan error)}
			c := g.add(under, history.Conn{ID: 1})
			back := map[string]chan struct{}{"read": make(chan struct{}), "write": make(chan struct{})}
			go func() { c.Read(nil); close(back["read"]) }()
			go func() { c.Write(nil); close(back["write"]) }()
			<-under.began
			<-under.began
			shut := func() {
				go c.Close()
				for closing := false; !closing; runtime.Gosched() {
					c.mu.Lock()
					closing = c.closing
					c.mu.Unlock()
				}
			}
			comeBack := func(what string) {
				if what == "read" {
					under.read <- tt.read
				} else {
					under.write <- tt.write
				}
				<-back[what]
			}
			if tt.closed {
				shut()
			}
			comeBack(tt.first)
			if !tt.closed {
				shut() // as the transport does then
			}
			select {
			case r := <-recorded:
				t.Fatalf("recorded before all is known: %+v", r)
			case <-time.After(time.Millisecond):
			}
			for what := range back {
				if what != tt.first {
					comeBack(what)
				}
			}
			if r := <-recorded; r.Err != tt.want {
				t.Fatalf("recorded %q, want %q", r.Err, tt.want)
			}
			want := tt.want
			if want == "" {
				want = history.Other
			}
			if got := c.failure(nil); got != want {
				t.Errorf("the hit ends as %s, want %s", got, want)
			}
		})
	}
}
