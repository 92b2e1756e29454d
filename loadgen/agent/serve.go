package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zarif/report/history"
)

// Serve is the agent: it waits in dir for a plan, runs its load once and stays to
// be read until ctx ends. Hits in flight at that moment become unresolved, the
// history gets its end with a reason, and those who follow it are given a moment
// to read that: it takes up to 10 s in all, which is what its grace period must
// allow. dir must exist, be writable and hold no history of an earlier
// life. An error means that the history has no end.
func Serve(ctx context.Context, dir string) error { return serve(ctx, dir, startLoad) }

func serve(ctx context.Context, dir string, begin starter) error {
	epoch := time.Now()
	build, err := ownBuildID()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, historyFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s has the history of an earlier life: an agent runs once, give it an empty directory", dir)
	case err != nil:
		return fmt.Errorf("begin the history: %w", err)
	}
	r := newRun(build, epoch, begin)
	r.journal, err = newJournal(file, history.Clock{Source: history.SourceAgent, Epoch: epoch}, r.fail)
	if err != nil {
		file.Close()
		return err
	}
	listener, err := listen(dir)
	if err != nil {
		return errors.Join(err, r.terminate())
	}
	d := &door{run: r, left: make(chan struct{}, 1), open: map[net.Conn]bool{}}
	go d.serve(listener)
	<-ctx.Done()
	err = r.terminate()
	d.linger(lingerFor)
	d.close(listener)
	os.Remove(filepath.Join(dir, socketFile))
	return err
}

// listen makes the socket appear only once it answers.
func listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketFile)
	young := path + ".new"
	if len(young) > maxSocket {
		return nil, fmt.Errorf("the directory's name %q is too long for a socket in it: give one of at most %d bytes", dir, maxSocket-len(socketFile)-len(".new")-1)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: young, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen in %s: %w", dir, err)
	}
	listener.SetUnlinkOnClose(false)
	if err := os.Rename(young, path); err != nil {
		listener.Close()
		return nil, fmt.Errorf("listen in %s: %w", dir, err)
	}
	return listener, nil
}

// A door lets requests in to a run.
type door struct {
	run *run

	mu        sync.Mutex
	open      map[net.Conn]bool
	followers int
	left      chan struct{} // a follower has gone
}

func (d *door) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed: the agent is going
		}
		d.mu.Lock()
		d.open[conn] = true
		d.mu.Unlock()
		go func() {
			d.converse(conn)
			conn.Close()
			d.mu.Lock()
			delete(d.open, conn)
			d.mu.Unlock()
		}()
	}
}

func (d *door) close(listener net.Listener) {
	listener.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for conn := range d.open {
		conn.Close()
	}
}

// converse answers requests until the other end closes, is silent for too long or
// breaks the protocol.
func (d *door) converse(conn net.Conn) {
	in := bufio.NewReader(conn)
	follows := false
	defer func() {
		if follows {
			d.unfollow()
		}
	}()
	for {
		conn.SetDeadline(time.Now().Add(requestWithin))
		line, err := readLine(in, maxRequest)
		if err != nil && !errors.Is(err, errLong) {
			return
		}
		var req request
		if err == nil {
			err = decode(line, &req)
		}
		broken := err != nil
		if broken {
			err = fmt.Errorf("request to the agent: %w", err)
		} else {
			err = d.run.do(req)
		}
		if err == nil && req.Do == doFollow && !follows {
			follows = true
			d.follow()
		}
		conn.SetWriteDeadline(time.Now().Add(answerWithin))
		if writeLine(conn, answer{Status: d.run.status(), Fault: faultOf(err)}) != nil || broken {
			return
		}
	}
}

func (d *door) follow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.followers++
}

func (d *door) unfollow() {
	d.mu.Lock()
	d.followers--
	d.mu.Unlock()
	select {
	case d.left <- struct{}{}:
	default: // linger is told already, and counts for itself
	}
}

// linger waits until nobody follows any more.
func (d *door) linger(limit time.Duration) {
	over := time.NewTimer(limit)
	defer over.Stop()
	for {
		d.mu.Lock()
		n := d.followers
		d.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-d.left:
		case <-over.C:
			return
		}
	}
}
