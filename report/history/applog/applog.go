// Package applog owns the form of the log that fixtures write to standard
// output: one JSON object per line, written unbuffered, numbered from 1 without
// gaps by each process that writes. Both sides use it, the applications and what collects their logs.
// It draws no conclusions, and imports nothing but the standard library, so that
// an application that uses it stays a small binary.
package applog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Line is one line of the log.
//
// The absence of a line is evidence only up to the last number received of its
// writer. Where one process writes, W is empty, and a log is complete when it
// begins at 1, has no gap and ends with an Exit line. An application that a signal
// kills writes none, so its log has no proved end.
//
// Where several processes may write, each names itself in W and has its own
// numbers. Such a log never proves its own end: that every writer so far has
// written its Exit line does not say that no other will begin. An Exit line then
// tells of its process alone, as Closed and Drained do. Lines of different writers
// come in no promised order.
//
// A RequestStart without its RequestEnd in a complete log is a request that was
// under way when the process ended. Its answer may still have left: the line is
// written after the last byte was handed to the kernel, never before.
type Line struct {
	N uint64 `json:"n"`           // running number of this writer, from 1
	W string `json:"w,omitempty"` // the writer, e.g. its process id: 1 to MaxWriter letters, digits and -._: ; empty: there is no other
	T int64  `json:"t"`           // µs since the Unix epoch, by the application's clock; never goes back within a log unless that clock was set
	E string `json:"e"`           // what happened: one of the constants below

	Hit    string `json:"hit,omitempty"`    // RequestStart, RequestEnd: the id that the request carried
	Of     uint64 `json:"of,omitempty"`     // RequestEnd: the number of the RequestStart line that it ends; a hit may reach one server twice
	Status int    `json:"status,omitempty"` // RequestEnd: what the server believes it answered, to the last byte; 0: it knows that the answer was not complete
	Fault  string `json:"fault,omitempty"`  // RequestEnd: the fault that was asked for and done
	Gone   bool   `json:"gone,omitempty"`   // RequestEnd: the server noticed that the client had gone before the answer was complete

	Signal string `json:"signal,omitempty"` // Signal: its name, e.g. "SIGTERM"
	Code   *int   `json:"code,omitempty"`   // Exit: the exit code, also when 0; without it something of the process still goes on after this line (an interpreter's own end), and what its code will be is unknown
	PID    int    `json:"pid,omitempty"`    // Start: as the application sees it
	Addr   string `json:"addr,omitempty"`   // Ready: the address that it listens on
}

// What a line tells.
const (
	Start        = "start"    // the application runs
	Ready        = "ready"    // its listener is open: the kernel completes connections from here on
	RequestStart = "hit"      // a request's header was read
	RequestEnd   = "end"      // the answer was handed to the connection, or given up
	Signal       = "signal"   // a signal arrived and is handled
	Shutdown     = "shutdown" // the part of the application that its framework runs at the end begins, such as that of ASGI's lifespan
	Draining     = "draining" // it goes on serving and tells every client to close its connection
	Closed       = "closed"   // the listener is closed
	Drained      = "drained"  // no request is in flight any more
	Exit         = "exit"     // the last line: the application ends by itself
)

// MaxLine is how long a line can be at most, its newline included. Within
// PIPE_BUF, so that one write(2) to a pipe is never split.
const MaxLine = 1024

// MaxHit is how many bytes of a hit's id are logged at most.
const MaxHit = 128

// MaxWriter is how many bytes a writer's name has at most.
const MaxWriter = 32

// Parse decodes one line, with or without its newline. Whatever else a container
// writes (a panic, a runtime's message) is an error, and so is a line that was
// cut: its missing number tells.
func Parse(line []byte) (Line, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	var l Line
	if err := dec.Decode(&l); err != nil {
		return Line{}, fmt.Errorf("log line %.80q: %w", line, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Line{}, fmt.Errorf("log line %.80q: more than one object", line)
	}
	if err := l.check(); err != nil {
		return Line{}, fmt.Errorf("log line %.80q: %w", line, err)
	}
	return l, nil
}

func (l *Line) check() error {
	switch {
	case l.N == 0:
		return errors.New("n is missing: numbers begin at 1")
	case l.T <= 0:
		return errors.New("t is missing: want µs since the Unix epoch")
	case len(l.W) > MaxWriter || strings.ContainsFunc(l.W, notInName):
		return fmt.Errorf("w %q: want at most %d letters, digits and -._:", l.W, MaxWriter)
	}
	switch l.E {
	case Start, Ready, Signal, Shutdown, Draining, Closed, Drained, Exit:
		return nil
	case RequestStart:
		if l.Hit == "" {
			return errors.New("hit is missing")
		}
		return nil
	case RequestEnd:
		if l.Hit == "" || l.Of == 0 || l.Of >= l.N {
			return errors.New("want a hit, and in of the number of an earlier line")
		}
		return nil
	}
	return fmt.Errorf("unknown event %q", l.E)
}

func notInName(r rune) bool {
	switch {
	case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return false
	}
	return !strings.ContainsRune("-._:", r)
}

// Append appends l as a line with its newline.
func (l Line) Append(buf []byte) ([]byte, error) {
	if err := l.check(); err != nil {
		return buf, err
	}
	b, err := json.Marshal(l)
	if err != nil {
		return buf, err
	}
	buf = append(buf, b...)
	return append(buf, '\n'), nil
}
