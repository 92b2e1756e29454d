// Package loadgen owns the load of a trial: the streams' schedules, their lanes
// and connections, the hits themselves and the cause that each of them ends
// with. vegeta paces and supplies the workers; everything between a tick of the
// schedule and the record of a hit happens here. The package knows no cluster,
// no disruption and no report: it takes resolved streams and hands over records.
package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"zarif/report/history"
)

// DialFunc opens a connection to address, "host:port". It ends when ctx does.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// A Config says what a load consists of.
type Config struct {
	// Streams of this process. Their IDs are unique, not necessarily contiguous.
	Streams []history.Stream
	// Seed decides the phases of the streams' schedules.
	Seed uint64
	// Epoch is what all recorded times are counted from. It must carry a
	// monotonic reading: take it from time.Now.
	Epoch time.Time
	// Put receives every Hit and every Conn, once, and nothing after Wait has
	// returned. It is called from several goroutines and must not block.
	Put func(history.Record)
	// Dial opens connections; nil: an ordinary net.Dialer. It is given host and
	// port as they stand in the stream's URL, and resolves names itself.
	Dial DialFunc
}

// Validate reports every fault of c, one error each.
func (c Config) Validate() error {
	var errs []error
	if len(c.Streams) == 0 {
		errs = append(errs, errors.New("load: no streams"))
	}
	if c.Epoch.IsZero() {
		errs = append(errs, errors.New("load: no epoch"))
	}
	if c.Put == nil {
		errs = append(errs, errors.New("load: nothing receives the records"))
	}
	ids := map[uint8]string{}
	for i := range c.Streams {
		s := &c.Streams[i]
		if other, ok := ids[s.ID]; ok {
			errs = append(errs, fmt.Errorf("stream %s: id %d is also that of stream %s", s.Name, s.ID, other))
		}
		ids[s.ID] = s.Name
		for _, fault := range faultsOf(s) {
			errs = append(errs, fmt.Errorf("stream %s: %s", s.Name, fault))
		}
	}
	return errors.Join(errs...)
}

// faultsOf says what is wrong with s.
func faultsOf(s *history.Stream) (faults []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	u, err := url.Parse(s.URL)
	check(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "",
		"url %q: want http or https, a host, and a path", s.URL)
	_, err = http.NewRequest(s.Method, "http://localhost/", nil)
	check(err == nil && s.Method != "" && s.Method != http.MethodConnect, "method %q: want an HTTP method", s.Method)
	check(!strings.ContainsAny(s.Host, " /\r\n"), "host %q: want a name, with a port if need be", s.Host)
	for name, value := range s.Headers {
		check(httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value), "header %q: want a name and a value that can be sent", name)
	}
	if u != nil {
		_, err = secureFor(s, u)
		check(err == nil, "%v", err)
	}
	check(s.Rate > 0 && s.Rate <= maxRate, "rate %v: want more than 0 and at most %d hits per second", s.Rate, int(maxRate))
	check(s.Connection == history.Fresh || s.Connection == history.Reused,
		"connection %q: want %q or %q", s.Connection, history.Fresh, history.Reused)
	check(s.Connection != history.Reused || s.Connections > 0, "connections %d: want at least 1", s.Connections)
	check(s.Retry == history.RetryNone || s.Retry == history.RetryClient,
		"retry %q: want %q or %q", s.Retry, history.RetryNone, history.RetryClient)
	check(s.ConnectTimeout > 0, "connect timeout %v: want more than 0", s.ConnectTimeout)
	check(s.ResponseTimeout > 0, "response timeout %v: want more than 0", s.ResponseTimeout)
	return faults
}
