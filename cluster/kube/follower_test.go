package kube

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"zarif/cluster/podlog"
	"zarif/report/history"
)

// A shelf is a log source whose every opening is scripted.
type shelf struct {
	mu       sync.Mutex
	openings []func(ctx context.Context, previous, follow bool) (io.ReadCloser, error)
	opened   int
	previous []bool
	disk     string // in the kubelet's form; "" : there is none
	tail     func() (string, error)
}

func (s *shelf) open(ctx context.Context, previous, follow bool) (io.ReadCloser, error) {
	s.mu.Lock()
	i := min(s.opened, len(s.openings)-1)
	s.opened++
	s.previous = append(s.previous, previous)
	s.mu.Unlock()
	return s.openings[i](ctx, previous, follow)
}

func (s *shelf) lastLines(context.Context) ([]byte, error) {
	text, err := s.tail()
	return []byte(text), err
}

func (s *shelf) nodeLog(context.Context) ([]byte, error) {
	if s.disk == "" {
		return nil, errors.ErrUnsupported
	}
	return []byte(s.disk), nil
}

type opening = func(ctx context.Context, previous, follow bool) (io.ReadCloser, error)

func gives(text string) opening {
	return func(context.Context, bool, bool) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

func fails(err error) opening {
	return func(context.Context, bool, bool) (io.ReadCloser, error) { return nil, err }
}

// breaks gives text and then the connection breaks.
func breaks(text string) opening {
	return func(context.Context, bool, bool) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(text), &failing{io.ErrUnexpectedEOF})), nil
	}
}

// stays gives text and then nothing until ctx ends.
func stays(text string) opening {
	return func(ctx context.Context, _, _ bool) (io.ReadCloser, error) {
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		return io.NopCloser(io.MultiReader(strings.NewReader(text), r)), nil
	}
}

func onDisk(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("2026-01-02T03:04:05.000000001Z stdout F " + l)
	}
	return b.String()
}

func notFound() error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, "p")
}

func TestFollower(t *testing.T) {
	log := aLog(t)
	text := func(lines []string) string { return strings.Join(lines, "") }
	for _, c := range []struct {
		name     string
		openings []opening
		disk     string
		// exited and gone are when the pod's status tells so; 0: never.
		exited, newer, gone time.Duration
		end, complete, last string
		previous            bool // the last opening asked for the run before
	}{
		{"to the exit line", []opening{gives(text(log))}, "", 0, 0, 0, "exit", "true", "9", false},
		{"a stream that ends early while the container runs", []opening{gives(text(log[:4])), gives(text(log[:6])), gives(text(log))}, "", 0, 0, 0, "exit", "true", "9", false},
		{"a stream that breaks", []opening{breaks(text(log[:4])), breaks(text(log[:4]) + log[4][:9]), gives(text(log))}, "", 0, 0, 0, "exit", "true", "9", false},
		{"the container is not there yet", []opening{fails(errors.New("container is creating")), gives(text(log))}, "", 0, 0, 0, "exit", "true", "9", false},
		{"killed: no exit line", []opening{gives(text(log[:6]))}, "", 2 * time.Second, 0, 0, "exited", "false", "6", false},
		{"killed and started again: the log is the previous one", []opening{gives(text(log[:6]))}, "", 2 * time.Second, time.Second, 0, "exited", "false", "6", true},
		{"killed, and the next run's empty log is given at first", []opening{gives(text(log[:6])), gives(""), gives(""), gives(text(log[:7]))}, "", 500 * time.Millisecond, 0, 0, "exited", "false", "7", false},
		{"the end comes only from reading again", []opening{gives(text(log[:6])), gives(text(log[:8]))}, "", 500 * time.Millisecond, 0, 0, "exited", "false", "8", false},
		{"rotated: the beginning is on the node only", []opening{gives(text(log[5:]))}, onDisk(log), 0, 0, 0, "exit", "true", "9", false},
		{"deleted in between: the node still has it", []opening{breaks(text(log[:4])), fails(notFound())}, onDisk(log), 0, 0, time.Second, "exit", "true", "9", false},
		{"deleted in between, and nobody has it", []opening{breaks(text(log[:4])), fails(notFound())}, "", 0, 0, time.Second, "cut", "false", "4", false},
		{"ended, and its log cannot be had", []opening{fails(errors.New("no such container"))}, "", time.Second, 0, 0, "cut", "false", "0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got tape
				s := &shelf{openings: c.openings, disk: c.disk}
				f := newFollower(s, podlog.NewReading("p", 0, epoch, got.Put))
				for _, later := range []struct {
					after time.Duration
					tell  *signal
				}{{c.exited, &f.exited}, {c.newer, &f.newer}, {c.gone, &f.gone}} {
					if later.after > 0 {
						time.AfterFunc(later.after, later.tell.raise)
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				f.run(ctx)
				if !f.done.raised() {
					t.Error("not done")
				}
				end := got.Events[len(got.Events)-1]
				if end.Type != history.EventLogEnd || end.Attrs["end"] != c.end || end.Attrs["complete"] != c.complete || end.Attrs["last"] != c.last {
					t.Errorf("ended with %s; want end=%s complete=%s last=%s", told(end), c.end, c.complete, c.last)
				}
				if asked := s.previous[len(s.previous)-1]; asked != c.previous {
					t.Errorf("asked for the previous run: %t, want %t", asked, c.previous)
				}
			})
		})
	}
}

