package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"zarif/loadgen"
)

// ReachConfig says what is to be reached from where the agent is.
type ReachConfig struct {
	URL  string
	Pods []string // that must have answered
	// Through says that the URL is that of an edge; see loadgen.ReachThrough.
	Through bool
}

// Validate checks the fields.
func (c ReachConfig) Validate() error {
	if u, err := url.Parse(c.URL); err != nil || !u.IsAbs() || u.Host == "" {
		return fmt.Errorf("reach: --url %q: want a URL with a host", c.URL)
	}
	if len(c.Pods) == 0 {
		return errors.New("reach: no pods: want the names of those that are to answer")
	}
	return nil
}

// Reach runs beside an agent; see loadgen.Reach and loadgen.ReachThrough.
func Reach(ctx context.Context, c ReachConfig) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Through {
		return loadgen.ReachThrough(ctx, nil, c.URL, c.Pods)
	}
	return loadgen.Reach(ctx, nil, c.URL, c.Pods)
}

// ReadAsked reads what is to be asked for. It comes by standard input, since headers
// may be nobody else's to read, and command lines are.
func ReadAsked(in io.Reader) (a loadgen.Asked, err error) {
	text, err := io.ReadAll(io.LimitReader(in, maxRequest))
	if err == nil {
		err = decode(text, &a)
	}
	if err != nil {
		return a, fmt.Errorf("read what is to be asked for: %w", err)
	}
	return a, a.Validate()
}

// Answered waits until a stream would be answered from where the agent is, or ctx
// ends; see loadgen.Answered.
func (c *Client) Answered(ctx context.Context, a loadgen.Asked) error {
	if err := errors.Join(c.Validate(), a.Validate()); err != nil {
		return err
	}
	stderr := &capped{limit: 4096}
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("ask from the load agent: %w", err)
	}
	if err := c.Exec(ctx, []string{c.Binary, "answered"}, bytes.NewReader(text), io.Discard, stderr); err != nil {
		return fmt.Errorf("ask from the load agent: %w%s", err, stderr.remark())
	}
	return nil
}

// Reach waits until every one of the pods has answered from where the agent is,
// through an edge if so, or ctx ends.
func (c *Client) Reach(ctx context.Context, r ReachConfig) error {
	if err := errors.Join(c.Validate(), r.Validate()); err != nil {
		return err
	}
	stderr := &capped{limit: 4096}
	argv := []string{c.Binary, "reach", "--url", r.URL}
	if r.Through {
		argv = append(argv, "--through")
	}
	argv = append(argv, r.Pods...)
	if err := c.Exec(ctx, argv, nil, io.Discard, stderr); err != nil {
		return fmt.Errorf("reach the pods from the load agent: %w%s", err, stderr.remark())
	}
	return nil
}
