package loadgen

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"zarif/report/history"
)

// A conn is a connection that remembers what happened on it. It is used by one
// hit at a time.
type conn struct {
	net.Conn
	id      uint32
	rec     recorder
	record  history.Conn // complete once closed
	secure  bool         // the bytes that pass here are TLS records
	discard func()       // called after its record was put

	reading, writing sync.Mutex // held by a read and a write; see Close

	read, wrote atomic.Int64
	firstByte   atomic.Int64 // when the first byte of the current response came; µs, 0: not yet

	mu      sync.Mutex
	peer    history.Cause // the first thing that the peer did to it; empty: nothing
	pod     string
	closing bool
	kept    bool          // open until the load ended
	closed  chan struct{} // closed when its record was put

	// The rest is for the hit's goroutine.
	used     bool
	restedAt history.Micros // when the hit before ended
}

// connOf finds the conn below what the transport holds.
func connOf(c net.Conn) *conn {
	if s, ok := c.(*secured); ok {
		return s.raw
	}
	return c.(*conn)
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	if !c.secure {
		c.see(n)
	}
	if err != nil {
		c.fail(err)
	}
	return n, err
}

// Write implements net.Conn. Bytes count before they are written: the response may
// be read, and the connection recorded, before this goroutine runs again.
func (c *conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.wrote.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.wrote.Add(int64(n - len(p)))
	if err != nil {
		c.fail(err)
	}
	return n, err
}

// see notes that n bytes of a response came.
func (c *conn) see(n int) {
	if n > 0 && c.firstByte.Load() == 0 {
		c.firstByte.Store(int64(c.rec.now()))
	}
}

// fail notes an error that came from the peer, unless there was one before. What
// we did ourselves is none.
//
// One RST is told to one system call, and all after it see an end: where a write
// was told, a read on another thread may get its EOF here first. A reset counts
// nevertheless, for after a FIN the kernel calls a RST a broken pipe (tcp_reset).
func (c *conn) fail(err error) {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	reset := errors.Is(err, syscall.ECONNRESET)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.peer == "" && !c.closing || c.peer == history.Closed && reset {
		c.peer = peerCause(err)
	}
}

// blame notes a cause that no error of the connection itself shows.
func (c *conn) blame(cause history.Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.peer == "" && cause != history.Unresolved {
		c.peer = cause
	}
}

// begin starts a hit and says for how long the connection had been idle.
func (c *conn) begin(now history.Micros) (idle history.Micros) {
	if c.used {
		idle = now - c.restedAt
	}
	c.used = true
	c.firstByte.Store(0)
	return idle
}

// end ends a hit.
func (c *conn) end(now history.Micros) { c.restedAt = now }

// first is when the first byte of the response came; 0: it did not.
func (c *conn) first() history.Micros { return history.Micros(c.firstByte.Load()) }

// failure is the outcome of a hit that failed on the connection; see failure.
func (c *conn) failure(stopped error) history.Cause {
	c.mu.Lock()
	defer c.mu.Unlock()
	return failure(c.first() != 0, c.peer, stopped)
}

// answeredBy notes who answered.
func (c *conn) answeredBy(pod string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pod = pod
}

// Close implements net.Conn. The first one records the connection, with what a
// read and a write still under way come back with; every one returns only after
// that.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		<-c.closed
		return net.ErrClosed
	}
	c.closing = true
	c.mu.Unlock()

	err := c.Conn.Close()
	c.reading.Lock()
	c.writing.Lock()
	c.mu.Lock()
	r := c.record
	r.Read, r.Wrote, r.Pod, r.Err = c.read.Load(), c.wrote.Load(), c.pod, c.peer
	if !c.kept {
		r.Closed = c.rec.now()
	}
	c.mu.Unlock()
	c.writing.Unlock()
	c.reading.Unlock()
	c.rec.put(history.Record{Conn: &r})
	c.discard()
	close(c.closed)
	return err
}

// closeAtEnd closes a connection that was open when the load ended.
func (c *conn) closeAtEnd() {
	c.mu.Lock()
	c.kept = !c.closing
	c.mu.Unlock()
	c.Close()
}

// secured is TLS over a conn.
type secured struct {
	*tls.Conn
	raw *conn
}

// Read implements net.Conn.
func (s *secured) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.raw.see(n)
	if err != nil {
		s.raw.fail(err)
	}
	return n, err
}

// addrPort is a as an address and a port, as far as it has them.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case nil:
	case *net.TCPAddr:
		ap = a.AddrPort()
	default:
		ap, _ = netip.ParseAddrPort(a.String())
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
