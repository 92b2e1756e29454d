// Package history owns the record of a trial: its types and their form on disk.
// A history is append-only, one JSON object per line, compressed with zstd, and
// holds everything that is needed to render every report elsewhere. The package
// draws no conclusions, and imports none of ours.
package history

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Micros is a moment in microseconds since the epoch of the record's source
// (see Clock). Moments of different sources are only comparable through their
// clocks.
type Micros int64

// Duration is m as a duration since the source's epoch.
func (m Micros) Duration() time.Duration { return time.Duration(m) * time.Microsecond }

// MicrosOf is d in microseconds, rounded down.
func MicrosOf(d time.Duration) Micros { return Micros(d / time.Microsecond) }

// The sources of records.
const (
	SourceHarness = "harness" // this process; load that runs in it too
	SourceAgent   = "agent"   // the load agent's pod
	SourceAPI     = "api"     // the API server: watch arrivals and object timestamps
	SourceNode    = "node"    // a node's container runtime
	SourcePods    = "pods"    // what the fixtures wrote down
	SourceEdge    = "edge"    // what the proxy at the edge wrote down
)

// A Record is one line of a history. Exactly one field is set.
type Record struct {
	Meta    *Meta    `json:"meta,omitempty"`
	Hit     *Hit     `json:"h,omitempty"`
	Conn    *Conn    `json:"c,omitempty"`
	Served  *Served  `json:"sv,omitempty"`
	Proxied *Proxied `json:"px,omitempty"`
	Event   *Event   `json:"e,omitempty"`
	Clock   *Clock   `json:"clock,omitempty"`
	End     *End     `json:"end,omitempty"`
}

// A Hit is one intended request. It is recorded once, when its end is known.
// Its times are those of its stream's source.
type Hit struct {
	Stream uint8  `json:"s"`
	Seq    uint64 `json:"n"`           // from 0, without gaps
	At     Micros `json:"a"`           // when it was scheduled
	Sent   Micros `json:"b,omitempty"` // when it was handed to a lane; 0 for a missed hit
	First  Micros `json:"f,omitempty"` // first response byte; 0 if none came
	Done   Micros `json:"d"`
	Conn   uint32 `json:"c,omitempty"` // the connection of the last attempt; 0: none was made
	Tries  uint8  `json:"t,omitempty"` // attempts that reached a connection or failed to get one
	Idle   Micros `json:"i,omitempty"` // how long the reused connection had been idle before the last attempt
	Status uint16 `json:"st,omitempty"`
	Bytes  int64  `json:"y,omitempty"` // of the response body
	Pod    string `json:"p,omitempty"` // who answered
	Cause  Cause  `json:"r"`

	// Lost are the attempts that the client swallowed before the last one, in
	// order. An ok hit with a lost attempt is masked.
	Lost []Attempt `json:"l,omitempty"`
}

// An Attempt is one try at a hit that did not end it.
type Attempt struct {
	Conn  uint32 `json:"c,omitempty"`
	Cause Cause  `json:"r"`
}

// Masked reports whether the hit succeeded only because the client sent it again.
func (h *Hit) Masked() bool { return h.Cause == OK && len(h.Lost) > 0 }

// HitID names a hit in headers and server logs, unique within a trial: "stream-seq".
func HitID(stream uint8, seq uint64) string {
	id := make([]byte, 0, 24)
	id = append(strconv.AppendUint(id, uint64(stream), 10), '-')
	return string(strconv.AppendUint(id, seq, 10))
}

// ParseHitID is the inverse of HitID.
func ParseHitID(id string) (stream uint8, seq uint64, err error) {
	s, n, ok := strings.Cut(id, "-")
	if ok {
		var v uint64
		if v, err = strconv.ParseUint(s, 10, 8); err == nil {
			seq, err = strconv.ParseUint(n, 10, 64)
			stream = uint8(v)
		}
	}
	if !ok || err != nil {
		return 0, 0, fmt.Errorf("hit id %q: want <stream>-<number>", id)
	}
	return stream, seq, nil
}

// HitHeader is the request header that carries the hit's id. Servers that know
// it write it into their log, all others ignore it.
const HitHeader = "Zarif-Hit"

// PodHeader is the response header in which a fixture names its pod.
const PodHeader = "Zarif-Pod"

// A Conn is one connection that a stream dialled, recorded when it is closed or
// when the load ends. A failed dial is a Conn without Open.
type Conn struct {
	ID     uint32         `json:"i"` // from 1, unique within the source
	Stream uint8          `json:"s"`
	Dial   Micros         `json:"d"`
	Open   Micros         `json:"o,omitempty"` // connect returned; 0: it failed
	Closed Micros         `json:"x,omitempty"` // 0: still open when the load ended
	Local  netip.AddrPort `json:"l,omitzero"`
	Remote netip.AddrPort `json:"r,omitzero"`
	Read   int64          `json:"rd,omitempty"` // bytes
	Wrote  int64          `json:"wr,omitempty"` // bytes
	Pod    string         `json:"p,omitempty"`  // who last answered on it
	Err    Cause          `json:"e,omitempty"`  // the first error that came from the peer; empty: none
}

// Served is one request as the server logged it, once per start line.
type Served struct {
	Hit    string `json:"h"` // the id that the request carried
	Pod    string `json:"p"`
	Start  Micros `json:"s"`
	Done   Micros `json:"d,omitempty"`  // 0: no end line was received
	Status uint16 `json:"st,omitempty"` // what the server believes it answered
}

// An Event is something that happened to a pod, an endpoint, a node or the
// disruption. T is the earliest moment it can have happened at, T + Precision the latest.
type Event struct {
	T         Micros            `json:"t"`
	Precision Micros            `json:"pr,omitempty"`
	Source    string            `json:"s"`
	Type      string            `json:"ty"`
	Pod       string            `json:"p,omitempty"`
	Node      string            `json:"n,omitempty"`
	Attrs     map[string]string `json:"at,omitempty"`
}

// A Clock tells how a source's times relate to the harness's: a moment m of the
// source was Epoch + m by the source's own clock, and that clock was ahead of the
// harness's by Offset, give or take Uncertainty.
type Clock struct {
	Source      string        `json:"s"`
	Epoch       time.Time     `json:"epoch"`
	Offset      time.Duration `json:"offset_ns"`
	Uncertainty time.Duration `json:"uncertainty_ns"`
}

// An End closes what a source wrote. The one of SourceHarness closes the history
// and counts all records before it, of every source, since the harness wrote them
// all; the one of SourceAgent counts its Clock, its hits and its connections.
type End struct {
	Source  string      `json:"s"`
	Records uint64      `json:"n"`                // records before this one: see above
	Reason  string      `json:"reason,omitempty"` // "" when it ended as planned, else why it ended: "interrupted", an error
	Streams []StreamEnd `json:"streams,omitempty"`
}

// A StreamEnd says how many hits of a stream had been scheduled when load ended.
type StreamEnd struct {
	Stream    uint8  `json:"s"`
	Scheduled uint64 `json:"n"`
}
