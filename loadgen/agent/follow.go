package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zarif/report/history"
)

const (
	defaultPatience = 30 * time.Second
	firstWait       = 100 * time.Millisecond // before attaching again, doubled up to
	longestWait     = 2 * time.Second
)

// Follow hands over every record of the agent's history exactly once and in order,
// from one goroutine, until its End has been handed over. It may begin before Start.
// A broken stream is attached again behind the last whole record, until there was no
// sign of life for c.Patience. The Clock record carries what an exchange of
// times with the agent gave: its offset from the harness's clock and the bounds of that.
//
// An error means that the history has no end or is not whole: ErrBuild, ErrLost or
// ErrCorrupt, or that of ctx. The records handed over before are good.
func (c *Client) Follow(ctx context.Context, sink func(history.Record)) error {
	if err := c.Validate(); err != nil {
		return err
	}
	f := &follower{client: c, sink: sink, patience: c.Patience, alive: time.Now()}
	if f.patience == 0 {
		f.patience = defaultPatience
	}
	wait := firstWait
	for {
		before := f.count
		err := f.attach(ctx)
		switch {
		case f.ended && !errors.Is(err, ErrCorrupt):
			return nil
		case ctx.Err() != nil:
			return f.wrap(context.Cause(ctx))
		case errors.Is(err, ErrBuild), errors.Is(err, ErrLost), errors.Is(err, ErrCorrupt):
			return f.wrap(err)
		case time.Since(f.alive) >= f.patience:
			return f.wrap(fmt.Errorf("%w: no sign of it for %s: %w", ErrLost, f.patience, err))
		}
		if f.count > before { // it works: no reason to fall behind
			wait = firstWait
			continue
		}
		if !pause(ctx, wait) {
			return f.wrap(context.Cause(ctx))
		}
		wait = min(2*wait, longestWait)
	}
}

// A follower is the state that outlives a broken stream.
type follower struct {
	client   *Client
	sink     func(history.Record)
	patience time.Duration

	at    int64  // byte of the history behind the last record that was handed over
	count uint64 // records handed over
	epoch time.Time
	ended bool
	alive time.Time // last sign of life
}

func (f *follower) wrap(err error) error {
	return fmt.Errorf("follow the agent: after %d records: %w", f.count, err)
}

// attach reads one stream until it ends or breaks.
func (f *follower) attach(ctx context.Context) error {
	s := f.open(ctx)
	err := f.read(s)
	if end := s.close(); err == nil || errors.Is(err, errBroken) {
		err = errors.Join(err, end)
	}
	return err
}

func (f *follower) read(s *stream) error {
	hello, err := s.hello()
	if err != nil {
		return err
	}
	if err := f.check(hello); err != nil {
		return err
	}
	var clock history.Clock
	if f.count == 0 {
		if clock, err = exchange(s, f.client.now, hello.Epoch); err != nil {
			return err
		}
	}
	if err := s.goOn(); err != nil {
		return err
	}
	for !f.ended {
		line, err := s.line()
		if err != nil {
			return err
		}
		f.alive = time.Now()
		if len(line) == 1 {
			continue // alive, and nothing to tell
		}
		if err := f.hand(line, clock); err != nil {
			return err
		}
	}
	if line, err := s.line(); err == nil {
		return fmt.Errorf("%w: %.80q after its end", ErrCorrupt, line)
	}
	return nil
}

// check holds an agent to what it was the first time.
func (f *follower) check(hello Status) error {
	if err := checkBuild(f.client.Build, hello.Build); err != nil {
		return err
	}
	if hello.State == StateFailed {
		return fmt.Errorf("%w: %s", ErrLost, hello.Reason)
	}
	if f.epoch.IsZero() {
		f.epoch = hello.Epoch
	}
	if !hello.Epoch.Equal(f.epoch) {
		return fmt.Errorf("%w: another one answers, which began at %s", ErrLost, hello.Epoch.Format(time.RFC3339Nano))
	}
	return nil
}

// hand takes one line of the history.
func (f *follower) hand(line []byte, clock history.Clock) error {
	rec, err := parseRecord(line)
	if err == nil {
		err = f.fits(rec)
	}
	if err != nil {
		return fmt.Errorf("%w: line at byte %d: %w", ErrCorrupt, f.at, err)
	}
	if rec.Clock != nil {
		rec.Clock = &clock
	}
	f.sink(rec)
	f.at += int64(len(line))
	f.count++
	f.ended = rec.End != nil
	return nil
}

// fits reports what a record contradicts.
func (f *follower) fits(rec history.Record) error {
	if (rec.Clock != nil) != (f.count == 0) {
		return errors.New("want a clock in the first line and nowhere else")
	}
	if c := rec.Clock; c != nil && (c.Source != history.SourceAgent || !c.Epoch.Equal(f.epoch)) {
		return fmt.Errorf("clock of %q with epoch %s, want the agent's, %s", c.Source, c.Epoch, f.epoch)
	}
	if e := rec.End; e != nil && e.Source != history.SourceAgent {
		return fmt.Errorf("end of %q, want the agent's", e.Source)
	}
	if e := rec.End; e != nil && e.Records != f.count {
		return fmt.Errorf("it ends after %d records, %d were received", e.Records, f.count)
	}
	return nil
}

// open starts an attach.
func (f *follower) open(ctx context.Context) *stream {
	argv := []string{f.client.Binary, "attach", "--dir", f.client.Dir, "--from", fmt.Sprint(f.at)}
	return openStream(ctx, f.client.Exec, argv, f.patience/3)
}

// now is the harness's clock.
func (c *Client) now() time.Time {
	if c.Epoch.IsZero() {
		return time.Now()
	}
	return c.Epoch.Add(time.Since(c.Epoch))
}
