package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zarif/report/history"
)

// cut lets frames through and breaks after so many bytes of the history.
type cut struct {
	out  io.Writer
	room int
}

func (c *cut) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte(`{"hello"`)) || bytes.HasPrefix(p, []byte(`{"pong"`)) {
		return c.out.Write(p)
	}
	n := min(len(p), c.room)
	c.room -= n
	if w, err := c.out.Write(p[:n]); err != nil || n == len(p) {
		return w, err
	}
	return n, errors.New("cut")
}

func TestEveryRecordComesOnceWhereverTheStreamBreaks(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			in := serveInside(t)
			in.begin()
			put := (<-in.load.began).Put
			const n = 60
			for i := range n / 2 {
				put(testHit(i))
			}
			random, attaches := rand.New(rand.NewPCG(seed, 0)), 0
			in.client.Exec = func(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
				if argv[1] == "attach" {
					attaches++
					stdout = &cut{out: stdout, room: random.IntN(500)}
				}
				return execInside(ctx, argv, stdin, stdout, stderr)
			}
			g, done := follow(t, in.client)
			g.await(t, n/4)
			for i := n / 2; i < n; i++ {
				put(testHit(i))
			}
			close(in.load.drain)
			if err := in.client.End(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			wantAll(t, g, n)
			if attaches < 5 {
				t.Errorf("the stream broke %d times: nothing was shown", attaches-1)
			}
		})
	}
}

// wantAll wants the clock, hits 0 to n-1 and an end.
func wantAll(t *testing.T, g *got, n int) {
	t.Helper()
	all := g.all()
	if len(all) != n+2 || all[0].Clock == nil {
		t.Fatalf("%d records, want the clock, %d hits and the end", len(all), n)
	}
	for i := range n {
		if want := testHit(i); !reflect.DeepEqual(all[i+1], want) {
			t.Fatalf("record %d is %+v, want %+v", i+1, all[i+1].Hit, want.Hit)
		}
	}
	if end := g.last(t); end.Records != uint64(n+1) {
		t.Fatalf("end %+v after %d records", end, n+1)
	}
}

// An attach that is played: hello, the exchange, and then this text.
type play struct {
	status  Status
	text    string
	beats   int // after it
	every   time.Duration
	after   string // the beats
	stall   bool   // stay silent then
	noHello bool
}

func (p play) client() *Client { return &Client{Exec: p.exec, Binary: "x", Dir: "x", Build: "b"} }

