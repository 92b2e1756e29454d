package edgelog

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"zarif/report/history"
)

// traefik says why a try failed on a line of its own, at the level debug, that names
// no request: just what it answered, and the upstream where the error names it. It
// comes before the request's line; what other requests logged may come between.
//
// Its access log's number of retries stays 0 where the middleware retry repeats, so
// that it is not known which hits were sent again, only how often that happened.
type traefik struct {
	failed []attempt // whose request's line has not come
	again  int
}

// An attempt is one that failed.
type attempt struct {
	status         int // that it is answered with; 0: after the answer had begun
	address        string
	reason, detail string
}

// traefikLine is what fixtures/edge/traefik/traefik.yaml.tmpl makes Traefik log.
type traefikLine struct {
	Hit      string    `json:"request_Zarif-Hit"`
	Start    time.Time `json:"StartUTC"`
	Took     int64     `json:"Duration"` // ns
	Status   int       `json:"DownstreamStatus"`
	Upstream string    `json:"ServiceAddr"` // of the last try; empty: none
	// Origin is the length of the upstream's answer, of which fixtures tell; empty
	// where there was no answer, or none that was whole. Traefik's own have none yet
	// when they are logged.
	Origin string `json:"origin_Content-Length"`

	Level   string `json:"level"` // of its own messages, as what follows
	Message string `json:"message"`
	Error   string `json:"error"`
}

func (f *traefik) line(raw []byte) (*request, string) {
	var l traefikLine
	if err := json.Unmarshal(raw, &l); err != nil {
		return nil, strings.TrimSpace(string(raw))
	}
	if l.Hit != "" {
		return f.request(l), ""
	}
	var code int
	switch n, _ := fmt.Sscanf(l.Message, "%d ", &code); {
	case n == 1 && l.Error != "":
		f.keep(attempt{status: code, address: dialled(l.Error), reason: traefikReason(l.Error), detail: l.Error})
	case strings.HasPrefix(l.Message, "httputil: ReverseProxy read error during body copy: "):
		f.keep(attempt{reason: history.EdgeTruncated, detail: strings.TrimPrefix(l.Message, "httputil: ")})
	case strings.HasPrefix(l.Message, "New attempt "):
		f.again++
		f.repeated()
	case l.Level == "error" || l.Level == "fatal" || l.Level == "panic":
		return nil, strings.TrimSpace(l.Message + " " + l.Error)
	}
	return nil, ""
}

// mostFailed bounds what is kept of attempts whose request's line never comes.
const mostFailed = 4096

func (f *traefik) keep(a attempt) {
	if len(f.failed) == mostFailed {
		f.failed = slices.Delete(f.failed, 0, 1)
	}
	f.failed = append(f.failed, a)
}

// repeated forgets the attempt that is being repeated: the middleware says so right
// after its failure.
func (f *traefik) repeated() {
	for i := len(f.failed) - 1; i >= 0; i-- {
		if f.failed[i].status != 0 {
			f.failed = slices.Delete(f.failed, i, i+1)
			return
		}
	}
}

func (f *traefik) request(l traefikLine) *request {
	p := history.Proxied{Hit: l.Hit, Status: status(l.Status)}
	if l.Upstream != "" {
		p.Upstream = []string{l.Upstream}
	}
	switch {
	case l.Status == 499:
		// Traefik's number for a client that did not wait; nobody got it.
		f.take(l.Upstream, l.Status)
		p.Status, p.Reason, p.Detail = 0, history.EdgeClientGone, "499"
	case l.Origin != "":
		p.UpstreamStatus = p.Status
	case l.Upstream == "":
		p.Reason, p.Detail = history.EdgeNoUpstream, fmt.Sprint(l.Status)
	case l.Status < 400:
		p.UpstreamStatus = p.Status
		if p.Reason, p.Detail = f.take(l.Upstream, 0); p.Reason == "" {
			p.Reason, p.Detail = history.EdgeClientGone, "no answer was sent, and no upstream failed"
		}
	default:
		if p.Reason, p.Detail = f.take(l.Upstream, l.Status); p.Reason == "" {
			p.Reason, p.Detail = history.EdgeOther, fmt.Sprint(l.Status)
		}
	}
	return &request{proxied: p, done: l.Start.Add(time.Duration(l.Took))}
}

// take finds why an attempt at an upstream failed that was answered with status, and
// forgets it. Of several that may be meant it takes the first; the reason is what
// they have in common.
func (f *traefik) take(upstream string, status int) (reason, detail string) {
	first := -1
	for i, a := range f.failed {
		if a.status != status || a.address != "" && a.address != upstream && !named(upstream) {
			continue
		}
		if first < 0 {
			first, reason, detail = i, a.reason, a.detail
		} else {
			reason = common(reason, a.reason)
		}
	}
	if first >= 0 {
		f.failed = slices.Delete(f.failed, first, first+1)
	}
	return reason, detail
}

// named reports whether an upstream is a Service's name, of which errors have the
// address.
func named(upstream string) bool {
	_, err := netip.ParseAddrPort(upstream)
	return err != nil
}

// common is the reason that two have in common.
func common(a, b string) string {
	within := func(all ...string) bool { return slices.Contains(all, a) && slices.Contains(all, b) }
	switch {
	case a == b:
		return a
	case within(history.EdgeReset, history.EdgeClosed, history.EdgeLost):
		return history.EdgeLost
	case within(history.EdgeRefused, history.EdgeUnreachable, history.EdgeConnectFailed):
		return history.EdgeConnectFailed
	}
	return history.EdgeOther
}

// dialled is the upstream's address in an error of Go's package net: "dial tcp
// 10.0.0.1:80: …", "read tcp 10.0.0.9:5000->10.0.0.1:80: …"; empty: there is none.
func dialled(text string) string {
	_, rest, found := strings.Cut(text, " tcp ")
	if !found {
		return ""
	}
	address, _, _ := strings.Cut(rest, ": ")
	if _, to, both := strings.Cut(address, "->"); both {
		return to
	}
	return address
}

// traefikReason reads an error of Go's HTTP client.
func traefikReason(text string) string {
	has := func(part string) bool { return strings.Contains(text, part) }
	dial := strings.HasPrefix(text, "dial ")
	switch {
	case has("no such host"), has("server misbehaving"), has("lookup "):
		return history.EdgeDNS
	case dial && has("connection refused"):
		return history.EdgeRefused
	case has("no route to host"), has("network is unreachable"):
		return history.EdgeUnreachable
	case dial && has("timeout"), dial && has("timed out"):
		return history.EdgeConnectTimeout
	case dial:
		return history.EdgeConnectFailed
	case has("connection reset by peer"), has("broken pipe"):
		return history.EdgeReset
	case text == "EOF", has("server closed idle connection"):
		return history.EdgeClosed
	case has("unexpected EOF"):
		return history.EdgeTruncated
	case has("timeout awaiting response headers"), has("i/o timeout"):
		return history.EdgeResponseTimeout
	case has("context canceled"):
		return history.EdgeClientGone
	}
	return history.EdgeOther
}

// end tells what is known of all requests together.
func (f *traefik) end() (note string) {
	if f.again == 0 {
		return ""
	}
	return fmt.Sprintf("Traefik sent requests again %d times; its log does not say which", f.again)
}
