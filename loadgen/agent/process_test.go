package agent

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zarif/report/history"
)

// A pod is an agent in a process of its own, as a container would run it.
type pod struct {
	t      *testing.T
	dir    string
	client *Client
	serve  *exec.Cmd
	stderr bytes.Buffer

	attaches chan int // pids
}

// buildDir is where buildAgent puts it.
var buildDir string

// buildAgent builds zarif-agent as its image does, once. Where the payload's is as it
// would be now, Go keeps that.
var buildAgent = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "zarif-agent")
	if payload, err := os.ReadFile("../../cmd/zarif/payload/bin/zarif-agent"); err == nil {
		_ = os.WriteFile(path, payload, 0o755)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, "zarif/cmd/zarif-agent")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "agent-build"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

func runPod(t *testing.T) *pod {
	t.Helper()
	binary, err := buildAgent()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	p := &pod{t: t, dir: shortDir(t), attaches: make(chan int, 100)}
	p.client = &Client{Exec: p.exec, Binary: binary, Dir: p.dir, Build: BuildID(content)}
	p.serve = exec.Command(binary, "serve", "--dir", p.dir)
	p.serve.Stderr = &p.stderr
	if err := p.serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.serve.ProcessState == nil {
			p.serve.Process.Kill()
			p.serve.Wait()
		}
	})
	return p
}

// exec runs a command the way os/exec does by default: it waits for its standard
// input to be copied, even when the process has gone.
func (p *pod) exec(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	if argv[1] == "attach" {
		p.attaches <- cmd.Process.Pid
	}
	return cmd.Wait()
}

// signal is what ends the pod, and returns how it exited.
func (p *pod) signal(sig syscall.Signal) *os.ProcessState {
	p.t.Helper()
	if err := p.serve.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
	p.serve.Wait()
	return p.serve.ProcessState
}

// A target counts the hits it answered, and answers none while it stalls.
type target struct {
	*httptest.Server
	answered atomic.Int64
	waiting  atomic.Int64
	stalls   atomic.Bool
}

func newTarget(t *testing.T) *target {
	g := &target{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.stalls.Load() {
			g.waiting.Add(1)
			<-r.Context().Done()
			return
		}
		g.answered.Add(1)
		w.Header().Set(history.PodHeader, "pod-a")
		io.WriteString(w, "hello")
	}))
	t.Cleanup(g.Close)
	return g
}

