package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Exec runs argv beside the agent, until it ends or ctx does. It writes to stdout
// and stderr only before it returns; stdin may be nil.
type Exec func(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error

// A Client drives one agent. Its fields are set before its first use; its methods
// are safe for concurrent use.
type Client struct {
	Exec   Exec
	Binary string // path of zarif-agent in the container
	Dir    string // the directory that the agent serves
	Build  string // BuildID of the executable that must answer; one of several joined by commas

	// Epoch is that of history.SourceHarness. The agent's clock is compared with
	// Epoch + the time since then, which a step of the wall clock does not change.
	// Zero: with the wall clock.
	Epoch time.Time
	// Patience is how long Follow goes on without a sign of life from the agent;
	// a stream that is silent for a third of it is broken off. The agent gives a
	// sign every second, so less than 6 s makes no sense. 0: 30 s.
	Patience time.Duration
}

// Validate checks the fields.
func (c *Client) Validate() error {
	switch {
	case c.Exec == nil:
		return errors.New("agent client: Exec is not set")
	case c.Binary == "":
		return errors.New("agent client: Binary is not set: want the path of zarif-agent in the container")
	case c.Dir == "":
		return errors.New("agent client: Dir is not set: want the directory that the agent serves")
	case c.Build == "":
		return errors.New("agent client: Build is not set: want the BuildID of the agent's executable")
	case c.Patience < 0:
		return fmt.Errorf("agent client: Patience is %s, want 0 (30 s) or more", c.Patience)
	}
	return nil
}

// Start hands the plan over; its load has begun when Start returns. Errors that are
// ErrBadPlan, ErrSecondPlan or ErrBuild mean that nothing was sent on its behalf;
// with any other that is unknown, and Status tells.
func (c *Client) Start(ctx context.Context, p Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the plan: %w", err)
	}
	_, err = c.tell(ctx, doStart, text)
	return err
}

// End lets no hit be scheduled any more and returns at once; hits in flight go on.
// Ending twice is harmless.
func (c *Client) End(ctx context.Context) error {
	_, err := c.insist(ctx, doEnd)
	return err
}

// Abort ends the load and cuts the hits in flight: they become unresolved.
func (c *Client) Abort(ctx context.Context) error {
	_, err := c.insist(ctx, doAbort)
	return err
}

// Status asks how the agent is.
func (c *Client) Status(ctx context.Context) (Status, error) { return c.insist(ctx, doStatus) }

// insist repeats what may be repeated when no answer came back.
func (c *Client) insist(ctx context.Context, do string) (Status, error) {
	wait := firstWait
	for try := 1; ; try++ {
		s, err := c.tell(ctx, do, nil)
		if err == nil || try == 3 || !errors.Is(err, errNoAnswer) || !pause(ctx, wait) {
			return s, err
		}
		wait *= 2
	}
}

var errNoAnswer = errors.New("no answer")

// tell runs one tell beside the agent.
func (c *Client) tell(ctx context.Context, do string, stdin []byte) (Status, error) {
	if err := c.Validate(); err != nil {
		return Status{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	argv := []string{c.Binary, "tell", "--dir", c.Dir, "--build", c.Build, do}
	var in io.Reader
	if stdin != nil {
		in = bytes.NewReader(stdin)
	}
	stdout, stderr := &capped{limit: maxLine}, &capped{limit: 4096}
	err := c.Exec(ctx, argv, in, stdout, stderr)
	var ans answer
	if text := stdout.String(); text != "" {
		if bad := decode([]byte(text), &ans); bad != nil {
			return Status{}, fmt.Errorf("tell the agent to %s: answer %.200q: %w", do, text, bad)
		}
	}
	if ans.Fault != nil {
		return Status{}, fmt.Errorf("tell the agent to %s: %w", do, ans.Fault.err())
	}
	if err != nil {
		return Status{}, fmt.Errorf("tell the agent to %s: %w: %w%s", do, errNoAnswer, err, stderr.remark())
	}
	if ans.Status == nil {
		return Status{}, fmt.Errorf("tell the agent to %s: %w", do, errNoAnswer)
	}
	if err := checkBuild(c.Build, ans.Status.Build); err != nil {
		return Status{}, err
	}
	return *ans.Status, nil
}

// pause waits for d; false: ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A capped buffer keeps the first limit bytes and takes the rest in silence. Safe
// for concurrent use.
type capped struct {
	limit int
	mu    sync.Mutex
	kept  []byte
}

func (b *capped) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, p[:min(len(p), b.limit-len(b.kept))]...)
	return len(p), nil
}

func (b *capped) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.kept)
}

// remark is the text as the tail of an error.
func (b *capped) remark() string {
	if text := strings.TrimSpace(b.String()); text != "" {
		return ": " + text
	}
	return ""
}
