package loadgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"zarif/report/history"
)

// Reach asks for a URL, each time on a new connection, until every one of the pods
// has answered, or ctx ends; the error then names those that have not. Proxies
// learn of a pod some time after it is ready, and connections that are opened
// before, and then kept, would never reach it. Nothing is recorded. dial may be nil.
func Reach(ctx context.Context, dial DialFunc, url string, pods []string) error {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t := &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}
	missing := slices.Clone(pods)
	var last error
	for len(missing) > 0 {
		pod, err := answerer(ctx, t, url)
		if err != nil {
			last = err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == pod })
		if len(missing) > 0 && !pauseFor(ctx, reachPause) {
			why := fmt.Errorf("no answer of %s from %s: %w", strings.Join(missing, ", "), url, context.Cause(ctx))
			return errors.Join(why, last)
		}
	}
	return nil
}

const (
	reachPause = 20 * time.Millisecond
	reachWait  = time.Second // for one answer
)

// answerer is the pod that answers a request; empty: none said its name.
func answerer(ctx context.Context, t *http.Transport, url string) (pod string, err error) {
	ctx, cancel := context.WithTimeout(ctx, reachWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return "", err
	}
	return resp.Header.Get(history.PodHeader), nil
}

// pauseFor waits; false: ctx ended.
func pauseFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
