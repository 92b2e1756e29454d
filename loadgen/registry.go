package loadgen

import (
	"net"
	"sync"

	"zarif/report/history"
)

// A registry numbers the connections of a load and knows the open ones, so that
// none is left, and none recorded, after the load has ended. Safe for concurrent
// use.
type registry struct {
	rec recorder

	mu      sync.Mutex
	last    uint32
	open    map[uint32]*conn
	ended   bool
	dialing sync.WaitGroup
}

func newRegistry(rec recorder) *registry {
	return &registry{rec: rec, open: map[uint32]*conn{}}
}

// begin yields the number for a new dial, which must end with begun; not after
// the load has ended.
func (g *registry) begin() (id uint32, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return 0, false
	}
	g.last++
	g.dialing.Add(1)
	return g.last, true
}

func (g *registry) begun() { g.dialing.Done() }

// add takes a connection that was opened into the books.
func (g *registry) add(raw net.Conn, r history.Conn) *conn {
	c := &conn{Conn: raw, id: r.ID, rec: g.rec, record: r, closed: make(chan struct{})}
	c.discard = func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.open, c.id)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[c.id] = c
	return c
}

// close ends all dialling and closes and records every connection.
func (g *registry) close() {
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
	g.dialing.Wait()
	g.mu.Lock()
	open := make([]*conn, 0, len(g.open))
	for _, c := range g.open {
		open = append(open, c)
	}
	g.mu.Unlock()
	for _, c := range open {
		c.closeAtEnd()
	}
}
