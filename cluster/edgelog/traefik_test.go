package edgelog

import (
	"fmt"
	"strings"
	"testing"

	"zarif/report/history"
)

func failedLine(status, text string) string {
	return `{"level":"debug","error":"` + text + `","message":"` + status + ` Something"}`
}

func hitLine(hit, upstream string, status int, origin string) string {
	if origin != "" {
		origin = `,"origin_Content-Length":"` + origin + `"`
	}
	return fmt.Sprintf(`{"DownstreamStatus":%d,"Duration":1000,"ServiceAddr":"%s","StartUTC":"2026-11-23T01:26:49Z","level":"info","msg":"","request_Zarif-Hit":"%s"%s}`, status, upstream, hit, origin)
}

const (
	refusedByA = "dial tcp 10.0.0.1:80: connect: connection refused"
	resetByA   = "read tcp 10.0.0.9:5000->10.0.0.1:80: read: connection reset by peer"
	resetByB   = "read tcp 10.0.0.9:5000->10.0.0.2:80: read: connection reset by peer"
)

// Why an attempt failed stands on a line without a request: what several requests
// may mean alike is told only as far as they have it in common.
func TestTraefikTellsFailuresByUpstreamAndStatus(t *testing.T) {
	const a, b = "10.0.0.1:80", "10.0.0.2:80"
	for _, c := range []struct {
		name  string
		lines []string
		want  string // reasons by hit
	}{
		{"one", []string{failedLine("502", refusedByA), hitLine("x", a, 502, "")}, "x refused"},
		{"of another upstream", []string{failedLine("502", refusedByA), failedLine("502", resetByB), hitLine("x", b, 502, ""), hitLine("y", a, 502, "")}, "x reset, y refused"},
		{"of another status", []string{failedLine("502", "EOF"), failedLine("504", "net/http: timeout awaiting response headers"), hitLine("x", a, 504, ""), hitLine("y", a, 502, "")}, "x response-timeout, y closed"},
		{"the same twice", []string{failedLine("502", refusedByA), failedLine("502", refusedByA), hitLine("x", a, 502, ""), hitLine("y", a, 502, "")}, "x refused, y refused"},
		{"reset or closed", []string{failedLine("502", resetByA), failedLine("502", "EOF"), hitLine("x", a, 502, "")}, "x connection-lost"},
		{"refused or reset", []string{failedLine("502", refusedByA), failedLine("502", resetByA), hitLine("x", a, 502, "")}, "x other"},
		{"none", []string{hitLine("x", a, 502, "")}, "x other"},
		{"the application's own", []string{failedLine("502", refusedByA), hitLine("x", a, 502, "4"), hitLine("y", a, 502, "")}, "x , y refused"},
		{"behind a Service's name", []string{failedLine("502", "dial tcp 10.96.0.7:80: connect: connection refused"), hitLine("x", "go-exit.a.svc.cluster.local:80", 502, "")}, "x refused"},
		{"sent again with success", []string{failedLine("502", refusedByA), `{"level":"debug","message":"New attempt 2 for request: /"}`, hitLine("x", b, 200, "4"), hitLine("y", a, 502, "")}, "x , y other"},
		{"no server", []string{hitLine("x", "", 503, "")}, "x no-upstream"},
		{"the client went", []string{failedLine("499", "context canceled"), hitLine("x", a, 499, "")}, "x client-gone"},
		{"the client went amid the answer", []string{hitLine("x", a, 200, "")}, "x client-gone"},
		{"the answer was cut", []string{`{"level":"debug","message":"httputil: ReverseProxy read error during body copy: unexpected EOF"}`, hitLine("x", a, 200, "")}, "x truncated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits, notes := read(t, "traefik", c.lines...)
			var got []string
			for _, h := range hits {
				got = append(got, h.Hit+" "+h.Reason)
			}
			if text := strings.Join(got, ", "); text != c.want || len(notes) != 0 {
				t.Errorf("reasons %q, notes %q; want %q", text, notes, c.want)
			}
		})
	}
}

func TestTraefikReasons(t *testing.T) {
	for text, want := range map[string]string{
		refusedByA: history.EdgeRefused, resetByA: history.EdgeReset,
		"dial tcp 10.0.0.1:80: i/o timeout":                                              history.EdgeConnectTimeout,
		"dial tcp 10.0.0.1:80: connect: no route to host":                                history.EdgeUnreachable,
		"dial tcp: lookup go-exit.a.svc.cluster.local on 10.96.0.10:53: no such host":    history.EdgeDNS,
		"dial tcp 10.0.0.1:80: connect: cannot assign requested address":                 history.EdgeConnectFailed,
		"write tcp 10.0.0.9:5000->10.0.0.1:80: write: broken pipe":                       history.EdgeReset,
		"http: server closed idle connection":                                            history.EdgeClosed,
		"unexpected EOF":                                                                 history.EdgeTruncated,
		"net/http: HTTP/1.x transport connection broken: malformed HTTP response \"ju\"": history.EdgeOther,
	} {
		if got := traefikReason(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// A log that never tells of the requests of its failures does not grow.
func TestTraefikForgets(t *testing.T) {
	f := &traefik{}
	for range 3 * mostFailed {
		_, _ = f.line([]byte(failedLine("502", refusedByA)))
	}
	if len(f.failed) != mostFailed {
		t.Errorf("it keeps %d", len(f.failed))
	}
}
