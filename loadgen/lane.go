package loadgen

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"

	"zarif/report/history"
)

// A lane is one transport with one hit at a time, and so with at most one
// connection that can be used: a hit is over only when its own is idle or gone. It
// dials when a hit needs a connection and has none.
type lane struct {
	shape     *shape
	rec       recorder
	transport *http.Transport
	attempts  attempts
	scratch   [4096]byte // for bodies, which nobody looks at

	load   context.Context // the load's, with the lane's trace
	ctx    context.Context // of the hit; of the next one too unless it expired
	cancel context.CancelCauseFunc
}

func newLane(ctx context.Context, sh *shape, rec recorder, d *dialer) *lane {
	l := &lane{shape: sh, rec: rec, attempts: attempts{rec: rec, repeat: sh.repeat, timeout: sh.stream.ResponseTimeout}}
	dial := func(context.Context, string, string) (net.Conn, error) {
		// A request that is sent again needs a new connection, for the lane's only
		// one is what it lost.
		if l.attempts.barred.Load() {
			return nil, errRepeat
		}
		return d.open()
	}
	l.transport = &http.Transport{
		DialContext:         dial,
		DialTLSContext:      dial,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 1,
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
	}
	l.load = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: l.attempts.begin,
		GotConn: l.attempts.connected,
	})
	l.renew()
	return l
}

// renew gives the lane a context and a clock that have not expired. Few hits need
// that, so it costs less than a context for each.
func (l *lane) renew() {
	ctx, cancel := context.WithCancelCause(l.load)
	l.ctx, l.cancel = ctx, cancel
	l.attempts.late = func() { cancel(errLate) }
	l.attempts.deadline, l.attempts.expired = nil, false
}

// close closes the lane's connection as a client does that is done with it.
func (l *lane) close() {
	l.transport.CloseIdleConnections()
	if c := l.attempts.conn; c != nil {
		c.Close()
	}
	l.cancel(nil)
}

// lanes are those of one stream. Safe for concurrent use.
type lanes struct {
	fresh bool
	add   func() *lane

	mu   sync.Mutex
	idle []*lane // the longest idle first
}

// newLanes makes the lanes of a stream. Those of a reused one count as idle since
// ever, so that the first hits open them all.
func newLanes(s *history.Stream, add func() *lane) *lanes {
	ls := &lanes{fresh: s.Connection == history.Fresh, add: add}
	if !ls.fresh {
		for range s.Connections {
			ls.idle = append(ls.idle, add())
		}
	}
	return ls
}

// take yields the lane that has been idle for the longest time, or a new one.
func (ls *lanes) take() *lane {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if len(ls.idle) == 0 {
		return ls.add()
	}
	l := ls.idle[0]
	ls.idle = ls.idle[1:]
	return l
}

// give takes back a lane whose hit is over. A fresh one is not used again.
func (ls *lanes) give(l *lane) {
	if ls.fresh {
		l.close()
		return
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.idle = append(ls.idle, l)
}
