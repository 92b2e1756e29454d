package edgelog

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
)

// nginx says why a try failed in its error log alone, which names the client's
// connection and not the request. Both logs go to one file, one write(2) per line,
// and a connection carries one request at a time: what came since the connection's
// last request is about this one.
type nginx struct {
	failed map[uint64][]failure // by connection
}

// A failure is one line of the error log: one try at an upstream.
type failure struct{ reason, detail string }

// nginxLine is what fixtures/edge/nginx/nginx.conf.tmpl makes nginx log.
type nginxLine struct {
	Hit            string  `json:"hit"`
	T              float64 `json:"t"` // s since the Unix epoch, to the millisecond
	Status         int     `json:"status"`
	Conn           uint64  `json:"conn"`
	Upstream       string  `json:"upstream"`       // of each try, by commas; empty: none
	UpstreamStatus string  `json:"upstreamStatus"` // likewise, nginx's own for a try without an answer
	Header         string  `json:"header"`         // likewise, seconds to the answer's header, "-" without one
}

// errorLine is: time [level] pid#tid: *connection text, client: …
var errorLine = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: \*(\d+) (.*?)(, client: .*)?$`)

func (f *nginx) line(raw []byte) (*request, string) {
	text := strings.TrimSpace(string(raw))
	var l nginxLine
	if json.Unmarshal(raw, &l) == nil && l.Hit != "" {
		return f.request(l), ""
	}
	m := errorLine.FindStringSubmatch(text)
	if m == nil {
		return nil, text
	}
	conn, _ := strconv.ParseUint(m[1], 10, 64)
	if f.failed == nil {
		f.failed = map[uint64][]failure{}
	}
	f.failed[conn] = append(f.failed[conn], failure{nginxReason(m[2]), m[2]})
	return nil, ""
}

func (f *nginx) request(l nginxLine) *request {
	failed := f.failed[l.Conn]
	delete(f.failed, l.Conn)
	p := history.Proxied{Hit: l.Hit, Status: status(l.Status)}
	p.Upstream = list(l.Upstream)
	statuses, headers := list(l.UpstreamStatus), list(l.Header)
	p.Tries = tries(len(p.Upstream))
	answered := false
	if n := len(headers); n > 0 && n == len(statuses) && headers[n-1] != "-" {
		last, _ := strconv.Atoi(statuses[n-1])
		p.UpstreamStatus, answered = status(last), true
	}
	// Every try that failed has a line, and so has an answer that was cut.
	lost := max(0, int(p.Tries)-1)
	for i, fail := range failed {
		if i < lost {
			p.Lost = append(p.Lost, fail.reason)
		} else {
			p.Reason, p.Detail = fail.reason, fail.detail
		}
	}
	switch {
	case l.Status == 499:
		// nginx's own number for a client that did not wait; nothing was sent.
		p.Status, p.Reason, p.Detail = 0, history.EdgeClientGone, "499"
	case p.Reason == "" && !answered:
		p.Reason = history.EdgeOther
	}
	return &request{proxied: p, done: time.UnixMicro(int64(l.T*1e6 + 0.5))}
}

// list are the values that nginx joins: by commas, and by a colon where the request
// went on to another group of upstreams.
func list(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(joined, " : ", ", "), ", ")
}

// nginxReason reads the error log's words, those of src/http/ngx_http_upstream.c.
func nginxReason(text string) string {
	connecting := strings.Contains(text, "while connecting to upstream")
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case has("(111: "):
		return history.EdgeRefused
	case has("(113: "), has("(101: "):
		return history.EdgeUnreachable
	case has("timed out") && connecting:
		return history.EdgeConnectTimeout
	case has("while reading upstream"):
		return history.EdgeTruncated
	case has("timed out"):
		return history.EdgeResponseTimeout
	case has("(104: "), has("(32: "):
		return history.EdgeReset
	case has("upstream prematurely closed connection"):
		return history.EdgeClosed
	case has("no live upstreams"):
		return history.EdgeNoUpstream
	case has("could not be resolved"), has("no resolver"):
		return history.EdgeDNS
	}
	return history.EdgeOther
}
