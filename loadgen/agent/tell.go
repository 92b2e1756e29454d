package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// TellConfig is one thing to tell an agent.
type TellConfig struct {
	Dir   string // the agent's
	Do    string // "start", "end", "abort" or "status"
	Build string // the only build that may act on it; empty: any
}

// Validate checks the fields.
func (c TellConfig) Validate() error {
	if c.Dir == "" {
		return errors.New("dir: want the agent's directory")
	}
	if !slices.Contains([]string{doStart, doEnd, doAbort, doStatus}, c.Do) {
		return fmt.Errorf("%q: want %s, %s, %s or %s", c.Do, doStart, doEnd, doAbort, doStatus)
	}
	return nil
}

// Tell hands a request to the agent in c.Dir and writes its answer to stdout, one
// line of JSON. The plan to start is read from stdin. What the agent refuses is in
// the answer and is the error too.
func Tell(ctx context.Context, c TellConfig, stdin io.Reader, stdout io.Writer) error {
	if err := c.Validate(); err != nil {
		return err
	}
	req := request{Do: c.Do, Build: c.Build}
	ans, err := tell(ctx, c.Dir, req, stdin)
	if err != nil {
		ans.Fault = faultOf(err)
	}
	if err := writeLine(stdout, ans); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return ans.Fault.err()
}

func tell(ctx context.Context, dir string, req request, stdin io.Reader) (answer, error) {
	if req.Do == doStart {
		plan, err := readPlan(stdin)
		if err != nil {
			return answer{}, err
		}
		req.Plan = &plan
	}
	line, err := dial(ctx, dir)
	if err != nil {
		return answer{}, err
	}
	defer line.close()
	return line.ask(req)
}

func readPlan(in io.Reader) (Plan, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxRequest+1))
	if err != nil {
		return Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	if len(text) > maxRequest-1024 { // the request around it
		return Plan{}, fmt.Errorf("%w: more than %d bytes", ErrBadPlan, maxRequest-1024)
	}
	var p Plan
	if err := decode(text, &p); err != nil {
		return Plan{}, fmt.Errorf("%w: %w", ErrBadPlan, err)
	}
	return p, nil
}

// A line is a connection to the agent. For one goroutine.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

// dial connects to the agent in dir. One that has not opened its socket yet is
// waited for; one that has ended is ErrLost.
func dial(ctx context.Context, dir string) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	again := time.NewTicker(pollEvery)
	defer again.Stop()
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", filepath.Join(dir, socketFile))
		switch {
		case err == nil:
			return &line{conn: conn, in: bufio.NewReader(conn)}, nil
		case errors.Is(err, syscall.ECONNREFUSED):
			return nil, fmt.Errorf("%w: it does not listen in %s any more", ErrLost, dir)
		case !errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil:
			return nil, fmt.Errorf("reach the agent: %w", err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("reach the agent: no agent listens in %s", dir)
		}
	}
}

// ask sends one request; what the agent refuses is in the answer, not in the error.
func (l *line) ask(req request) (answer, error) {
	l.conn.SetDeadline(time.Now().Add(answerWithin))
	text, err := json.Marshal(req)
	if err == nil {
		_, err = l.conn.Write(append(text, '\n'))
	}
	var ans answer
	if err == nil {
		text, err = readLine(l.in, maxLine)
	}
	if err == nil {
		err = decode(text, &ans)
	}
	if err != nil {
		return answer{}, fmt.Errorf("ask the agent for %s: %w", req.Do, err)
	}
	return ans, nil
}

func (l *line) close() { l.conn.Close() }
