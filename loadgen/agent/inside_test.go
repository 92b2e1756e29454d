package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zarif/loadgen"
	"zarif/report/history"
)

// An inside is an agent in this process whose load is the test itself.
type inside struct {
	t      *testing.T
	dir    string
	client *Client
	load   *scripted
	stop   context.CancelFunc
	served chan error
}

func serveInside(t *testing.T) *inside {
	t.Helper()
	build, err := ownBuildID()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	in := &inside{t: t, dir: shortDir(t), load: newScripted(), stop: stop, served: make(chan error, 1)}
	in.client = &Client{Exec: execInside, Binary: "zarif-agent", Dir: in.dir, Build: build}
	go func() { in.served <- serve(ctx, in.dir, in.load.begin) }()
	t.Cleanup(func() {
		stop()
		select {
		case <-in.served:
		case <-time.After(20 * time.Second):
			t.Error("the agent did not end")
		}
	})
	return in
}

// begin hands over a plan and returns once the load has begun.
func (in *inside) begin() {
	in.t.Helper()
	if err := in.client.Start(in.t.Context(), testPlan("http://127.0.0.1:1/")); err != nil {
		in.t.Fatal(err)
	}
}

// ended stops the agent and returns what Serve did.
func (in *inside) ended() error {
	in.stop()
	err := <-in.served
	in.served <- err
	return err
}

// shortDir is a directory whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// execInside runs zarif-agent's commands in this process.
func execInside(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
	value := func(name string) string {
		for i, a := range argv[:len(argv)-1] {
			if a == name {
				return argv[i+1]
			}
		}
		return ""
	}
	switch argv[1] {
	case "tell":
		return Tell(ctx, TellConfig{Dir: value("--dir"), Build: value("--build"), Do: argv[len(argv)-1]}, stdin, stdout)
	case "attach":
		from, err := strconv.ParseInt(value("--from"), 10, 64)
		if err != nil {
			return err
		}
		return Attach(ctx, AttachConfig{Dir: value("--dir"), From: from}, stdin, stdout)
	}
	return fmt.Errorf("no such command: %q", argv)
}

// scripted is a load that does what the test says.
type scripted struct {
	began  chan loadgen.Config
	refuse error // by begin
	ctx    context.Context
	ending chan struct{}
	once   sync.Once
	drain  chan struct{} // hits in flight end when it is closed
	stuck  chan struct{} // if set, Wait only returns when it is closed
}

func newScripted() *scripted {
	return &scripted{began: make(chan loadgen.Config, 1), ending: make(chan struct{}), drain: make(chan struct{})}
}

func (s *scripted) begin(ctx context.Context, c loadgen.Config) (load, error) {
	if s.refuse != nil {
		return nil, s.refuse
	}
	s.ctx = ctx
	s.began <- c
	return s, nil
}

func (s *scripted) End() { s.once.Do(func() { close(s.ending) }) }

func (s *scripted) Wait() []history.StreamEnd {
	if s.stuck != nil {
		<-s.stuck
	}
	select {
	case <-s.ctx.Done():
	case <-s.ending:
		select {
		case <-s.ctx.Done():
		case <-s.drain:
		}
	}
	return []history.StreamEnd{{Stream: 3, Scheduled: 7}}
}

func testStream(url string) history.Stream {
	return history.Stream{
		ID: 3, Name: "fresh", Source: history.SourceAgent, Vantage: history.VantageService, URL: url, Method: "GET",
		Connection: history.Fresh, Retry: history.RetryNone, Rate: 200,
		ConnectTimeout: 5 * time.Second, ResponseTimeout: 10 * time.Second,
	}
}

func testPlan(url string) Plan {
	return Plan{Streams: []history.Stream{testStream(url)}, Seed: 1<<63 + 7}
}

func testHit(n int) history.Record {
	return history.Record{Hit: &history.Hit{Stream: 3, Seq: uint64(n), At: history.Micros(n * 5000), Done: history.Micros(n*5000 + 42), Cause: history.OK}}
}

// A got is what Follow handed over. Safe for concurrent use.
type got struct {
	mu      sync.Mutex
	records []history.Record
	grew    chan struct{}
}

func newGot() *got { return &got{grew: make(chan struct{}, 1)} }

func (g *got) sink(r history.Record) {
	g.mu.Lock()
	g.records = append(g.records, r)
	g.mu.Unlock()
	select {
	case g.grew <- struct{}{}:
	default:
	}
}

func (g *got) all() []history.Record {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]history.Record(nil), g.records...)
}

// await blocks until n records came.
func (g *got) await(t *testing.T, n int) {
	t.Helper()
	late := time.After(20 * time.Second)
	for len(g.all()) < n {
		select {
		case <-g.grew:
		case <-late:
			t.Fatalf("%d records came, want %d", len(g.all()), n)
		}
	}
}

// seqs are the numbers of the hits, in the order in which they came.
func (g *got) seqs() (seqs []uint64) {
	for _, r := range g.all() {
		if r.Hit != nil {
			seqs = append(seqs, r.Hit.Seq)
		}
	}
	return seqs
}

// last is the End that came, which must be the last record.
func (g *got) last(t *testing.T) history.End {
	t.Helper()
	all := g.all()
	if len(all) == 0 || all[len(all)-1].End == nil {
		t.Fatalf("the last of %d records is no End", len(all))
	}
	return *all[len(all)-1].End
}

// follow runs Follow beside the test.
func follow(t *testing.T, c *Client) (*got, <-chan error) {
	t.Helper()
	g, done := newGot(), make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	go func() { done <- c.Follow(ctx, g.sink) }()
	return g, done
}

// awaitState polls the agent until it is in a state.
func awaitState(t *testing.T, c *Client, state string) Status {
	t.Helper()
	var s Status
	var err error
	for range 500 {
		if s, err = c.Status(t.Context()); err == nil && s.State == state {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("status %+v, error %v; want state %s", s, err, state)
	return s
}

// historyOf reads the file as it is.
func historyOf(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, historyFile))
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
}

func mustBe(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want one that is %q", err, target)
	}
}
