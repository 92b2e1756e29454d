package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"zarif/report/history"
)

// The protocol is JSON, one object per line, unknown fields are errors: both ends
// are of one build.
//
// Over the socket, any number of requests on a connection, each answered by one
// answer. Over attach's standard streams: a frame with Hello or Fault; words with
// Ping, each answered by a frame with Pong at once; the word Go; from then on the
// lines of the history as they are in the file, an empty line where there was
// none for a second, and in the other direction the word Alive every second.

// What a request asks for.
const (
	doStart  = "start"
	doEnd    = "end"
	doAbort  = "abort"
	doStatus = "status"
	doFollow = "follow" // status, and a terminated agent waits for this connection to close
)

// A request to the agent. Build, where it is set, is the only build that may act on it.
type request struct {
	Do    string `json:"do"`
	Build string `json:"build,omitempty"`
	Plan  *Plan  `json:"plan,omitempty"`
}

// An answer is the agent's status after the request, and what was wrong with the
// request. There is no status where no agent could be asked.
type answer struct {
	Status *Status `json:"status,omitempty"`
	Fault  *fault  `json:"fault,omitempty"`
}

// The states of an agent.
const (
	StateIdle    = "idle"    // no plan yet
	StateRunning = "running" // hits are scheduled
	StateEnding  = "ending"  // no more hits are scheduled, some may be in flight
	StateEnded   = "ended"   // the history has its end
	StateFailed  = "failed"  // the history is incomplete and gets no end
)

// A Status is what an agent says of itself.
type Status struct {
	Build   string         `json:"build"`
	Epoch   time.Time      `json:"epoch"` // of its records, by its wall clock
	Wall    time.Time      `json:"wall"`  // its wall clock at Now
	Now     history.Micros `json:"now"`   // since Epoch, by its monotonic clock
	State   string         `json:"state"`
	Reason  string         `json:"reason,omitempty"` // why it did not end as planned
	Records uint64         `json:"records"`          // so far
}

// A fault is an error on its way through the protocol.
type fault struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// The codes whose errors callers tell apart.
var faultCodes = map[string]error{
	"build":       ErrBuild,
	"second-plan": ErrSecondPlan,
	"bad-plan":    ErrBadPlan,
	"lost":        ErrLost,
	"corrupt":     ErrCorrupt,
}

func faultOf(err error) *fault {
	if err == nil {
		return nil
	}
	for code, target := range faultCodes {
		if errors.Is(err, target) {
			return &fault{Code: code, Text: err.Error()}
		}
	}
	return &fault{Code: "other", Text: err.Error()}
}

func (f *fault) err() error {
	if f == nil {
		return nil
	}
	return remoteError{text: f.Text, is: faultCodes[f.Code]}
}

// A remoteError reads as it did where it arose and is what it was there.
type remoteError struct {
	text string
	is   error
}

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return e.is }

// A frame is what attach says before the history.
type frame struct {
	Hello *Status `json:"hello,omitempty"`
	Pong  *pong   `json:"pong,omitempty"`
	Fault *fault  `json:"fault,omitempty"`
}

type pong struct {
	Ping uint64         `json:"ping"`
	Now  history.Micros `json:"now"`
}

// A word is what attach is told.
type word struct {
	Ping  uint64 `json:"ping,omitempty"`
	Go    bool   `json:"go,omitempty"`
	Alive bool   `json:"alive,omitempty"`
}

// endLine begins the last line of a history.
var endLine = []byte(`{"end":`)

var errLong = errors.New("line too long")

// readLine returns the next whole line with its newline, of at most limit bytes. What
// there was of a line that stops short comes with the error.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > limit:
			return line, fmt.Errorf("%w: more than %d bytes", errLong, limit)
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return line, err
		}
	}
}

func writeLine(out io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = out.Write(append(line, '\n'))
	return err
}

// decode is strict: one value, known fields, nothing behind it.
func decode(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one value in a line")
	}
	return nil
}

// parseRecord decodes a line of an agent's history.
func parseRecord(line []byte) (history.Record, error) {
	var rec history.Record
	if err := decode(line, &rec); err != nil {
		return history.Record{}, err
	}
	if rec.Meta != nil || rec.Served != nil || rec.Event != nil {
		return history.Record{}, errors.New("a record that no agent writes")
	}
	n := 0
	for _, set := range []bool{rec.Hit != nil, rec.Conn != nil, rec.Clock != nil, rec.End != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return history.Record{}, fmt.Errorf("want exactly one record in a line, got %d", n)
	}
	return rec, nil
}
