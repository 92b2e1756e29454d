package loadgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"zarif/report/history"
)

// Asked says what is asked for before there is load, and which answers will do.
type Asked struct {
	// Stream is the one whose hits are to come later: its URL is asked for, with its
	// headers and its TLS. Where its own requests are not GETs, none of those is sent
	// before its time: a GET is, and every answer below 500 will do.
	Stream  history.Stream
	Answers int // so many in a row
}

// Validate checks the fields.
func (a Asked) Validate() error {
	if u, err := url.Parse(a.Stream.URL); err != nil || !u.IsAbs() || u.Host == "" {
		return fmt.Errorf("ask for %q: want a URL with a host", a.Stream.URL)
	}
	if a.Answers < 1 {
		return fmt.Errorf("ask for %d answers: want 1 or more", a.Answers)
	}
	return nil
}

// Answered asks for a URL, each time on a new connection, until it was answered
// with success so many times in a row, or ctx ends; the error then says what came
// last. It is Reach for pods that do not say who they are. Nothing is recorded.
// dial may be nil.
func Answered(ctx context.Context, dial DialFunc, a Asked) error {
	if err := a.Validate(); err != nil {
		return err
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	u, _ := url.Parse(a.Stream.URL)
	secure, err := secureFor(&a.Stream, u)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", a.Stream.URL, err)
	}
	t := &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true, TLSClientConfig: secure}
	last := errors.New("nothing came")
	for row := 0; row < a.Answers; {
		switch err := a.once(ctx, t); {
		case err == nil:
			row++
		case ctx.Err() == nil: // else it says only that time was up
			last = err
			fallthrough
		default:
			row = 0
		}
		if row < a.Answers && !pauseFor(ctx, reachPause) {
			return errors.Join(fmt.Errorf("GET %s: %w", a.Stream.URL, context.Cause(ctx)), last)
		}
	}
	return nil
}

// once is one request; an error where its answer will not do.
func (a Asked) once(ctx context.Context, t *http.Transport) error {
	ctx, cancel := context.WithTimeout(ctx, answeredWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Stream.URL, nil)
	if err != nil {
		return err
	}
	address(r, &a.Stream)
	resp, err := t.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	limit := http.StatusBadRequest
	if a.Stream.Method != http.MethodGet {
		limit = http.StatusInternalServerError
	}
	if resp.StatusCode >= limit {
		return fmt.Errorf("the last answer had status %d", resp.StatusCode)
	}
	return nil
}
