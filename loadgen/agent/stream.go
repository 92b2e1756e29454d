package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zarif/report/history"
)

var (
	errBroken = errors.New("the stream broke")
	errSilent = errors.New("nothing moved")
)

// A stream is the harness's end of one attach. Nothing on it takes longer than
// silence. For one goroutine.
type stream struct {
	silence time.Duration
	cancel  context.CancelFunc
	in      *bufio.Reader // what attach writes
	out     *io.PipeReader
	outEnd  *io.PipeWriter
	say     *io.PipeWriter // what attach reads
	sayEnd  *io.PipeReader
	stderr  *capped
	ran     chan error // the command's end
	stop    chan struct{}
}

func openStream(ctx context.Context, run Exec, argv []string, silence time.Duration) *stream {
	ctx, cancel := context.WithCancel(ctx)
	s := &stream{
		silence: silence, cancel: cancel, stderr: &capped{limit: 4096},
		ran: make(chan error, 1), stop: make(chan struct{}),
	}
	s.out, s.outEnd = io.Pipe()
	s.sayEnd, s.say = io.Pipe()
	s.in = bufio.NewReaderSize(watched{s}, maxLine)
	go func() {
		err := run(ctx, argv, s.sayEnd, s.outEnd, s.stderr)
		s.outEnd.Close()
		s.sayEnd.Close()
		s.ran <- err
	}()
	return s
}

// close ends the command if it has not ended and returns what it ended with.
func (s *stream) close() error {
	close(s.stop)
	s.say.Close()
	s.out.Close()
	s.cancel()
	late := time.NewTimer(s.silence)
	defer late.Stop()
	select {
	case err := <-s.ran:
		if err != nil {
			return fmt.Errorf("attach: %w%s", err, s.stderr.remark())
		}
		return nil
	case <-late.C:
		return fmt.Errorf("attach: still running %s after it was cancelled", s.silence)
	}
}

// watched reads with a limit to how long nothing may come.
type watched struct{ s *stream }

func (w watched) Read(p []byte) (int, error) {
	late := time.AfterFunc(w.s.silence, func() { w.s.outEnd.CloseWithError(errSilent) })
	defer late.Stop()
	return w.s.out.Read(p)
}

// line is the next whole line of attach, with its newline. What there is of a line
// when the stream breaks is dropped: it is asked for again.
func (s *stream) line() ([]byte, error) {
	line, err := readLine(s.in, maxLine)
	switch {
	case errors.Is(err, errLong):
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return line, nil
}

func (s *stream) frame() (frame, error) {
	var f frame
	line, err := s.line()
	if err != nil {
		return f, err
	}
	if err := decode(line, &f); err != nil {
		return f, fmt.Errorf("frame %.80q: %w", line, err)
	}
	return f, f.Fault.err()
}

func (s *stream) hello() (Status, error) {
	f, err := s.frame()
	if err == nil && f.Hello == nil {
		err = errors.New("attach did not say hello")
	}
	if err != nil {
		return Status{}, err
	}
	return *f.Hello, nil
}

// ping is one round of the clock exchange.
func (s *stream) ping(n uint64) (history.Micros, error) {
	if err := s.tell(word{Ping: n}); err != nil {
		return 0, err
	}
	f, err := s.frame()
	if err == nil && (f.Pong == nil || f.Pong.Ping != n) {
		err = fmt.Errorf("ping %d was not answered", n)
	}
	if err != nil {
		return 0, err
	}
	return f.Pong.Now, nil
}

// goOn ends the exchange; from then on attach is told once in a while that somebody
// reads it. That also lets an Exec that copies to a process notice its end.
func (s *stream) goOn() error {
	if err := s.tell(word{Go: true}); err != nil {
		return err
	}
	go func() {
		beat := time.NewTicker(beatEvery)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				if writeLine(s.say, word{Alive: true}) != nil {
					return
				}
			case <-s.stop:
				return
			}
		}
	}()
	return nil
}

func (s *stream) tell(w word) error {
	late := time.AfterFunc(s.silence, func() { s.sayEnd.CloseWithError(errSilent) })
	defer late.Stop()
	if err := writeLine(s.say, w); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}
