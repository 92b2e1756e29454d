package history

// A Cause says what became of a hit, or of one attempt of it. The zero value
// means "not recorded" and is never written for a hit.
type Cause string

// The outcomes that are not losses.
const (
	OK         Cause = "ok"         // a complete, successful response came back
	Unresolved Cause = "unresolved" // sent, and its end is unknown: interrupted, or the load process was lost
	Missed     Cause = "missed"     // never sent: our fault, never the target's
)

// The causes of a drop.
const (
	Refused         Cause = "refused"          // connect answered by RST
	Reset           Cause = "reset"            // RST on an established connection before the first response byte; EPIPE too
	Closed          Cause = "closed"           // EOF before any response byte
	Truncated       Cause = "truncated"        // anything after the first response byte
	ConnectTimeout  Cause = "connect-timeout"  // no answer to the SYN in time
	ResponseTimeout Cause = "response-timeout" // no first response byte in time
	Unreachable     Cause = "unreachable"      // EHOSTUNREACH, ENETUNREACH
	DNS             Cause = "dns"
	TLS             Cause = "tls"
	Status502       Cause = "status-502"
	Status503       Cause = "status-503"
	Status504       Cause = "status-504"
	Status5xx       Cause = "status-5xx" // any other 5xx
	Status4xx       Cause = "status-4xx"
	Other           Cause = "other"
)

// Causes lists every cause of a drop in the order in which reports show them.
func Causes() []Cause {
	return []Cause{
		Refused, Reset, Closed, Truncated, ConnectTimeout, ResponseTimeout, Unreachable, DNS, TLS,
		Status502, Status503, Status504, Status5xx, Status4xx, Other,
	}
}

// Dropped reports whether c means: sent, and no complete successful response
// came back. A cause that this version does not know counts as dropped, so that
// no loss is ever hidden by a spelling.
func (c Cause) Dropped() bool {
	return c != OK && c != Unresolved && c != Missed
}
