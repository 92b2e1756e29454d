package loadgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// Asked says what is asked for before there is load, and which answers will do.
type Asked struct {
	URL     string // full
	Answers int    // so many in a row
	// AnyStatus takes every answer below 500: the stream's own requests are not GETs,
	// and none of those is sent before its time.
	AnyStatus bool
}

// Validate checks the fields.
func (a Asked) Validate() error {
	if u, err := url.Parse(a.URL); err != nil || !u.IsAbs() || u.Host == "" {
		return fmt.Errorf("ask for %q: want a URL with a host", a.URL)
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
	t := &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}
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
			return errors.Join(fmt.Errorf("GET %s: %w", a.URL, context.Cause(ctx)), last)
		}
	}
	return nil
}

// once is one request; an error where its answer will not do.
func (a Asked) once(ctx context.Context, t *http.Transport) error {
	ctx, cancel := context.WithTimeout(ctx, answeredWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL, nil)
	if err != nil {
		return err
	}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	limit := http.StatusBadRequest
	if a.AnyStatus {
		limit = http.StatusInternalServerError
	}
	if resp.StatusCode >= limit {
		return fmt.Errorf("the last answer had status %d", resp.StatusCode)
	}
	return nil
}
