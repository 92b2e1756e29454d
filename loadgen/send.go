package loadgen

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"zarif/report/history"
)

// A shape is what the requests of a stream have in common.
type shape struct {
	stream *history.Stream
	repeat bool // the client may send again by itself
	plain  *http.Request
	header http.Header         // of the stream's own
	faults map[string]*url.URL // by the fault asked for
}

// newShape is for a stream that is valid.
func newShape(s *history.Stream) *shape {
	sh := &shape{stream: s, repeat: s.Retry == history.RetryClient, faults: map[string]*url.URL{}}
	sh.plain, _ = http.NewRequest(s.Method, s.URL, nil)
	address(sh.plain, s)
	sh.header = sh.plain.Header
	for _, f := range s.Faults {
		u := *sh.plain.URL
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&fault="+url.QueryEscape(f), "&")
		sh.faults[f] = &u
	}
	return sh
}

// address says on a request what the stream says to whoever leads it to the target.
func address(r *http.Request, s *history.Stream) {
	if s.Host != "" {
		r.Host = s.Host
	}
	for name, value := range s.Headers {
		r.Header.Set(name, value)
	}
}

// request is that of one hit.
//
// One without a body has a nil body, as an ordinary client's, and a repeat of it
// is refused where it would need a connection (see newLane). An empty body that
// cannot be rewound also keeps the transport from repeating, but not unseen: it
// makes every POST a chunked one, and a GET too once a goroutine that looks into
// the body is not scheduled for 200 ms.
func (sh *shape) request(ctx context.Context, seq uint64) *http.Request {
	r := sh.plain.WithContext(ctx)
	r.Header = maps.Clone(sh.header)
	r.Header[history.HitHeader] = []string{history.HitID(sh.stream.ID, seq)}
	if f := sh.stream.Fault(seq); f != "" {
		r.URL = sh.faults[f]
	}
	if text := sh.stream.Body; text != "" {
		body := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
		r.Body, _ = body()
		r.ContentLength = int64(len(text))
		if sh.repeat {
			r.GetBody = body
		}
	}
	return r
}

// errLate is why we gave up on a response that took too long.
var errLate = errors.New("no complete response in time")

// send makes the hit on the lane and sets all that is to be known of it. It
// returns when the response has been read to its end, or there will be none.
func (l *lane) send(h *history.Hit) {
	a := &l.attempts
	a.reset()
	if a.expired {
		l.renew()
	}
	resp, err := l.transport.RoundTrip(l.shape.request(l.ctx, h.Seq))
	if err == nil {
		err = l.receive(h, resp)
	}
	h.Done = l.rec.now()
	a.over(h.Done)

	h.Tries, h.Lost = a.made, a.lost
	if a.conn != nil {
		h.Conn, h.Idle, h.First = a.conn.id, a.idle, a.conn.first()
	}
	var dial *dialError
	switch {
	case err == nil:
		h.Cause = answered(resp)
	case errors.As(err, &dial):
		h.Conn, h.Cause = dial.conn, dial.cause
		if h.Cause == history.Missed && len(h.Lost) > 0 {
			h.Cause = history.Unresolved // it was sent, and we could not send it again
		}
	case a.conn != nil:
		h.Cause = a.conn.failure(context.Cause(l.ctx))
	default:
		h.Cause = failure(false, "", context.Cause(l.ctx))
	}
}

// receive reads the response to its end.
func (l *lane) receive(h *history.Hit, resp *http.Response) error {
	h.Status = uint16(resp.StatusCode)
	if pod := resp.Header[history.PodHeader]; len(pod) > 0 {
		h.Pod = pod[0]
		l.attempts.conn.answeredBy(h.Pod)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil // nobody asked for it, and no deadline would end its body
	}
	for {
		n, err := resp.Body.Read(l.scratch[:])
		h.Bytes += int64(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
