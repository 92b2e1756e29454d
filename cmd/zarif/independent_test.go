package main_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report/history"
)

// A sighting is one request that a client sent and what it saw of it. cause is one
// that any client can tell; empty: a complete successful response.
type sighting struct {
	at    time.Time
	cause string
}

// What both zarif and another program can tell apart. Whether a connection was reset
// or closed is told by the kernel of the client to the one, and by texts to the other.
const (
	seenRefused     = "refused"
	seenTimeout     = "timeout"
	seenCut         = "cut"
	seenUnreachable = "unreachable"
	seenStatus      = "status"
	seenOther       = "other"
)

// ofZarif is what zarif saw of a hit.
func ofZarif(c history.Cause) string {
	switch c {
	case history.OK:
		return ""
	case history.Refused:
		return seenRefused
	case history.ConnectTimeout, history.ResponseTimeout:
		return seenTimeout
	case history.Reset, history.Closed, history.Truncated:
		return seenCut
	case history.Unreachable:
		return seenUnreachable
	}
	if strings.HasPrefix(string(c), "status-") {
		return seenStatus
	}
	return seenOther
}

// ofVegeta is what vegeta's own command says of a request: a status, 0 where there was
// none, and the text of an error.
func ofVegeta(code int, text string) string {
	for _, known := range []struct{ part, cause string }{
		{"connection refused", seenRefused},
		{"Client.Timeout", seenTimeout}, {"i/o timeout", seenTimeout}, {"deadline exceeded", seenTimeout},
		{"connection reset", seenCut}, {"broken pipe", seenCut}, {"EOF", seenCut},
		{"no route to host", seenUnreachable}, {"network is unreachable", seenUnreachable}, {"host is down", seenUnreachable},
	} {
		if strings.Contains(text, known.part) {
			return known.cause
		}
	}
	switch {
	case code >= 400:
		return seenStatus
	case text != "" || code < 200 || code >= 300:
		return seenOther
	}
	return ""
}

// between are the sightings of requests that were sent in a span.
func between(all []sighting, from, to time.Time) (some []sighting) {
	for _, s := range all {
		if !s.at.Before(from) && s.at.Before(to) {
			some = append(some, s)
		}
	}
	return some
}

// tally counts requests and losses by cause.
func tally(all []sighting) (sent, lost int, causes map[string]int) {
	causes = map[string]int{}
	for _, s := range all {
		sent++
		if s.cause != "" {
			lost++
			causes[s.cause]++
		}
	}
	return sent, lost, causes
}

// A second is what was sent in it, and lost of that.
type second struct{ sent, lost int }

func bySecond(all []sighting, from, to time.Time) []second {
	seconds := make([]second, (to.Sub(from)+time.Second-1)/time.Second)
	for _, s := range all {
		since := s.at.Sub(from)
		if n := int(since / time.Second); since >= 0 && n < len(seconds) {
			seconds[n].sent++
			if s.cause != "" {
				seconds[n].lost++
			}
		}
	}
	return seconds
}

// disagreements are where two clients that sent at one rate, from one place and in
// the same span say what chance does not explain. In each second both met the same
// state of the same rules, of which every connection drew a pod by lot: the losses of
// a second are two samples of one probability, and their difference is binomial. Per
// second and cause four standard deviations are allowed, and a few hits more because
// clocks and schedules do not cut seconds at the same place; of all together three.
func disagreements(a, b []sighting, from, to time.Time) (found []string) {
	const slack = 4
	variance := 0.0
	secondsOfB := bySecond(b, from, to)
	for second, a := range bySecond(a, from, to) {
		b := secondsOfB[second]
		of := chance(a.lost+b.lost, a.sent+b.sent) * float64(a.sent+b.sent)
		variance += of
		if apart := math.Abs(float64(a.lost - b.lost)); apart > 4*math.Sqrt(of)+slack {
			found = append(found, fmt.Sprintf("second %d: %d of %d and %d of %d", second, a.lost, a.sent, b.lost, b.sent))
		}
	}
	sentA, lostA, causesA := tally(a)
	sentB, lostB, causesB := tally(b)
	if math.Abs(float64(sentA-sentB)) > 0.05*float64(max(sentA, sentB)) {
		found = append(found, fmt.Sprintf("not the same load: %d and %d requests", sentA, sentB))
	}
	if apart := math.Abs(float64(lostA - lostB)); apart > 3*math.Sqrt(variance)+slack {
		found = append(found, fmt.Sprintf("lost in all: %d of %d and %d of %d", lostA, sentA, lostB, sentB))
	}
	all := maps.Clone(causesA)
	maps.Copy(all, causesB)
	for _, cause := range slices.Sorted(maps.Keys(all)) {
		n, m := causesA[cause], causesB[cause]
		if math.Abs(float64(n-m)) > 4*math.Sqrt(float64(n+m))+slack {
			found = append(found, fmt.Sprintf("%s: %d and %d", cause, n, m))
		}
	}
	return found
}