func TestProcessLosesNoRecordWhenItsReaderIsKilled(t *testing.T) {
	t.Parallel()
	target, p := newTarget(t), runPod(t)
	g, done := follow(t, p.client)
	if err := p.client.Start(t.Context(), testPlan(target.URL+"/")); err != nil {
		t.Fatal(err)
	}
	const kills = 2
	for range kills {
		pid := <-p.attaches
		g.await(t, len(g.all())+40) // this one has copied something
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	g.await(t, len(g.all())+40)
	if err := p.client.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantStream(t, g, target.answered.Load())
	wantSameAsFile(t, g, p.dir)
	if state := p.signal(syscall.SIGTERM); state.ExitCode() != 0 {
		t.Fatalf("the agent ended with %s: %s", state, p.stderr.String())
	}
}

// wantStream wants every hit that was scheduled once, ok unless a busy machine
// missed it.
func wantStream(t *testing.T, g *got, answered int64) {
	t.Helper()
	end := g.last(t)
	if end.Reason != "" || len(end.Streams) != 1 || end.Streams[0].Stream != 3 {
		t.Fatalf("end %+v", end)
	}
	times := map[uint64]int{}
	for _, seq := range g.seqs() {
		times[seq]++
	}
	for seq := range end.Streams[0].Scheduled {
		if times[seq] != 1 {
			t.Errorf("hit %d came %d times", seq, times[seq])
		}
	}
	var ok, missed int64
	for _, r := range g.all() {
		switch {
		case r.Hit == nil:
		case r.Hit.Cause == history.OK && r.Hit.Pod == "pod-a":
			ok++
		case r.Hit.Cause == history.Missed:
			missed++
		}
	}
	if n := int64(end.Streams[0].Scheduled); ok+missed != n || answered != ok || len(times) != int(n) {
		t.Errorf("%d hits scheduled, %d different ones came, %d ok, %d missed, the server answered %d", n, len(times), ok, missed, answered)
	}
}

// wantSameAsFile wants what was handed over to be the file line by line, but for the clock.
func wantSameAsFile(t *testing.T, g *got, dir string) {
	t.Helper()
	lines, all := historyOf(t, dir), g.all()
	if len(lines) != len(all) {
		t.Fatalf("%d lines in the file, %d records handed over", len(lines), len(all))
	}
	for i, line := range lines[1:] {
		if got := text(all[i+1]); strings.TrimSpace(got) != strings.TrimSpace(line) {
			t.Fatalf("record %d is %s, in the file %s", i+1, got, line)
		}
	}
}

func TestProcessIsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	target, p := newTarget(t), runPod(t)
	g, done := follow(t, p.client)
	if err := p.client.Start(t.Context(), testPlan(target.URL+"/")); err != nil {
		t.Fatal(err)
	}
	g.await(t, 50)
	p.signal(syscall.SIGKILL)
	err := <-done
	mustBe(t, err, ErrLost)
	if !strings.Contains(err.Error(), "records") {
		t.Errorf("error %q does not say how many records came", err)
	}
	file, err := os.ReadFile(filepath.Join(p.dir, historyFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(file, []byte("\n"))
	if n := len(g.all()); n != lines || n < 50 {
		t.Errorf("%d records came, the agent wrote %d whole lines", n, lines)
	}
	for _, r := range g.all() {
		if r.End != nil || r.Hit != nil && r.Hit.Cause.Dropped() {
			t.Errorf("record %+v", r)
		}
	}
	mustBe(t, p.client.End(t.Context()), ErrLost)
}

func TestProcessIsTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			target, p := newTarget(t), runPod(t)
			target.stalls.Store(true)
			g, done := follow(t, p.client)
			if err := p.client.Start(t.Context(), testPlan(target.URL+"/")); err != nil {
				t.Fatal(err)
			}
			for target.waiting.Load() < 20 {
				time.Sleep(5 * time.Millisecond)
			}
			if state := p.signal(sig); state.ExitCode() != 0 {
				t.Fatalf("the agent ended with %s: %s", state, p.stderr.String())
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			end, unresolved := g.last(t), 0
			for _, r := range g.all() {
				if r.Hit != nil && r.Hit.Cause == history.Unresolved {
					unresolved++
				}
			}
			if end.Reason != ReasonInterrupted || len(end.Streams) != 1 || end.Streams[0].Scheduled != uint64(len(g.seqs())) {
				t.Errorf("end %+v after %d hits", end, len(g.seqs()))
			}
			if unresolved < 20 {
				t.Errorf("%d hits unresolved, want the 20 that were in flight", unresolved)
			}
		})
	}
}

func TestProcessAbortsAndRefuses(t *testing.T) {
	t.Parallel()
	target, p := newTarget(t), runPod(t)
	target.stalls.Store(true)
	g, done := follow(t, p.client)
	other := *p.client
	other.Build = BuildID([]byte("another"))
	mustBe(t, other.Start(t.Context(), testPlan(target.URL+"/")), ErrBuild)
	mustBe(t, other.Follow(t.Context(), func(history.Record) {}), ErrBuild)
	bad := testPlan(target.URL + "/")
	bad.Streams[0].Rate = -1
	mustBe(t, p.client.Start(t.Context(), bad), ErrBadPlan)

	if err := p.client.Start(t.Context(), testPlan(target.URL+"/")); err != nil {
		t.Fatal(err)
	}
	mustBe(t, p.client.Start(t.Context(), testPlan(target.URL+"/")), ErrSecondPlan)
	for target.waiting.Load() < 5 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := p.client.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if end := g.last(t); end.Reason != ReasonAborted {
		t.Errorf("end %+v", end)
	}
	if s := awaitState(t, p.client, StateEnded); s.Records != uint64(len(g.all())-1) {
		t.Errorf("status %+v after %d records", s, len(g.all()))
	}
}

func TestProcessTellsTheTime(t *testing.T) {
	t.Parallel()
	p := runPod(t)
	g, done := follow(t, p.client)
	g.await(t, 1)
	asked := time.Now()
	s, err := p.client.Status(t.Context())
	answered := time.Now()
	if err != nil {
		t.Fatal(err)
	}
	c := g.all()[0].Clock
	// Both clocks are this machine's.
	if c.Offset.Abs() > c.Uncertainty || c.Uncertainty <= 0 || c.Uncertainty > time.Second {
		t.Errorf("offset %s, give or take %s, want none", c.Offset, c.Uncertainty)
	}
	if now := c.Epoch.Add(s.Now.Duration()); now.Before(asked.Add(-time.Millisecond)) || now.After(answered.Add(time.Millisecond)) {
		t.Errorf("its time was %s, asked at %s, answered at %s", now, asked, answered)
	}
	t.Logf("offset %s, give or take %s", c.Offset, c.Uncertainty)
	p.signal(syscall.SIGTERM)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
