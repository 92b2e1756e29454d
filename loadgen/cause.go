package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"zarif/report/history"
)

// answered is the outcome of a hit whose response was read without an error.
func answered(resp *http.Response) history.Cause {
	switch s := resp.StatusCode; {
	case s >= 500:
		switch s {
		case http.StatusBadGateway:
			return history.Status502
		case http.StatusServiceUnavailable:
			return history.Status503
		case http.StatusGatewayTimeout:
			return history.Status504
		}
		return history.Status5xx
	case s >= 400:
		return history.Status4xx
	case s < 200 || s >= 300:
		return history.Other // redirects are not followed
	case endless(resp):
		return history.Truncated
	}
	return history.OK
}

// endless reports whether nothing but the end of the connection ended the
// response's body, which a server that dies in the middle does just so.
func endless(resp *http.Response) bool {
	return resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.Request.Method != http.MethodHead
}

// failure is the outcome of a hit without a complete response: whether a first
// byte of it was seen, what the peer did to the connection (empty: nothing), and
// why we gave up on it (nil: we did not; errLate; anything else: the load was
// aborted). What the peer did counts first, for then we had nothing to give up.
func failure(first bool, peer history.Cause, stopped error) history.Cause {
	late := errors.Is(stopped, errLate)
	switch {
	case stopped != nil && !late && peer == "":
		return history.Unresolved
	case first:
		return history.Truncated
	case peer != "":
		return peer
	case late:
		return history.ResponseTimeout
	}
	return history.Other
}

// peerCause is what the peer, or the network, did to an established connection,
// by the error of a read or a write.
func peerCause(err error) history.Cause {
	var alert tls.AlertError
	switch {
	case is(err, io.EOF):
		return history.Closed
	case is(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.ErrClosedPipe):
		return history.Reset
	case is(err, syscall.ETIMEDOUT):
		return history.ResponseTimeout
	case is(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN):
		return history.Unreachable
	case errors.As(err, &alert):
		return history.TLS
	}
	return history.Other
}

// dialCause is why no connection was made.
func dialCause(err error) history.Cause {
	var dns *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &dns):
		return history.DNS
	case is(err, syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM):
		return history.Missed
	case is(err, syscall.ECONNREFUSED):
		return history.Refused
	case is(err, syscall.ECONNRESET):
		return history.Reset
	case is(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN):
		return history.Unreachable
	case is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return history.ConnectTimeout
	}
	return history.Other
}

func is(err error, any ...error) bool {
	for _, target := range any {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
