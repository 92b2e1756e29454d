package loadgen

import (
	"errors"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"zarif/report/history"
)

// errRepeat refuses a connection to a request that is about to be sent again.
var errRepeat = errors.New("not sent again")

// attempts follows what the transport does about one hit. The transport calls
// begin and connected on the hit's goroutine, so only barred is shared.
type attempts struct {
	rec    recorder
	repeat bool // the client may send again by itself

	timeout  time.Duration // of the response
	late     func()        // what deadline does, once
	deadline *time.Timer   // of the response; nil before the first connection of all
	expired  bool          // deadline has done it, or is about to

	barred atomic.Bool       // the next connection would be for a repeat that nobody wants
	made   uint8             // attempts so far
	lost   []history.Attempt // all of them but the last
	conn   *conn             // of the last one; nil: it has none yet
	idle   history.Micros    // how long that connection had been idle
}

// reset forgets the hit before.
func (a *attempts) reset() {
	a.barred.Store(false)
	a.made, a.lost, a.conn, a.idle = 0, nil, nil, 0
}

// begin is called when the transport looks for a connection. Nothing but the
// loss of the attempt before makes it look again.
func (a *attempts) begin(string) {
	switch {
	case a.made == 0:
		a.made = 1
	case a.repeat:
		a.again()
	default:
		a.barred.Store(true)
	}
}

// again notes that the last attempt is lost and another one made.
func (a *attempts) again() {
	a.stop()
	lost := history.Attempt{Cause: history.Other}
	if a.conn != nil {
		lost = history.Attempt{Conn: a.conn.id, Cause: a.conn.failure(nil)}
	}
	a.lost = append(a.lost, lost)
	a.made++
	a.conn, a.idle = nil, 0
}

// connected is called when the transport has got a connection.
func (a *attempts) connected(info httptrace.GotConnInfo) {
	if a.barred.Load() {
		a.again() // it was repeated all the same, and that is not to be hidden
	}
	a.conn = connOf(info.Conn)
	a.idle = a.conn.begin(a.rec.now())
	if a.deadline == nil {
		a.deadline = time.AfterFunc(a.timeout, a.late)
	} else {
		a.deadline.Reset(a.timeout)
	}
}

// over ends the hit's use of its connection and stops the clock.
func (a *attempts) over(now history.Micros) {
	if a.conn != nil {
		a.stop()
		a.conn.end(now)
	}
}

// stop stops the clock of the last attempt, if it has got a connection.
func (a *attempts) stop() {
	if a.conn != nil && !a.deadline.Stop() {
		a.expired = true
	}
}
