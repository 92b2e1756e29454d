package supervisor

import (
	"encoding/json"
	"os"
	"sync"
	"syscall"
)

// supervision is one run, as its supervisor sees it.
type supervision struct {
	children *children
	forks    forker
	run      startRequest
	null     *os.File
	main     *child

	mu      sync.Mutex // guards the fields below
	replies *json.Encoder
	execs   map[uint64]chan struct{} // closed when the exec is cancelled
}

// supervise does one run: what the first request says, until its main process has ended
// or nobody is left to answer to, or its keeper has gone (nil where it has none).
func supervise(chld <-chan os.Signal, keeperGone <-chan struct{}) int {
	s := &supervision{
		children: newChildren(chld), forks: newForker(),
		replies: json.NewEncoder(os.Stdout), execs: map[uint64]chan struct{}{},
	}
	requests := json.NewDecoder(os.Stdin)
	var first request
	if err := requests.Decode(&first); err != nil || first.Start == nil {
		return 0 // whoever started this process has gone
	}
	s.run = *first.Start
	if err := s.start(); err != nil {
		s.reply(reply{ID: first.ID, Fault: faultOf(err)})
		return 0
	}
	s.reply(reply{ID: first.ID, PID: s.main.pid})
	alone := make(chan struct{})
	go func() {
		defer close(alone)
		s.serve(requests)
	}()
	select {
	case <-s.main.ended:
	case <-alone:
	case <-keeperGone:
	}
	s.children.signal(s.main, syscall.SIGKILL)
	left := killAll(s.children, s.main.pid)
	select {
	case <-s.main.ended:
		code, sig := exitOf(s.main.status)
		s.reply(reply{Exit: &exitReply{Code: code, Signal: sig, At: s.main.at}})
	default:
	}
	if left != nil {
		s.reply(reply{Left: left})
	}
	return 0
}

// start starts the main process.
func (s *supervision) start() (err error) {
	if s.null, err = os.Open(os.DevNull); err != nil {
		return err
	}
	output := os.NewFile(fdOutput, "output")
	defer output.Close() // ours would keep its reader from ever seeing EOF
	if s.run.Isolate {
		s.main, err = s.startIsolated(output)
		return err
	}
	if err := adoptOrphans(); err != nil {
		return err
	}
	s.main, err = s.fork(s.run.Argv, output, besideAttr())
	return err
}

// serve answers requests until the pipe ends.
func (s *supervision) serve(requests *json.Decoder) {
	for {
		var q request
		if requests.Decode(&q) != nil {
			return
		}
		switch {
		case q.Signal != 0:
			a := reply{ID: q.ID}
			if err := s.children.signal(s.main, q.Signal); err != nil {
				a.Fault = faultOf(err)
			}
			s.reply(a)
		case q.Exec != nil:
			cancelled := make(chan struct{})
			s.mu.Lock()
			s.execs[q.ID] = cancelled
			s.mu.Unlock()
			go s.exec(q, cancelled)
		case q.Cancel != 0:
			s.cancel(q.Cancel)
		}
	}
}

// cancel ends an exec, unless that has ended by itself.
func (s *supervision) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancelled, ok := s.execs[id]; ok {
		close(cancelled)
		delete(s.execs, id)
	}
}

// reply tells the other end, if that is still there.
func (s *supervision) reply(a reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies.Encode(a)
}
