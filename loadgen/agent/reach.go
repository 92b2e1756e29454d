package agent

import (
	"context"
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

// Reach runs beside an agent; see loadgen.Reach.
func Reach(ctx context.Context, c ReachConfig) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return loadgen.Reach(ctx, nil, c.URL, c.Pods)
}

// Reach waits until every one of the pods has answered from where the agent is,
// or ctx ends.
func (c *Client) Reach(ctx context.Context, target string, pods []string) error {
	if err := c.Validate(); err != nil {
		return err
	}
	stderr := &capped{limit: 4096}
	argv := append([]string{c.Binary, "reach", "--url", target}, pods...)
	if err := c.Exec(ctx, argv, nil, io.Discard, stderr); err != nil {
		return fmt.Errorf("reach the pods from the load agent: %w%s", err, stderr.remark())
	}
	return nil
}
