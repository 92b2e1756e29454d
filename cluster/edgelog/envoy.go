package edgelog

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
)

// envoy names the last upstream, how many there were, and why in flags and details.
type envoy struct{}

// envoyLine is what fixtures/edge/envoy/envoy.yaml.tmpl makes Envoy log.
type envoyLine struct {
	Hit      string `json:"hit"`
	Start    string `json:"start"`    // s since the Unix epoch, to the microsecond
	Took     int64  `json:"took"`     // ms until it was done
	Status   int    `json:"status"`   // 0: none
	Upstream string `json:"upstream"` // address:port; null without one
	Tries    int    `json:"tries"`
	Flags    string `json:"flags"`   // by commas; "-": none
	Details  string `json:"details"` // of the status: "via_upstream", or why it is Envoy's own
	Failure  string `json:"failure"` // of the connection; null without one
}

func (envoy) line(raw []byte) (*request, string) {
	var l envoyLine
	if json.Unmarshal(raw, &l) != nil || l.Hit == "" {
		return nil, envoyNote(string(raw))
	}
	p := history.Proxied{Hit: l.Hit, Status: status(l.Status), Reason: l.reason()}
	if l.Upstream != "" {
		p.Upstream, p.Tries = []string{l.Upstream}, tries(l.Tries)
	}
	if l.Details == "via_upstream" || strings.HasPrefix(l.Details, "upstream_reset_after_response_started") {
		p.UpstreamStatus = p.Status
	}
	if p.Reason != "" {
		p.Detail = l.Flags + " " + l.Details
	}
	start, _ := strconv.ParseFloat(l.Start, 64)
	done := time.UnixMicro(int64(start*1e6 + 0.5)).Add(time.Duration(l.Took) * time.Millisecond)
	return &request{proxied: p, done: done}, ""
}

// envoyNote leaves out what Envoy says of its own configuration.
func envoyNote(text string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "[warning]") {
		return ""
	}
	return text
}

// reason reads flags and details; see Envoy's documentation of access logs and of
// response code details. UO, a limit of its own, stands beside what went wrong where
// the limit is that of requests sent again at once (max_retries, 3 by default): then
// it only says why there was no other try.
func (l *envoyLine) reason() string {
	has := func(part string) bool { return strings.Contains(l.Details, part) || strings.Contains(l.Failure, part) }
	flag := func(name string) bool { return strings.Contains(","+l.Flags+",", ","+name+",") }
	switch {
	case flag("DC"), flag("DPE"):
		return history.EdgeClientGone
	case flag("UH"), flag("NC"), flag("NR"):
		return history.EdgeNoUpstream
	case strings.HasPrefix(l.Details, "upstream_reset_after_response_started"):
		return history.EdgeTruncated
	case has("Connection_refused"), has("Connection refused"):
		return history.EdgeRefused
	case has("No_route_to_host"), has("Network_is_unreachable"):
		return history.EdgeUnreachable
	case has("{connection_timeout"):
		return history.EdgeConnectTimeout
	case flag("UF"):
		return history.EdgeConnectFailed
	case flag("UT"), flag("SI"):
		return history.EdgeResponseTimeout
	case has("Connection_reset_by_peer"), has("Connection reset by peer"):
		return history.EdgeReset
	case flag("UC"), flag("UR"):
		return history.EdgeLost
	case flag("UO"):
		return history.EdgeNoUpstream
	case l.Flags == "-" || l.Flags == "":
		return ""
	}
	return history.EdgeOther
}
