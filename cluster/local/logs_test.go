package local

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// tape collects records. Its put may be called concurrently.
type tape struct {
	mu      sync.Mutex
	served  []history.Served
	events  []history.Event
	stopped bool // nothing may come any more
	late    int
}

func (r *tape) put(rec history.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		r.late++
	}
	if rec.Served != nil {
		r.served = append(r.served, *rec.Served)
	}
	if rec.Event != nil {
		r.events = append(r.events, *rec.Event)
	}
}

// counts are how many requests there are, and how many of them have an end.
func (r *tape) counts() (begun, ended int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.served {
		if s.Done != 0 {
			ended++
		}
	}
	return len(r.served), ended
}

func (r *tape) of(kind string) (found []history.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// appLog is the log of an application that served so many requests, of which the
// last ones have no end, with or without its exit line.
func appLog(t testing.TB, requests, open int, exit bool) string {
	t.Helper()
	var all []byte
	n := uint64(0)
	line := func(l applog.Line) uint64 {
		n++
		l.N, l.T = n, time.Now().UnixMicro()
		var err error
		if all, err = l.Append(all); err != nil {
			t.Fatal(err)
		}
		return n
	}
	line(applog.Line{E: applog.Start, PID: 1})
	for i := range requests {
		of := line(applog.Line{E: applog.RequestStart, Hit: history.HitID(0, uint64(i))})
		if i < requests-open {
			line(applog.Line{E: applog.RequestEnd, Hit: history.HitID(0, uint64(i)), Of: of, Status: 200})
		}
	}
	if exit {
		line(applog.Line{E: applog.Exit, Code: new(0)})
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, all, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every line that was written must arrive, however the run ends, and the end that
// is told must be the one that it was.
func TestLogsAreComplete(t *testing.T) {
	t.Parallel()
	delays := quick()
	delays.Again = Constant(time.Hour) // one run each
	c := newCluster(t, delays)
	for _, x := range []struct {
		name, then string // what the process does after it has written
		open       int
		exit       bool
		end        string
		complete   string
	}{
		{"exit line", "exit 0", 0, true, history.LogEndExit, "true"},
		{"no exit line", "exit 1", 3, false, history.LogEndExited, "false"},
		{"still running", "exec sleep 1000", 0, false, history.LogEndRunning, "false"},
		{"still running, with requests under way", "exec sleep 1000", 2, false, history.LogEndRunning, "false"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			const requests = 5000 // 10,000 lines
			d := deploy(t, c, shell(t, "cat "+appLog(t, requests, x.open, x.exit)+"; "+x.then, nil), false)
			var got tape
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			watched := make(chan error, 1)
			go func() { watched <- d.Watch(ctx, time.Now().Add(-time.Minute), got.put) }()
			until := time.Now().Add(30 * time.Second)
			for {
				if _, ended := got.counts(); ended >= requests-x.open || time.Now().After(until) {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			if x.end != history.LogEndRunning {
				for len(got.of(history.EventLogEnd)) == 0 && time.Now().Before(until) {
					time.Sleep(5 * time.Millisecond)
				}
			}
			cancel()
			if err := <-watched; err != nil {
				t.Error(err)
			}
			if begun, ended := got.counts(); begun != requests || ended != requests-x.open {
				t.Errorf("%d requests, %d with an end; want %d and %d", begun, ended, requests, requests-x.open)
			}
			if gaps := got.of(history.EventLogGap); len(gaps) != 0 {
				t.Errorf("gaps: %v", gaps)
			}
			ends := got.of(history.EventLogEnd)
			if len(ends) != 1 || ends[0].Attrs["end"] != x.end || ends[0].Attrs["complete"] != x.complete {
				t.Errorf("ended with %+v, want %s", ends, x.end)
			}
		})
	}
}

// All that was written before the end of a watch is in it, though nobody has read it yet.
func TestAWatchEndsWithAllThatWasWritten(t *testing.T) {
	for range 20 {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		l := &runLog{pod: "p", pipe: read, grew: make(chan struct{})}
		var reading sync.WaitGroup
		reading.Go(l.read)
		text, err := os.ReadFile(appLog(t, 200, 0, false))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := write.Write(text); err != nil {
			t.Fatal(err)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		var got tape
		if err := l.collect(over, time.Now().Add(-time.Minute), got.put); err != nil {
			t.Error(err)
		}
		if _, ended := got.counts(); ended != 200 {
			t.Errorf("%d of 200 requests", ended)
		}
		write.Close()
		reading.Wait()
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 3*longestLine)
	for _, c := range []struct {
		name   string
		chunks []string
		want   []string
	}{
		{"whole lines", []string{"a\nb\n"}, []string{"a\n", "b\n"}},
		{"in parts", []string{"a", "b\nc", "\n"}, []string{"ab\n", "c\n"}},
		{"an empty line", []string{"\n\na\n"}, []string{"\n", "\n", "a\n"}},
		{"the last one has no end", []string{"a\nb"}, []string{"a\n", "b"}},
		{"too long: cut, and the next one is whole", []string{long, long, "\nb\n"}, []string{long[:longestLine] + "\n", "b\n"}},
		{"never-ending", []string{long, long, long}, []string{long[:longestLine]}},
		{"nothing", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &runLog{grew: make(chan struct{})}
			for _, chunk := range c.chunks {
				l.take([]byte(chunk), false)
				if len(l.rest) > longestLine {
					t.Fatalf("keeps %d bytes of a line", len(l.rest))
				}
			}
			l.take(nil, true)
			lines, ended, _ := l.from(0)
			if !ended || len(lines) != len(c.want) {
				t.Fatalf("%d lines, ended: %t; want %d", len(lines), ended, len(c.want))
			}
			for i := range lines {
				if string(lines[i]) != c.want[i] {
					t.Errorf("line %d: %d bytes %.20q, want %d bytes %.20q", i, len(lines[i]), lines[i], len(c.want[i]), c.want[i])
				}
			}
		})
	}
}

// A writer that never pauses cannot keep a watch from ending, but what it loses is
// said.
func TestAWatchOfAPodThatNeverPausesEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the whole limit")
	}
	t.Parallel()
	l := &runLog{pod: "p", grew: make(chan struct{})}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l.pipe = read
	var working sync.WaitGroup
	working.Go(l.read)
	stop := make(chan struct{})
	working.Go(func() {
		defer write.Close()
		for chunk := append(bytes.Repeat([]byte("x"), 4000), '\n'); ; {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := write.Write(chunk); err != nil {
				return
			}
		}
	})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var got tape
	ended := make(chan error, 1)
	go func() { ended <- l.collect(over, time.Now(), got.put) }()
	select {
	case err = <-ended:
	case <-time.After(6 * drainFor):
		err = errors.New("it does not")
	}
	close(stop)
	working.Wait()
	ends := got.of(history.EventLogEnd)
	if len(ends) != 1 {
		t.Fatalf("%v; ended %d times", err, len(ends))
	}
	switch how := ends[0].Attrs["end"]; {
	case how == history.LogEndCut && err != nil, how == history.LogEndRunning && err == nil:
	default:
		t.Errorf("ended %s with error %v", how, err)
	}
}