// played is a subtest in which time passes only where all wait.
func played(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func (p play) exec(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var from int
	fmt.Sscan(argv[len(argv)-1], &from)
	if p.noHello {
		<-ctx.Done()
		return ctx.Err()
	}
	writeLine(stdout, frame{Hello: &p.status})
	dec := json.NewDecoder(stdin)
	for {
		var w word
		if err := dec.Decode(&w); err != nil {
			return err
		}
		if w.Go {
			break
		}
		writeLine(stdout, frame{Pong: &pong{Ping: w.Ping, Now: 1}})
	}
	io.WriteString(stdout, p.text[min(from, len(p.text)):])
	for range p.beats {
		time.Sleep(p.every)
		io.WriteString(stdout, "\n")
	}
	io.WriteString(stdout, p.after)
	if p.stall {
		<-ctx.Done()
	}
	return nil
}

// text is a history with these records.
func text(records ...history.Record) string {
	var b strings.Builder
	for _, r := range records {
		writeLine(&b, r)
	}
	return b.String()
}

func TestFollowRefusesWhatIsNotAWholeHistory(t *testing.T) {
	clock := testClock()
	first := history.Record{Clock: &clock}
	end := func(n uint64) history.Record {
		return history.Record{End: &history.End{Source: history.SourceAgent, Records: n}}
	}
	other := clock
	other.Epoch = clock.Epoch.Add(time.Second)
	head := text(first, testHit(0))
	tests := []struct {
		name    string
		text    string
		want    error
		says    string
		records int // handed over before the error
	}{
		{"a record too few", head + text(end(3)), ErrCorrupt, "ends after 3 records, 2 were received", 2},
		{"a record too many", head + text(testHit(1), end(2)), ErrCorrupt, "ends after 2 records, 3 were received", 3},
		{"a line that is not JSON", head + "{\"h\":{\"s\":3,\n" + text(testHit(1)), ErrCorrupt, fmt.Sprint("line at byte ", len(head)), 2},
		{"a line with two records", head + strings.Replace(text(testHit(1), testHit(2)), "\n", "", 1), ErrCorrupt, "more than one value", 2},
		{"an unknown field", head + `{"h":{"s":3,"n":1,"zz":1}}` + "\n", ErrCorrupt, "unknown field", 2},
		{"an unknown record", head + `{"hh":{"s":3,"n":1}}` + "\n", ErrCorrupt, "unknown field", 2},
		{"an empty record", head + "{}\n", ErrCorrupt, "exactly one record", 2},
		{"a record of two kinds", head + `{"h":{"s":3,"n":1},"c":{"i":1,"s":3}}` + "\n", ErrCorrupt, "got 2", 2},
		{"a record that no agent writes", head + `{"sv":{"h":"1-1","p":"x","s":1}}` + "\n", ErrCorrupt, "no agent writes", 2},
		{"a line without an end", head + strings.Repeat("x", maxLine+10), ErrCorrupt, "too long", 2},
		{"no clock", text(testHit(0)), ErrCorrupt, "want a clock in the first line", 0},
		{"two clocks", text(first, first), ErrCorrupt, "nowhere else", 1},
		{"a clock of another life", text(history.Record{Clock: &other}), ErrCorrupt, "epoch", 0},
		{"the end of another source", head + text(history.Record{End: &history.End{Source: "pods", Records: 2}}), ErrCorrupt, `end of "pods"`, 2},
		{"something after the end", head + text(end(2), testHit(1)), ErrCorrupt, "after its end", 3},
		{"no end", head, ErrLost, "no sign of it", 2},
		{"half a line and no more", head + `{"h":{"s":3`, ErrLost, "no sign of it", 2},
	}
	for _, tt := range tests {
		played(t, tt.name, func(t *testing.T) {
			p := play{status: Status{Build: "b", Epoch: clock.Epoch, State: StateRunning}, text: tt.text}
			var records int
			err := p.client().Follow(t.Context(), func(history.Record) { records++ })
			mustBe(t, err, tt.want)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
			if records != tt.records {
				t.Errorf("%d records were handed over, want %d", records, tt.records)
			}
		})
	}
}

func TestFollowGivesUp(t *testing.T) {
	clock := testClock()
	head := text(history.Record{Clock: &clock}, testHit(0))
	status := Status{Build: "b", Epoch: clock.Epoch, State: StateRunning}
	failed := status
	failed.State, failed.Reason = StateFailed, "no space left on device"
	tests := []struct {
		name string
		exec Exec
		says string
	}{
		{"on an agent that never answers", play{noHello: true}.exec, "nothing moved"},
		{"on a stream that stalls", play{status: status, text: head, stall: true}.exec, "nothing moved"},
		{"on a command that fails", func(_ context.Context, _ []string, _ io.Reader, _, stderr io.Writer) error {
			io.WriteString(stderr, "container not found\n")
			return errors.New("exit status 1")
		}, "container not found"},
		{"on an agent that failed", play{status: failed, text: head}.exec, "no space left"},
		{"on an agent in its second life", func() Exec {
			calls := 0
			return func(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
				p := play{status: status, text: head}
				if calls++; calls > 1 {
					p.status.Epoch = p.status.Epoch.Add(time.Minute)
				}
				return p.exec(ctx, argv, stdin, stdout, stderr)
			}
		}(), "another one answers"},
	}
	for _, tt := range tests {
		played(t, tt.name, func(t *testing.T) {
			began := time.Now()
			c := play{}.client()
			c.Exec = tt.exec
			err := c.Follow(t.Context(), func(history.Record) {})
			mustBe(t, err, ErrLost)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
			if took := time.Since(began); took > 2*defaultPatience {
				t.Errorf("it took %s", took)
			}
		})
	}
	played(t, "when told to", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var records int
		err := play{status: status, text: head, stall: true}.client().Follow(ctx, func(r history.Record) {
			if records++; r.Hit != nil {
				cancel()
			}
		})
		mustBe(t, err, context.Canceled)
		if records != 2 {
			t.Errorf("%d records, want 2", records)
		}
	})
}

func TestFollowGoesOnWhileThereAreSignsOfLife(t *testing.T) {
	clock := testClock()
	p := play{
		status: Status{Build: "b", Epoch: clock.Epoch, State: StateRunning},
		text:   text(history.Record{Clock: &clock}),
		beats:  600,
		after:  text(testHit(0), history.Record{End: &history.End{Source: history.SourceAgent, Records: 2}}),
	}
	for _, every := range []time.Duration{beatEvery, defaultPatience/3 - time.Second} {
		played(t, every.String(), func(t *testing.T) {
			p := p
			p.every = every
			g, began := newGot(), time.Now()
			if err := p.client().Follow(t.Context(), g.sink); err != nil {
				t.Fatal(err)
			}
			wantAll(t, g, 1)
			if took := time.Since(began); took != 600*every {
				t.Errorf("it took %s, want %s without a break", took, 600*every)
			}
		})
	}
}

