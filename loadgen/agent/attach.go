package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// AttachConfig is where to begin to read an agent's history.
type AttachConfig struct {
	Dir  string // the agent's
	From int64  // byte of the history, at the beginning of a line
}

// Validate checks the fields.
func (c AttachConfig) Validate() error {
	if c.Dir == "" {
		return errors.New("dir: want the agent's directory")
	}
	if c.From < 0 {
		return fmt.Errorf("from: %d, want the offset of a line", c.From)
	}
	return nil
}

// Attach says hello on stdout, answers the clock exchange that arrives on stdin and
// then copies the history from c.From until its end has been copied. It also ends,
// with an error, when the other side is gone: stdin at its end, or silent for too
// long. (A process that was started by exec is not ended by the loss of its stream.)
// Stdin is read by a goroutine that only ends with it.
func Attach(ctx context.Context, c AttachConfig, stdin io.Reader, stdout io.Writer) error {
	if err := c.Validate(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &attachment{words: listenTo(ctx, stdin), out: stdout, lease: leaseFor}
	err := a.hello(ctx, c)
	if err == nil {
		defer a.agent.close()
		defer a.file.Close()
		err = a.exchange(ctx)
	}
	if err != nil {
		writeLine(stdout, frame{Fault: faultOf(err)}) // may be gone: the error says why
		return err
	}
	return a.copy(ctx, c.From)
}

// An attachment is one reader of the history.
type attachment struct {
	words <-chan heard
	out   io.Writer
	lease time.Duration // how long the reader may be silent
	agent *line
	file  *os.File
}

// heard is a word that arrived, or why none will any more.
type heard struct {
	word word
	err  error
}

func listenTo(ctx context.Context, stdin io.Reader) <-chan heard {
	words := make(chan heard)
	go func() {
		in := bufio.NewReader(stdin)
		for {
			var h heard
			text, err := readLine(in, maxLine)
			if h.err = err; err == nil {
				h.err = decode(text, &h.word)
			}
			select {
			case words <- h:
			case <-ctx.Done():
				return
			}
			if h.err != nil {
				return
			}
		}
	}()
	return words
}

// hello finds the agent and its history, and says what they are.
func (a *attachment) hello(ctx context.Context, c AttachConfig) (err error) {
	if a.agent, err = dial(ctx, c.Dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			a.agent.close()
		}
	}()
	ans, err := a.ask(doFollow)
	if err != nil {
		return err
	}
	if a.file, err = openAt(filepath.Join(c.Dir, historyFile), c.From); err != nil {
		return err
	}
	if err := writeLine(a.out, frame{Hello: ans.Status}); err != nil {
		a.file.Close()
		return fmt.Errorf("say hello: %w", err)
	}
	return nil
}

// ask is ErrLost when the agent has gone: it was there when this began. One that
// is only slow is not lost.
func (a *attachment) ask(do string) (answer, error) {
	ans, err := a.agent.ask(request{Do: do})
	if err == nil {
		err = ans.Fault.err()
	}
	if err == nil && ans.Status == nil {
		err = errors.New("an answer without a status")
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return answer{}, err
	case err != nil:
		return answer{}, fmt.Errorf("%w: %w", ErrLost, err)
	}
	return ans, nil
}

// exchange answers each ping with the agent's time, until it is told to go on.
func (a *attachment) exchange(ctx context.Context) error {
	over := time.NewTimer(a.lease)
	defer over.Stop()
	for {
		select {
		case h := <-a.words:
			if h.err != nil {
				return fmt.Errorf("clock exchange: %w", h.err)
			}
			if h.word.Go {
				return nil
			}
			ans, err := a.ask(doStatus)
			if err != nil {
				return err
			}
			if err := writeLine(a.out, frame{Pong: &pong{Ping: h.word.Ping, Now: ans.Status.Now}}); err != nil {
				return fmt.Errorf("clock exchange: %w", err)
			}
		case <-over.C:
			return fmt.Errorf("clock exchange: not over within %s", a.lease)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// copy follows the history to its end.
func (a *attachment) copy(ctx context.Context, from int64) error {
	tail := tail{file: a.file, at: from, buf: make([]byte, 4*maxLine)}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	beat := time.Now()
	// Polls, not time: while a slow reader holds up a write, its words wait unread.
	for silent := 0; ; {
		n, end, err := tail.copy(a.out)
		if err != nil || end {
			return err
		}
		now := time.Now()
		if n > 0 {
			beat = now
		} else if now.Sub(beat) >= beatEvery {
			beat = now
			if err := a.beat(&tail); err != nil {
				return err
			}
		}
		select {
		case <-poll.C:
			if silent++; silent >= int(a.lease/pollEvery) {
				return fmt.Errorf("no sign of the reader for %s", a.lease)
			}
		case h := <-a.words:
			if h.err != nil {
				return fmt.Errorf("the reader is gone: %w", h.err)
			}
			silent = 0
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// beat tells the reader that there is nothing to tell, once the agent has shown
// that it is alive. One that is not has left all it will ever write.
func (a *attachment) beat(tail *tail) error {
	ans, err := a.ask(doStatus)
	if err == nil && ans.Status.State == StateFailed {
		err = fmt.Errorf("%w: %s", ErrLost, ans.Status.Reason)
	}
	if err != nil {
		_, end, cerr := tail.copy(a.out)
		if end {
			return cerr
		}
		return errors.Join(err, cerr)
	}
	if _, err := a.out.Write([]byte{'\n'}); err != nil {
		return fmt.Errorf("write to the reader: %w", err)
	}
	return nil
}
