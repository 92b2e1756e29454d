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
	"sync"
	"time"

	"zarif/report/history"
)

// Reach asks for a URL, each time on a new connection, until every one of the pods
// has answered, or ctx ends; the error then names those that have not. Proxies
// learn of a pod some time after it is ready, and connections that are opened
// before, and then kept, would never reach it. Nothing is recorded. dial may be nil.
func Reach(ctx context.Context, dial DialFunc, url string, pods []string) error {
	return reach(ctx, dial, url, pods, func(int) int { return 1 })
}

// ReachThrough is Reach for the URL of an edge, to which the fixtures' work can be
// added. An edge keeps connections to the pods, and one request after another
// would use the same one for ever: so it asks more and more often at once.
func ReachThrough(ctx context.Context, dial DialFunc, url string, pods []string) error {
	const step, most = 6, 60
	return reach(ctx, dial, url+"?work=50ms", pods, func(round int) int { return min(step*(round+1), most) })
}

// reach asks in rounds, in each as many times at once as atOnce says.
func reach(ctx context.Context, dial DialFunc, url string, pods []string, atOnce func(round int) int) error {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t := &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}
	missing := slices.Clone(pods)
	var last error
	for round := 0; len(missing) > 0; round++ {
		for _, a := range answers(ctx, t, url, atOnce(round)) {
			if a.err != nil {
				last = a.err
			}
			missing = slices.DeleteFunc(missing, func(m string) bool { return m == a.pod })
		}
		if len(missing) > 0 && !pauseFor(ctx, reachPause) {
			why := fmt.Errorf("no answer of %s from %s: %w", strings.Join(missing, ", "), url, context.Cause(ctx))
			return errors.Join(why, last)
		}
	}
	return nil
}

// An answer names the pod that it is from; empty: it said no name.
type answer struct {
	pod string
	err error
}

// answers are those to n requests that are under way at once.
func answers(ctx context.Context, t *http.Transport, url string, n int) []answer {
	all := make([]answer, n)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { all[i].pod, all[i].err = answerer(ctx, t, url) })
	}
	wg.Wait()
	return all
}

const (
	reachPause = 20 * time.Millisecond
	reachWait  = time.Second // for one answer of a fixture
	// answeredWait is for one answer of an application that is not ours.
	answeredWait = 10 * time.Second
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
