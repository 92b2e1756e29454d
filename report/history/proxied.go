package history

// Proxied is one request as an edge logged it, once it was done with it. Hits are
// not numbered in an edge's log: that one has no line is no evidence.
type Proxied struct {
	Hit    string `json:"h"`            // the id that the request carried
	Edge   string `json:"g"`            // the edge's pod
	Done   Micros `json:"d"`            // when the edge was done with it, by the clock of SourceEdge
	Status uint16 `json:"st,omitempty"` // what the edge answered; 0: nothing
	// Upstream are the addresses to which the edge sent it, or tried to, as far as
	// its log names them: some name all in their order, some only the last.
	Upstream []string `json:"u,omitempty"`
	// UpstreamStatus is what the last upstream answered; 0: it did not.
	UpstreamStatus uint16 `json:"us,omitempty"`
	Tries          uint8  `json:"t,omitempty"` // how often the edge sent it, or tried to; 0: never, or the log does not say
	// Reason is why the last try failed, one of the Edge… words; empty: it did not.
	Reason string `json:"r,omitempty"`
	// Lost are the reasons of the tries before it, as far as the log names them.
	Lost   []string `json:"l,omitempty"`
	Detail string   `json:"x,omitempty"` // why, in the edge's own words
}

// Answered reports whether the status is an upstream's and not the edge's own.
func (p *Proxied) Answered() bool { return p.UpstreamStatus != 0 && p.UpstreamStatus == p.Status }

// Why a try at an upstream failed: the words of causes, seen from the edge, and
// what only an edge can say.
const (
	EdgeRefused         = string(Refused)
	EdgeReset           = string(Reset)
	EdgeClosed          = string(Closed)    // before the answer began
	EdgeTruncated       = string(Truncated) // after it had begun
	EdgeConnectTimeout  = string(ConnectTimeout)
	EdgeResponseTimeout = string(ResponseTimeout)
	EdgeUnreachable     = string(Unreachable)
	EdgeDNS             = string(DNS)
	EdgeLost            = "connection-lost" // reset or closed: the log does not say which
	EdgeConnectFailed   = "connect-failed"  // refused, unreachable …: the log does not say which
	EdgeNoUpstream      = "no-upstream"     // there was no upstream to send it to
	EdgeClientGone      = "client-gone"     // the client did not wait for the answer
	EdgeOther           = string(Other)
)
