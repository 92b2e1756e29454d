package supervisor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
)

// Start begins a run and returns once its program executes, or with why it does not:
// a *StartError about the program, an *IsolationError about the machine, or another
// error about the supervisor itself. The context bounds the start alone.
func Start(ctx context.Context, c Config) (*Run, error) {
	if c.Output != nil {
		defer c.Output.Close()
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start %q: %w", c.Argv[0], err)
	}
	c, err := c.resolve()
	if err != nil {
		return nil, err
	}
	mode, userns, err := modeFor(c.Isolate)
	if err != nil {
		return nil, err
	}
	r, err := launch(c, mode)
	if err != nil {
		return nil, fmt.Errorf("start the supervisor %s: %w", c.Binary, err)
	}
	giveUp := context.AfterFunc(ctx, func() { r.stdin.Close() })
	answer, err := r.call(ctx, request{Start: &startRequest{
		Argv: c.Argv, Env: c.Env, Dir: c.Dir, Isolate: c.Isolate, Userns: userns,
	}})
	if giveUp() && err == nil {
		r.pid = answer.PID
		return r, nil
	}
	left := r.Close()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("start %q: %w", c.Argv[0], ctx.Err())
	case errors.Is(err, errLost):
		err = left
	}
	return nil, err
}

// launch starts the supervisor, which waits for its first request.
func launch(c Config, mode string) (*Run, error) {
	cmd := exec.Command(c.Binary, mode)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment, &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = append(cmd.ExtraFiles, c.Output)
	said := &head{limit: 4 << 10}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, stdin.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &Run{
		cmd: cmd, said: said, stdin: stdin, requests: json.NewEncoder(stdin),
		calls: map[uint64]chan reply{}, done: make(chan struct{}),
	}
	go r.listen(stdout)
	return r, nil
}

// head keeps the first bytes written to it and takes the rest.
type head struct {
	mu    sync.Mutex
	limit int
	kept  bytes.Buffer
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept.Write(p[:min(len(p), h.limit-h.kept.Len())])
	return len(p), nil
}

func (h *head) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.kept.Bytes())
}
