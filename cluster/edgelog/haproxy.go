package edgelog

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
)

// haproxy names the last upstream and, in two letters, who ended the session and
// in which state it was.
//
// On a client's connection that has carried a request before it counts on the client
// to repeat: where a kept connection to the upstream had died it closes that one
// without an answer and logs nothing; where it could not connect in time it closes
// it too, and logs the 503 that others get.
type haproxy struct{}

// haproxyLine is what fixtures/edge/haproxy/haproxy.cfg.tmpl makes HAProxy log.
type haproxyLine struct {
	Hit string `json:"hit"`
	// Seconds since the Unix epoch and Millis beyond, of three digits, are when the
	// connection came or, where it has carried a request before, that one was done.
	Seconds   int64  `json:"s"`
	Millis    string `json:"ms"`
	Handshake int64  `json:"handshake"` // ms from there
	Idle      int64  `json:"idle"`      // ms from there until the request came; -1: it did not
	Took      int64  `json:"took"`      // ms from there until it was done
	Status    int    `json:"status"`    // -1: none
	Upstream  string `json:"upstream"`  // address:port; -:- without one
	Header    int64  `json:"header"`    // ms to the answer's header; -1 without one
	Retries   string `json:"retries"`   // with a plus where it went to another upstream
	End       string `json:"end"`       // see haproxyReason
}

// done is when HAProxy was done with the request.
func (l *haproxyLine) done() time.Time {
	millis, _ := strconv.ParseInt(l.Millis, 10, 64)
	for _, part := range []int64{l.Handshake, l.Idle, l.Took} {
		millis += max(0, part)
	}
	return time.Unix(l.Seconds, 0).Add(time.Duration(millis) * time.Millisecond)
}

func (haproxy) line(raw []byte) (*request, string) {
	var l haproxyLine
	if json.Unmarshal(raw, &l) != nil || l.Hit == "" {
		return nil, haproxyNote(string(raw))
	}
	if l.Hit == "-" { // a connection on which no request came
		return nil, ""
	}
	p := history.Proxied{Hit: l.Hit, Status: status(l.Status), Reason: haproxyReason(l.End)}
	if host, _, _ := strings.Cut(l.Upstream, ":"); host == "-" || host == "" {
		if p.Reason == history.EdgeConnectFailed {
			p.Reason = history.EdgeNoUpstream
		}
	} else {
		p.Upstream = []string{l.Upstream}
		again, _ := strconv.Atoi(strings.TrimPrefix(l.Retries, "+"))
		p.Tries = tries(1 + again)
	}
	if l.Header >= 0 && l.Status > 0 {
		p.UpstreamStatus = p.Status
	}
	if p.Reason != "" {
		p.Detail = l.End
	}
	return &request{proxied: p, done: l.done()}, ""
}

// haproxyNote is what a reader should see of HAProxy's own messages: which upstreams
// it holds for dead, and that there is none. It tells of each new address too.
func haproxyNote(text string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, " is DOWN") || strings.Contains(text, "[ALERT]") || !strings.HasPrefix(text, "[") {
		return text
	}
	return ""
}

// haproxyReason reads the first letter, who ended it (C client, S upstream, s and c
// their time-outs), and the second, in which state (C connecting, H before the
// answer's header, D in its body, Q in the queue); see section 8.5 of HAProxy's
// configuration manual.
func haproxyReason(end string) string {
	if len(end) < 2 || end[:2] == "--" {
		return ""
	}
	switch who, state := end[0], end[1]; {
	case who == 'C', who == 'c':
		return history.EdgeClientGone
	case state == 'Q':
		return history.EdgeNoUpstream
	case who == 'S' && state == 'C':
		return history.EdgeConnectFailed
	case who == 's' && state == 'C':
		return history.EdgeConnectTimeout
	case who == 'S' && state == 'H':
		return history.EdgeLost
	case who == 's' && state == 'H':
		return history.EdgeResponseTimeout
	case state == 'D' && (who == 'S' || who == 's'):
		return history.EdgeTruncated
	}
	return history.EdgeOther
}
