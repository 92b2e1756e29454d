// Package agent owns the load agent: the process that runs load beside its
// target, in a pod of its own, and the client with which the harness drives it.
//
// Serve is the pod's main process. It has no open port: it takes one plan over a
// unix socket and appends what the load records to a file. Tell and Attach are
// run by exec in the same container; what runs under exec dies with its stream,
// so neither holds anything that cannot be had again. Client is the other end of
// both. The package neither sends hits nor classifies them (package loadgen
// does), nor does it know how a command gets into a container (an Exec does).
package agent

import (
	"errors"
	"time"
)

// The files of the agent, in its directory.
const (
	historyFile = "history.jsonl"
	socketFile  = "agent.sock"
)

// Bounds of what one end accepts from the other.
const (
	maxRequest = 1 << 20 // bytes of a line on the socket: a plan
	maxLine    = 1 << 16 // bytes of any other line: a record, a frame
	maxSocket  = 107     // bytes of a unix socket's path (sun_path)

	answerWithin  = 5 * time.Second  // the agent's answer over the socket
	requestWithin = time.Minute      // the next request over an open socket connection
	tellWithin    = 20 * time.Second // one tell, with the exec around it

	flushEvery = 100 * time.Millisecond // what a kill can take from the history
	pollEvery  = 20 * time.Millisecond  // how often the history is asked for more
	beatEvery  = time.Second            // a sign of life, each way
	leaseFor   = 30 * time.Second       // an attach without a sign from the harness ends

	stopWithin = 5 * time.Second // a cut load ends
	lingerFor  = 5 * time.Second // a terminated agent waits for its followers to have read the end
)

// Errors that callers tell apart.
var (
	// ErrBuild means that the agent is not the executable that was expected.
	ErrBuild = errors.New("another build of the agent")
	// ErrSecondPlan means that the agent has had its plan.
	ErrSecondPlan = errors.New("the agent has had its plan: it takes one in its life")
	// ErrBadPlan means that the plan was refused and nothing was sent.
	ErrBadPlan = errors.New("bad plan")
	// ErrLost means that the agent ended, failed or stopped answering before its
	// history had an end. Records that were handed over before are good.
	ErrLost = errors.New("the agent is lost")
	// ErrCorrupt means that what the agent wrote is not a whole history.
	ErrCorrupt = errors.New("the agent's history is corrupt")
)