func TestAttachGivesSignsOfLife(t *testing.T) {
	t.Parallel()
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	s := openStream(t.Context(), execInside, []string{"zarif-agent", "attach", "--dir", in.dir, "--from", "0"}, 10*time.Second)
	defer s.close()
	if _, err := s.hello(); err != nil {
		t.Fatal(err)
	}
	if err := s.goOn(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"clock":`, "\n", "\n"} {
		if line, err := s.line(); err != nil || !strings.HasPrefix(string(line), want) {
			t.Fatalf("line %q, %v; want %q", line, err, want)
		}
	}
}

func TestAttachFromWhereNoLineBegins(t *testing.T) {
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	for _, from := range []int64{1, 1 << 40} {
		var out bytes.Buffer
		err := Attach(t.Context(), AttachConfig{Dir: in.dir, From: from}, strings.NewReader(""), &out)
		mustBe(t, err, ErrCorrupt)
		var f frame
		if err := decode(out.Bytes(), &f); err != nil || !errors.Is(f.Fault.err(), ErrCorrupt) {
			t.Errorf("from %d: frame %q, %v", from, out.String(), err)
		}
	}
}

func TestAttachEndsWithItsReader(t *testing.T) {
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	err := Attach(t.Context(), AttachConfig{Dir: in.dir}, strings.NewReader(`{"ping":1}`+"\n"+`{"go":true}`+"\n"), io.Discard)
	mustBe(t, err, io.EOF)
}

// What the agent wrote between the last look at the file and its death comes too.
func TestAttachCopiesAllThatADeadAgentLeft(t *testing.T) {
	dir := shortDir(t)
	mine, theirs := net.Pipe()
	theirs.Close()
	left := text(testHit(0), testHit(1))
	if err := os.WriteFile(filepath.Join(dir, historyFile), []byte(left+`{"h":`), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := openAt(filepath.Join(dir, historyFile), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	a := &attachment{out: &out, agent: &line{conn: mine, in: bufio.NewReader(mine)}, file: file}
	mustBe(t, a.beat(&tail{file: file, buf: make([]byte, maxLine)}), ErrLost)
	if out.String() != left {
		t.Errorf("copied %q, want %q", out.String(), left)
	}
}

func TestAttachEndsWithoutASignOfItsReader(t *testing.T) {
	tests := []struct {
		name string
		wait func(a *attachment, ctx context.Context) error
	}{
		{"in the exchange", (*attachment).exchange},
		{"in the copy", func(a *attachment, ctx context.Context) error { return a.copy(ctx, 0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := serveInside(t)
			awaitState(t, in.client, StateIdle)
			a := &attachment{words: make(chan heard), out: io.Discard, lease: 100 * time.Millisecond}
			if err := a.hello(t.Context(), AttachConfig{Dir: in.dir}); err != nil {
				t.Fatal(err)
			}
			defer a.agent.close()
			defer a.file.Close()
			if err := tt.wait(a, t.Context()); err == nil || !strings.Contains(err.Error(), "100ms") {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, line := range strings.SplitAfter(text(testHit(0), history.Record{Conn: &history.Conn{ID: 1}}, history.Record{End: &history.End{}}), "\n") {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, err := parseRecord(line)
		if err != nil {
			return
		}
		again, err := parseRecord([]byte(text(rec)))
		if err != nil || !reflect.DeepEqual(rec, again) {
			t.Errorf("%q: %+v came back as %+v, %v", line, rec, again, err)
		}
	})
}

func TestTheClockIsComparedWithTheHarnessEpoch(t *testing.T) {
	in := serveInside(t)
	awaitState(t, in.client, StateIdle)
	in.client.Epoch = time.Now().Add(-time.Hour) // long ago, by the clock that both use
	g, done := follow(t, in.client)
	g.await(t, 1)
	in.stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c := g.all()[0].Clock
	if c.Offset.Abs() > c.Uncertainty || c.Uncertainty <= 0 || c.Uncertainty > time.Second {
		t.Errorf("offset %s, give or take %s, want none", c.Offset, c.Uncertainty)
	}
	var raw history.Record
	if err := json.Unmarshal([]byte(historyOf(t, in.dir)[0]), &raw); err != nil || raw.Clock.Uncertainty != 0 || !raw.Clock.Epoch.Equal(c.Epoch) {
		t.Errorf("in the file: %+v, %v", raw.Clock, err)
	}
}