// Two workers' lines, of which the first one's come first and last.
func twoWriters(t testing.TB) []string {
	log := aLog(t)
	lines := make([]string, 0, len(log)+1)
	for i, l := range log[:8] {
		l = strings.Replace(l, `"t":`, `"w":"7","t":`, 1)
		if lines = append(lines, l); i == 3 {
			lines = append(lines, strings.Replace(log[0], `"t":`, `"w":"8","t":`, 1))
		}
	}
	return lines
}

func TestFollowerOfSeveralWriters(t *testing.T) {
	log := twoWriters(t)
	text := func(lines []string) string { return strings.Join(lines, "") }
	other := strings.Replace(text(log[4:5]), `"w":"8"`, `"w":"9"`, 1)
	for _, c := range []struct {
		name     string
		openings []opening
		disk     string
		exited   time.Duration
		end      string
		complete string
		last     string
	}{
		{"read to its end", []opening{gives(text(log))}, "", time.Second, "exited", "true", "9"},
		{"read to its end, from the node", []opening{breaks(text(log[:3]))}, onDisk(log), time.Second, "exited", "true", "9"},
		{"its beginning is on the node only", []opening{gives(text(log[6:])), breaks("")}, onDisk(log), time.Second, "exited", "true", "9"},
		{"the next run's log, which another writer begins", []opening{gives(text(log)), gives(other + text(log))}, "", 500 * time.Millisecond, "cut", "false", "9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got tape
				f := newFollower(&shelf{openings: c.openings, disk: c.disk}, podlog.NewReading("p", 0, epoch, got.Put))
				time.AfterFunc(c.exited, f.exited.raise)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				f.run(ctx)
				end := got.Events[len(got.Events)-1]
				if end.Type != history.EventLogEnd || end.Attrs["end"] != c.end || end.Attrs["complete"] != c.complete || end.Attrs["last"] != c.last {
					t.Errorf("ended with %s; want end=%s complete=%s last=%s", told(end), c.end, c.complete, c.last)
				}
			})
		})
	}
}

func TestDrainWaitsForEveryWriter(t *testing.T) {
	log := twoWriters(t)
	for _, c := range []struct {
		name string
		read []string
		tail string
		end  string
	}{
		{"all was read", log, strings.Join(log[3:], ""), "running"},
		{"the other's line is missing", slices.Concat(log[:4], log[5:]), strings.Join(log[3:], ""), "cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := drained(t, strings.Join(c.read, ""), c.tail); got != c.end {
					t.Errorf("ended with %s, want %s", got, c.end)
				}
			})
		})
	}
}

// drained is how the log of a pod that runs on ends, of which a stream gave text.
func drained(t *testing.T, text, tail string) (end string) {
	var got tape
	s := &shelf{openings: []opening{stays(text), gives(text)}, tail: func() (string, error) { return tail, nil }}
	f := newFollower(s, podlog.NewReading("p", 0, epoch, got.Put))
	following, stop := context.WithCancel(t.Context())
	go f.run(following)
	bounded, cancel := context.WithTimeout(t.Context(), drainFor)
	defer cancel()
	_ = f.drain(bounded)
	stop()
	<-f.done.c
	return got.Events[len(got.Events)-1].Attrs["end"]
}

// A long traceback at the end of the log hides where our lines end.
func TestDrainReadsOnWhereTheTailIsAnotherPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noise := strings.Repeat("  File \"server.py\", line 1\n", tailLines)
		log := strings.Join(aLog(t)[:6], "")
		var got tape
		s := &shelf{
			openings: []opening{stays(""), gives(log + noise)},
			tail:     func() (string, error) { return noise, nil },
		}
		f := newFollower(s, podlog.NewReading("p", 0, epoch, got.Put))
		following, stop := context.WithCancel(t.Context())
		go f.run(following)
		synctest.Wait()
		if err := f.drain(t.Context()); err != nil {
			t.Error(err)
		}
		stop()
		<-f.done.c
		if end := got.Events[len(got.Events)-1]; end.Attrs["end"] != "running" || end.Attrs["last"] != "6" {
			t.Errorf("ended with %s", told(end))
		}
	})
}

func TestDrainWaitsForWhatWasWritten(t *testing.T) {
	log := aLog(t)
	for _, c := range []struct {
		name    string
		read    int // lines that the stream gives
		tail    string
		tailErr error
		wantErr bool
		end     string
	}{
		{"all was read", 6, log[5], nil, false, "running"},
		{"the end is another program's line", 6, log[5] + "noise\n", nil, false, "running"},
		{"no line of a fixture", 0, "noise\n", nil, false, "running"},
		{"a line is missing at the end", 5, log[5], nil, true, "cut"},
		{"the end cannot be asked for", 6, "", errors.New("the API server is away"), true, "cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got tape
				s := &shelf{openings: []opening{stays(strings.Join(log[:c.read], ""))}, tail: func() (string, error) { return c.tail, c.tailErr }}
				f := newFollower(s, podlog.NewReading("p", 0, epoch, got.Put))
				following, stop := context.WithCancel(t.Context())
				go f.run(following)
				bounded, cancel := context.WithTimeout(t.Context(), drainFor)
				defer cancel()
				err := f.drain(bounded)
				if (err != nil) != c.wantErr {
					t.Errorf("error %v, want one: %t", err, c.wantErr)
				}
				stop()
				<-f.done.c
				if end := got.Events[len(got.Events)-1]; end.Attrs["end"] != c.end || end.Attrs["complete"] != "false" {
					t.Errorf("ended with %s, want end=%s", told(end), c.end)
				}
			})
		})
	}
}