// chance is p × (1-p) of a sample.
func chance(hits, of int) float64 {
	if of == 0 {
		return 0
	}
	p := float64(hits) / float64(of)
	return p * (1 - p)
}

// A rolled client meets a rollout of three pods: a second and a bit after each
// deletion a third of its connections go to a pod that is gone, which refuses at
// first and is silent later. sees is the share of the losses that it tells.
func rolled(seed uint64, rate int, sees func(cause string) float64) (all []sighting) {
	rng := rand.New(rand.NewPCG(seed, 7))
	phase := time.Duration(rng.Int64N(int64(time.Second) / int64(rate)))
	for n := range 40 * rate {
		at := phase + time.Duration(n)*time.Second/time.Duration(rate)
		s := sighting{at: time.Unix(1000, 0).Add(at)}
		for _, deleted := range []time.Duration{11300 * time.Millisecond, 16700 * time.Millisecond, 22100 * time.Millisecond} {
			since := at - deleted
			if since < 0 || since > 1300*time.Millisecond || rng.Float64() > 1.0/3 {
				continue
			}
			cause := seenTimeout
			if since < 300*time.Millisecond {
				cause = seenRefused
			}
			if rng.Float64() < sees(cause) {
				s.cause = cause
			}
		}
		all = append(all, s)
	}
	return all
}

// The comparison finds what a client hides or invents, and lets chance pass.
func TestDisagreements(t *testing.T) {
	const runs = 60
	everything := func(string) float64 { return 1 }
	from := time.Unix(1000, 0)
	to := from.Add(40 * time.Second)
	for _, c := range []struct {
		name  string
		rate  int
		sees  func(string) float64
		least int // how often it must be found, of runs
		most  int
	}{
		{"two that see everything", 100, everything, 0, 2},
		{"one tells a third", 100, func(string) float64 { return 1.0 / 3 }, 55, runs},
		{"one calls no refused connection by its name", 100, func(cause string) float64 {
			if cause == seenRefused {
				return 0
			}
			return 1
		}, 48, runs},
		{"one sends less", 20, everything, runs, runs},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := 0
			for seed := range uint64(runs) {
				if len(disagreements(rolled(2*seed, 100, everything), rolled(2*seed+1, c.rate, c.sees), from, to)) > 0 {
					found++
				}
			}
			if found < c.least || found > c.most {
				t.Errorf("they disagree in %d of %d runs, want %d to %d", found, runs, c.least, c.most)
			}
		})
	}
}

func TestWhatVegetaSays(t *testing.T) {
	for _, c := range []struct {
		code int
		text string
		want string
	}{
		{200, "", ""},
		{204, "", ""},
		{0, `Get "http://10.96.1.2/healthz": dial tcp 0.0.0.0:0->10.96.1.2:80: connect: connection refused`, seenRefused},
		{0, `Get "http://10.96.1.2/healthz": dial tcp 0.0.0.0:0->10.96.1.2:80: i/o timeout (Client.Timeout exceeded while awaiting headers)`, seenTimeout},
		{0, `Get "http://10.96.1.2/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`, seenTimeout},
		{0, `Get "http://10.96.1.2/healthz": EOF`, seenCut},
		{200, `unexpected EOF`, seenCut},
		{0, `Get "http://10.96.1.2/healthz": read tcp 10.244.1.2:4->10.96.1.2:80: read: connection reset by peer`, seenCut},
		{0, `Get "http://10.96.1.2/healthz": dial tcp 0.0.0.0:0->10.96.1.2:80: connect: no route to host`, seenUnreachable},
		{503, "503 Service Unavailable", seenStatus},
		{404, "404 Not Found", seenStatus},
		{302, "", seenOther},
		{0, "something new", seenOther},
	} {
		if got := ofVegeta(c.code, c.text); got != c.want {
			t.Errorf("%d %q: %q, want %q", c.code, c.text, got, c.want)
		}
	}
	for cause, want := range map[history.Cause]string{
		history.OK: "", history.Refused: seenRefused, history.ConnectTimeout: seenTimeout, history.Reset: seenCut,
		history.Status503: seenStatus, history.Status4xx: seenStatus, history.TLS: seenOther, history.DNS: seenOther,
	} {
		if got := ofZarif(cause); got != want {
			t.Errorf("%s: %q, want %q", cause, got, want)
		}
	}
}
