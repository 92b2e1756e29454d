package report

import "time"

// A Stream is one constant-rate sequence of hits and what became of them.
// Scheduled = Sent + Missed, Sent = OK + Dropped + Unresolved, Causes add up to
// Dropped, and Windows add up to all of these.
type Stream struct {
	Name            string  `json:"name"`
	Vantage         string  `json:"vantage"`
	Connection      string  `json:"connection"`
	Connections     int     `json:"connections,omitempty"` // of a reused stream
	Method          string  `json:"method"`
	Retry           string  `json:"retry"`
	Rate            float64 `json:"rate"` // hits per second
	Work            float64 `json:"work_ms"`
	ConnectTimeout  float64 `json:"connectTimeout_ms"`
	ResponseTimeout float64 `json:"responseTimeout_ms"`

	Counts
	// SlowConnects are connects that took a second or more: a lost SYN.
	SlowConnects int `json:"slowConnects"`
	// SendLag is how late hits left, from when they were scheduled.
	SendLag *SendLag `json:"sendLag_ms,omitempty"`

	Expected   string         `json:"expected,omitempty"` // absent: no suite said anything
	Provokes   string         `json:"provokes,omitempty"` // the mechanism that must lose some of its hits; absent: no suite said one
	Besides    []string       `json:"besides,omitempty"`  // those that may as well
	AsExpected bool           `json:"asExpected"`         // never true in an inconclusive trial
	Causes     map[string]int `json:"causes"`
	// Swallowed are the causes of the attempts that the client repeated by itself,
	// whatever became of their hits afterwards. They are not part of Causes.
	Swallowed map[string]int          `json:"swallowed,omitempty"`
	Windows   map[string]StreamWindow `json:"windows"`
	Outages   []Outage                `json:"outages"`
	Faults    map[string]Fault        `json:"faults,omitempty"` // by fault that hits asked for
	Edge      *Edge                   `json:"edge,omitempty"`   // what the proxy logged of the hits; absent: they went through none
}

// Counts are the outcomes of hits.
type Counts struct {
	Scheduled  int `json:"scheduled"`
	Sent       int `json:"sent"`
	Missed     int `json:"missed"`
	OK         int `json:"ok"`
	Dropped    int `json:"dropped"`
	Masked     int `json:"masked"` // ok hits that the client sent again by itself
	Unresolved int `json:"unresolved"`
}

// StreamWindow is one stream in one window: the window in which a hit was
// scheduled, except that one under way when the disruption starts counts there.
type StreamWindow struct {
	Counts
	// Latency is from the scheduled time to the end of the response, over ok hits
	// (masked ones included): a dropped hit has an end, but no latency. Absent
	// where there was no ok hit.
	Latency *Latency `json:"latency_ms,omitempty"`
}

// Latency holds exact percentiles (nearest rank) in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// SendLag holds exact percentiles (nearest rank) in milliseconds.
type SendLag struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// An Outage is a maximal run of sent hits without a success, by scheduled time,
// that holds at least one drop. It starts when its first hit was scheduled and
// ends when the next successful one was; at the end of the load, one interval
// after its last hit.
type Outage struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Dropped int       `json:"dropped"`
}

// Duration is how long no hit succeeded.
func (o Outage) Duration() time.Duration { return o.End.Sub(o.Start) }

// A Fault is what became of the sent hits that asked the server for one.
type Fault struct {
	Asked      int            `json:"asked"`
	OK         int            `json:"ok"`
	Masked     int            `json:"masked"`
	Unresolved int            `json:"unresolved"`
	Causes     map[string]int `json:"causes"`
	Swallowed  map[string]int `json:"swallowed,omitempty"` // attempts that the client repeated by itself
}
