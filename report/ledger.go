package report

import "time"

// A Ledger is the fixtures' logs against the client's hits, by id: Matched +
// ClientOnly is the number of sent hits, and every id that only a server knows
// is in ServerOnly.
type Ledger struct {
	Matched    int `json:"matched"`
	ClientOnly int `json:"clientOnly"`
	ServerOnly int `json:"serverOnly"`
	// LogsComplete: the log of every pod that ran is known to hold every line.
	LogsComplete bool `json:"logsComplete"`
	// Repeated are hits that servers logged more than once.
	Repeated int `json:"repeated"`

	// DoneButLost are hits that a server logged as done and the client saw as
	// failed; the first listLimit are listed.
	DoneButLost      []LostHit `json:"doneButLost"`
	DoneButLostTotal int       `json:"doneButLostTotal"`

	// Contradictions are what cannot both be true; the first listLimit are listed.
	Contradictions      []Contradiction `json:"contradictions"`
	ContradictionsTotal int             `json:"contradictionsTotal"`
}

// A LostHit is a request that was served and whose client got nothing for it.
type LostHit struct {
	Hit    string    `json:"hit"`
	Stream string    `json:"stream"`
	Pod    string    `json:"pod"`
	Done   time.Time `json:"done"`             // by the server's log
	Status int       `json:"status,omitempty"` // that the server believes it answered
	Cause  string    `json:"cause"`            // that the client saw
	Fault  string    `json:"fault,omitempty"`  // that the hit had asked for
}

// A Contradiction is one hit of which log and client cannot both be right.
type Contradiction struct {
	Hit  string `json:"hit"`
	Pod  string `json:"pod,omitempty"`
	Text string `json:"text"`
}

// listLimit bounds the lists of a ledger.
const listLimit = 1000
