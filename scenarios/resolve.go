package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"zarif/report/history"
)

// Overrides are what the command line says about every scenario. The zero value
// changes nothing.
type Overrides struct {
	// Rate, in hits per second, is that of every stream that does not say its own
	// (the preset slow does); 0: none.
	Rate float64
}

// maxRate, in hits per second, bounds what a typing error can start.
const maxRate = 100_000.0

// Validate refuses, as Faults, what no stream can run with.
func (o Overrides) Validate() error {
	if o.Rate < 0 || o.Rate > maxRate || math.IsNaN(o.Rate) {
		return Faults{{Field: "--rate", Problem: fmt.Sprintf("%v is no rate", o.Rate), Want: wantRate}}
	}
	return nil
}

// Resolve turns the streams into those of a history: every default is filled
// in, rates are scaled to what the fixture carries (see Fits), ids are in order, and Expected is empty. URL is the path and query, to be
// appended to the URL of the stream's Site, unless the stream says a full URL of
// its own. Source is left to the trial. The fault that a hit asks for is not in
// URL: it is added per hit, see history.Stream.Fault.
func (s Scenario) Resolve(o Overrides) []history.Stream {
	streams := make([]history.Stream, len(s.Streams))
	rates, _ := s.room.rates(s.Streams, o)
	for i, given := range s.Streams {
		t := given.filled()
		t.Rate = rates[i]
		streams[i] = history.Stream{
			ID: uint8(i), Name: t.Name, Vantage: t.Vantage, URL: t.target(),
			Scheme: t.Scheme, Host: t.Host, Headers: t.Headers, CA: t.CA, InsecureSkipVerify: t.InsecureSkipVerify,
			Method: t.Method, Body: t.Body, Connection: t.Connection, Connections: t.Connections,
			Retry: t.Retry, DNS: t.DNS, Rate: t.Rate, Work: t.Work,
			ConnectTimeout: t.ConnectTimeout, ResponseTimeout: t.ResponseTimeout,
			Budget: t.Budget, Faults: t.Faults, FaultEvery: t.FaultEvery,
		}
	}
	return streams
}

// Resolve is that of the scenario, with what the suite expects of each stream and
// provokes in it.
func (s Selected) Resolve(o Overrides) []history.Stream {
	streams := s.Scenario.Resolve(o)
	for i := range streams {
		streams[i].Expected = s.Expect[streams[i].Name]
		if streams[i].Provokes = s.Provokes[streams[i].Name]; streams[i].Provokes != "" {
			streams[i].Besides = s.Besides
		}
	}
	return streams
}

// filled is the stream with every default in place but its rate, which depends on
// the others.
func (s Stream) filled() Stream {
	s.Vantage = cmp.Or(s.Vantage, history.VantageService)
	s.Method = cmp.Or(s.Method, http.MethodGet)
	s.Path = cmp.Or(s.Path, "/")
	s.Retry = cmp.Or(s.Retry, history.RetryNone)
	s.ConnectTimeout = cmp.Or(s.ConnectTimeout, DefaultConnectTimeout)
	s.ResponseTimeout = cmp.Or(s.ResponseTimeout, s.Work+DefaultResponseMargin)
	if s.Connection == history.Reused {
		s.Connections = cmp.Or(s.Connections, DefaultConnections)
	}
	return s
}

// target is where hits go: a fixture is told the work, and a URL of the user's
// only when the stream says some.
func (s Stream) target() string {
	if s.plain {
		return cmp.Or(s.URL, s.Path)
	}
	if s.URL == "" {
		return withWork(s.Path, s.Work)
	}
	if s.Work == 0 {
		return s.URL
	}
	return withWork(s.URL, s.Work)
}

func withWork(target string, work time.Duration) string {
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	return target + mark + "work=" + work.String()
}
