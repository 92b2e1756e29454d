package supervisor

import (
	"io"
	"os"
	"time"
)

// drainLimit is how long output is awaited from a program that has ended but left
// something running that holds its stdout.
const drainLimit = 100 * time.Millisecond

// exec runs another program beside the main process, and replies when it has ended.
func (s *supervision) exec(q request, cancelled <-chan struct{}) {
	defer s.cancel(q.ID)
	a := reply{ID: q.ID}
	defer func() { s.reply(a) }()
	output, theirs, err := os.Pipe()
	if err != nil {
		a.Fault = faultOf(err)
		return
	}
	defer output.Close()
	started, err := s.startBeside(q.Exec, theirs)
	theirs.Close()
	if err != nil {
		a.Fault = faultOf(err)
		return
	}
	kept, drained := &head{limit: MaxOutput}, make(chan struct{})
	go func() {
		defer close(drained)
		io.Copy(kept, output)
	}()
	select {
	case <-started.ended:
	case <-cancelled:
		a.Cut = true
		s.killTree(started)
		<-started.ended
	}
	select {
	case <-drained:
	case <-time.After(drainLimit):
	}
	a.Code, _ = exitOf(started.status)
	a.Output = kept.bytes()
}

// startBeside starts a program in the container that the main process is.
func (s *supervision) startBeside(argv []string, output *os.File) (*child, error) {
	select {
	case <-s.main.ended:
		return nil, os.ErrProcessDone
	default:
	}
	attr := besideAttr()
	if s.run.Isolate {
		attr = insideAttr()
	}
	started, err := s.fork(argv, output, attr)
	if err != nil && s.run.Isolate && s.dead() {
		return nil, os.ErrProcessDone // a PID namespace without its PID 1 takes nobody in
	}
	return started, err
}
