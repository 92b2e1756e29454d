package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zarif/loadgen"
	"zarif/report/history"
)

// Reasons of an end that was not planned.
const (
	ReasonInterrupted = "interrupted"                     // the agent was told to terminate
	ReasonAborted     = "aborted"                         // the harness cut the hits in flight
	ReasonLimit       = "the plan's limit ended the load" // nobody else did
	reasonNoStart     = "the load could not be started: " // and why
)

// A load is what loadgen runs.
type load interface {
	End()
	Wait() []history.StreamEnd
}

// A starter starts a load that is cut when ctx ends.
type starter func(ctx context.Context, c loadgen.Config) (load, error)

func startLoad(ctx context.Context, c loadgen.Config) (load, error) {
	l, err := loadgen.Start(ctx, c)
	if err != nil {
		return nil, err // not l: an interface around a nil pointer is not nil
	}
	return l, nil
}

// A run is the one load of an agent's life, from idle to ended. Safe for
// concurrent use.
type run struct {
	build    string
	epoch    time.Time
	begin    starter
	journal  *journal
	patience time.Duration // with a load that was cut

	mu     sync.Mutex
	state  string
	reason string // why it ended early, the first one that was given
	load   load   // nil until begin has returned
	cut    context.CancelFunc
	over   chan struct{} // closed when the history has its end, or never gets one
}

func newRun(build string, epoch time.Time, begin starter) *run {
	return &run{build: build, epoch: epoch, begin: begin, patience: stopWithin, state: StateIdle, over: make(chan struct{})}
}

func (r *run) status() *Status {
	now := time.Now()
	s := &Status{
		Build: r.build, Epoch: r.epoch, Wall: now, Now: history.MicrosOf(now.Sub(r.epoch)),
		Records: r.journal.records(),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.State, s.Reason = r.state, r.reason
	return s
}

func (r *run) do(req request) error {
	if err := checkBuild(req.Build, r.build); err != nil {
		return err
	}
	if (req.Plan != nil) != (req.Do == doStart) {
		return fmt.Errorf("request %q: a plan comes with %q and with nothing else", req.Do, doStart)
	}
	switch req.Do {
	case doStart:
		return r.start(*req.Plan)
	case doEnd:
		return r.end("")
	case doAbort:
		return r.abort(ReasonAborted)
	case doStatus, doFollow:
		return nil
	}
	return fmt.Errorf("request %q: want %s, %s, %s, %s or %s", req.Do, doStart, doEnd, doAbort, doStatus, doFollow)
}

func (r *run) start(p Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	r.mu.Lock()
	if r.state != StateIdle {
		r.mu.Unlock()
		return ErrSecondPlan
	}
	ctx, cut := context.WithCancel(context.Background())
	r.state, r.cut = StateRunning, cut
	r.mu.Unlock()

	l, err := r.begin(ctx, p.config(r.epoch, r.journal.put))
	if err != nil {
		cut()
		r.give(reasonNoStart + err.Error())
		r.finish(nil)
		return fmt.Errorf("start the load: %w", err)
	}
	r.mu.Lock()
	r.load = l
	ending := r.state == StateEnding
	r.mu.Unlock()
	if ending {
		l.End()
	}
	limit := time.AfterFunc(p.limit(), func() { r.end(ReasonLimit) })
	go func() {
		defer cut()
		defer limit.Stop()
		r.finish(l.Wait())
	}()
	return nil
}

// end lets no more hits be scheduled; for one that ended already it does nothing.
func (r *run) end(reason string) error {
	r.mu.Lock()
	if r.state == StateIdle {
		r.mu.Unlock()
		return errors.New("there is no load to end: the agent has had no plan")
	}
	if r.state != StateRunning {
		r.mu.Unlock()
		return nil
	}
	r.state = StateEnding
	r.giveLocked(reason)
	l := r.load
	r.mu.Unlock()
	if l != nil {
		l.End()
	}
	return nil
}

// abort cuts the hits in flight too.
func (r *run) abort(reason string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.state {
	case StateIdle:
		return errors.New("there is no load to cut: the agent has had no plan")
	case StateRunning, StateEnding:
		r.state = StateEnding
		r.giveLocked(reason)
		r.cut()
	}
	return nil
}

// finish gives the history its end.
func (r *run) finish(streams []history.StreamEnd) {
	r.mu.Lock()
	end := history.End{Source: history.SourceAgent, Reason: r.reason, Streams: streams}
	r.mu.Unlock()
	err := r.journal.close(end)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.state != StateFailed {
		r.state = StateEnded
	}
	close(r.over)
}

// fail is told that the history is incomplete.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state, r.reason = StateFailed, err.Error()
	if r.cut != nil {
		r.cut()
	}
}

// terminate ends whatever goes on.
func (r *run) terminate() error {
	r.mu.Lock()
	idle := r.state == StateIdle
	if idle {
		r.state = StateEnding // takes no plan any more
		r.giveLocked(ReasonInterrupted)
	}
	r.mu.Unlock()
	if idle {
		r.finish(nil)
	} else {
		r.abort(ReasonInterrupted)
	}
	over := time.NewTimer(r.patience)
	defer over.Stop()
	select {
	case <-r.over:
	case <-over.C:
		r.fail(fmt.Errorf("the load did not end within %s of being cut", r.patience))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == StateFailed {
		return errors.New(r.reason)
	}
	return nil
}

func (r *run) give(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.giveLocked(reason)
}

func (r *run) giveLocked(reason string) {
	if r.reason == "" {
		r.reason = reason
	}
}
