package supervisor

import (
	"encoding/json"
	"syscall"
)

// The supervisor reads requests from its stdin and writes replies to its stdout, one
// JSON object each; this process is the only one that holds the other end of either.

// startID is the ID of the first request, the start; the others count on from there.
const startID = 1

// A request asks for one thing: the field that is set.
type request struct {
	ID     uint64         `json:"id,omitempty"` // of the reply
	Start  *startRequest  `json:"start,omitempty"`
	Signal syscall.Signal `json:"signal,omitempty"`
	Exec   texts          `json:"exec,omitempty"`
	Cancel uint64         `json:"cancel,omitempty"` // an Exec, by its ID; not replied to
}

// startRequest is the first request, and the only one of its kind.
type startRequest struct {
	Argv    texts  `json:"argv"`
	Env     texts  `json:"env"`
	Dir     string `json:"dir"`
	Isolate bool   `json:"isolate,omitempty"`
	Userns  bool   `json:"userns,omitempty"` // the supervisor has a user namespace of its own
}

// texts are strings that need not be UTF-8, which JSON would mend: environments are not.
type texts []string

// MarshalJSON writes the strings as bytes.
func (t texts) MarshalJSON() ([]byte, error) {
	raw := make([][]byte, len(t))
	for i, s := range t {
		raw[i] = []byte(s)
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads them back.
func (t *texts) UnmarshalJSON(data []byte) error {
	var raw [][]byte
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*t = make(texts, len(raw))
	for i, b := range raw {
		(*t)[i] = string(b)
	}
	return nil
}

// A reply answers the request of its ID; ID 0 is news of the run.
type reply struct {
	ID     uint64     `json:"id,omitempty"`
	PID    int        `json:"pid,omitempty"`    // of a start
	Code   int        `json:"code,omitempty"`   // of an exec
	Output []byte     `json:"output,omitempty"` // of an exec
	Cut    bool       `json:"cut,omitempty"`    // of an exec: cancelled, and killed for it
	Fault  *fault     `json:"fault,omitempty"`
	Exit   *exitReply `json:"exit,omitempty"` // news: the main process has ended
	Left   []int      `json:"left,omitempty"` // news: processes that would not die
}

// exitReply is how the main process ended. The monotonic clock is the machine's, so
// that the time is right however late the line is read.
type exitReply struct {
	Code   int            `json:"code"`
	Signal syscall.Signal `json:"signal,omitempty"`
	At     int64          `json:"at"` // CLOCK_MONOTONIC, in ns
}

// exitOf reads a status as a kubelet does.
func exitOf(status syscall.WaitStatus) (code int, sig syscall.Signal) {
	if status.Signaled() {
		return 128 + int(status.Signal()), status.Signal()
	}
	return status.ExitStatus(), 0
}
