package loadgen

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"zarif/report/history"
)

// A dialError says that a hit did not get a connection.
type dialError struct {
	conn  uint32 // its number
	cause history.Cause
	err   error
}

func (e *dialError) Error() string { return fmt.Sprintf("dial: %v", e.err) }
func (e *dialError) Unwrap() error { return e.err }

// A dialer opens the connections of one stream, each to one address. Safe for
// concurrent use.
type dialer struct {
	ctx    context.Context // of the load
	stream *history.Stream
	dial   DialFunc // nil: ours
	conns  *registry
	host   string // to resolve at each dial; empty: address is what to dial
	port   string
	addr   string
	tls    *tls.Config // nil: plain
}

// newDialer resolves the name in the stream's URL unless each dial is to do so,
// or dial is not ours and knows names that we do not.
func newDialer(ctx context.Context, s *history.Stream, dial DialFunc, conns *registry) (*dialer, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	d := &dialer{ctx: ctx, stream: s, dial: dial, conns: conns, port: u.Port()}
	if d.port == "" {
		d.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if d.tls, err = secureFor(s, u); err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	d.addr = net.JoinHostPort(u.Hostname(), d.port)
	if dial != nil {
		return d, nil
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return d, nil
	}
	if s.DNS {
		d.host = u.Hostname()
		return d, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.ConnectTimeout)
	defer cancel()
	if d.addr, err = resolve(ctx, u.Hostname(), d.port); err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	return d, nil
}

// resolve looks a name up. Of several addresses it takes the first, of IPv4 if
// there is one.
func resolve(ctx context.Context, host, port string) (string, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", host, err)
	}
	first := addrs[0].Unmap()
	for _, a := range addrs {
		if a = a.Unmap(); a.Is4() {
			first = a
			break
		}
	}
	return net.JoinHostPort(first.String(), port), nil
}

// open opens a connection or returns a *dialError; a *conn, or a *secured. The
// transport's own context is of no use here: it does not end with the load.
func (d *dialer) open() (net.Conn, error) {
	id, ok := d.conns.begin()
	if !ok {
		return nil, context.Canceled
	}
	defer d.conns.begun()
	ctx, cancel := context.WithTimeout(d.ctx, d.stream.ConnectTimeout)
	defer cancel()
	r := history.Conn{ID: id, Stream: d.stream.ID, Dial: d.conns.rec.now()}
	addr := d.addr
	if d.host != "" {
		var err error
		if addr, err = resolve(ctx, d.host, d.port); err != nil {
			return nil, d.failed(r, err)
		}
		r.Dial = d.conns.rec.now()
	}
	r.Remote, _ = netip.ParseAddrPort(addr)
	raw, err := d.connect(ctx, addr, &r)
	if err != nil {
		return nil, d.failed(r, err)
	}
	c := d.conns.add(raw, r)
	if d.tls == nil {
		return c, nil
	}
	return d.handshake(ctx, c)
}

// connect notes in r from where to where the connection is, and when it stood.
func (d *dialer) connect(ctx context.Context, addr string, r *history.Conn) (raw net.Conn, err error) {
	if d.dial == nil {
		raw, r.Local, err = dialAside(ctx, "tcp", addr)
	} else {
		raw, err = d.dial(ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	r.Open = d.conns.rec.now()
	r.Local, r.Remote = addrPort(raw.LocalAddr()), addrPort(raw.RemoteAddr())
	return raw, nil
}

// failed records a dial that failed.
func (d *dialer) failed(r history.Conn, err error) *dialError {
	cause := d.unlessAborted(dialCause(err))
	if cause != history.Unresolved {
		r.Err = cause
	}
	r.Closed = d.conns.rec.now()
	d.conns.rec.put(history.Record{Conn: &r})
	return &dialError{conn: r.ID, cause: cause, err: err}
}

// handshake makes c a TLS connection. A context would end it by closing c, whose
// record could then not say why; a deadline does not.
func (d *dialer) handshake(ctx context.Context, c *conn) (net.Conn, error) {
	c.secure = true
	if deadline, ok := ctx.Deadline(); ok {
		c.SetDeadline(deadline)
	}
	unwatch := context.AfterFunc(d.ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	s := &secured{Conn: tls.Client(c, d.tls), raw: c}
	err := s.Handshake()
	unwatch()
	if err == nil {
		c.SetDeadline(time.Time{})
		return s, nil
	}
	cause := c.failure(nil) // what the peer did to the connection
	if cause == history.Other {
		cause = d.unlessAborted(history.TLS)
		c.blame(cause)
	}
	c.Close()
	return nil, &dialError{conn: c.id, cause: cause, err: err}
}

// unlessAborted is cause, unless it may be no more than the end of the load.
func (d *dialer) unlessAborted(cause history.Cause) history.Cause {
	switch cause {
	case history.ConnectTimeout, history.DNS, history.TLS, history.Other:
		if d.ctx.Err() != nil {
			return history.Unresolved
		}
	}
	return cause
}
