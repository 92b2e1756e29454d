package trial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// quick are times under which a trial takes a second or two.
var quick = times{
	warmupAtLeast: 50 * time.Millisecond, warmupLimit: 5 * time.Second,
	baseline:        100 * time.Millisecond,
	recoveryAtLeast: 100 * time.Millisecond, recoveryQuiet: 300 * time.Millisecond, recoveryLimit: 5 * time.Second,
	ready: 5 * time.Second, cleanUp: 5 * time.Second,
}

// bench is a cluster whose workload is one server of this process that answers
// in the name of two pods in turn. It stands for no Kubernetes: only the order
// and the end of what a trial does are tested on it.
type bench struct {
	server  *httptest.Server
	failing atomic.Bool // the server resets instead of answering
	removed atomic.Int32
	deploy  error
	site    error
}

func newBench(t *testing.T) *bench {
	b := &bench{}
	var n atomic.Int64
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.failing.Load() {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set(history.PodHeader, fmt.Sprintf("pod-%d", n.Add(1)%2))
		w.Header().Set("Content-Length", "2")
		w.Write([]byte("ok"))
	}))
	t.Cleanup(b.server.Close)
	return b
}

func (b *bench) Info() history.ClusterInfo   { return history.ClusterInfo{Type: "kind", Name: "bench"} }
func (b *bench) Close(context.Context) error { return nil }
func (b *bench) Deploy(context.Context, cluster.Workload) (cluster.Deployed, error) {
	if b.deploy != nil {
		return nil, b.deploy
	}
	return b, nil
}
func (b *bench) Site(context.Context, string) (cluster.Site, error) {
	return cluster.Site{URL: b.server.URL}, b.site
}
func (b *bench) Watch(ctx context.Context, _ time.Time, sink func(history.Record)) error {
	sink(history.Record{Event: &history.Event{Source: history.SourceAPI, Type: history.EventPodReady, Pod: "pod-0"}})
	<-ctx.Done()
	sink(history.Record{Event: &history.Event{Source: history.SourceAPI, Type: history.EventPodGone, Pod: "pod-0"}})
	return nil
}
func (b *bench) Await(ctx context.Context, what string, done func(cluster.State) bool) error {
	ready := cluster.State{Desired: 2, Pods: []cluster.Pod{{Name: "pod-0", Current: true, Ready: true}, {Name: "pod-1", Current: true, Ready: true}}}
	if !done(ready) {
		<-ctx.Done()
		return fmt.Errorf("wait until %s: %w", what, ctx.Err())
	}
	return nil
}
func (b *bench) Remove(ctx context.Context) error {
	b.removed.Add(1)
	return ctx.Err()
}

// config is that of a trial on b.
func config(b *bench, d disrupt.Disruption, dir string) Config {
	return Config{
		Meta: history.Meta{
			Scenario: "s", DisruptionLimit: 2 * time.Second,
			Streams: []history.Stream{{
				Name: "fresh", Vantage: history.VantageService, URL: "/?work=1ms", Method: "GET", Connection: history.Fresh,
				Retry: history.RetryNone, Rate: 200, ConnectTimeout: time.Second, ResponseTimeout: 5 * time.Second,
			}},
		},
		Cluster: b, Workload: cluster.Workload{Name: "w", LogsHits: true}, Disruption: d, Dir: dir,
	}
}

// execute runs a trial on b and reads its history.
func execute(t *testing.T, ctx context.Context, b *bench, d disrupt.Disruption) (recs []history.Record, err error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "trials", "s", "1")
	err = runFor(ctx, config(b, d, dir), quick)
	if _, statErr := os.Stat(dir); errors.Is(statErr, fs.ErrNotExist) {
		return nil, err
	}
	for rec, readErr := range history.ReadFile(filepath.Join(dir, HistoryFile)) {
		if readErr != nil {
			t.Fatalf("the history of an ended trial: %v", readErr)
		}
		recs = append(recs, rec)
	}
	checkFrame(t, recs)
	return recs, err
}

// checkFrame holds what is true of every history that was closed.
func checkFrame(t *testing.T, recs []history.Record) {
	t.Helper()
	if recs[0].Meta == nil {
		t.Error("the first record is not the Meta")
	}
	end := recs[len(recs)-1].End
	if end == nil || end.Source != history.SourceHarness || end.Records != uint64(len(recs)-1) {
		t.Fatalf("the last record is %+v, want the harness's end after %d records", end, len(recs)-1)
	}
	hits := uint64(0)
	for _, r := range recs {
		if r.Hit != nil {
			hits++
		}
	}
	if len(end.Streams) != 1 || end.Streams[0].Scheduled != hits {
		t.Errorf("the end says %+v scheduled, and there are %d hits", end.Streams, hits)
	}
}

func events(recs []history.Record, kind string) (found []history.Event) {
	for _, r := range recs {
		if r.Event != nil && r.Event.Type == kind {
			found = append(found, *r.Event)
		}
	}
	return found
}

func windows(recs []history.Record) (names []string) {
	for _, e := range events(recs, history.EventWindow) {
		names = append(names, e.Attrs["name"])
	}
	return names
}

func disruption(do func(ctx context.Context, acting disrupt.Acting) (func(context.Context) error, error)) disrupt.Disruption {
	return disrupt.Disruption{Name: "d", Do: func(ctx context.Context, _ disrupt.Subject, acting disrupt.Acting) (func(context.Context) error, error) {
		return do(ctx, acting)
	}}
}

func TestCompleteTrial(t *testing.T) {
	b := newBench(t)
	healed := 0
	recs, err := execute(t, t.Context(), b, disruption(func(_ context.Context, acting disrupt.Acting) (func(context.Context) error, error) {
		acting("delete", "pod", "pod-0", "grace", "30")
		return func(context.Context) error { healed++; return nil }, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"warmup", "baseline", "disruption", "recovery", "drained"}; !slices.Equal(windows(recs), want) {
		t.Errorf("windows %v, want %v", windows(recs), want)
	}
	if acts := events(recs, history.EventAct); len(acts) != 1 || acts[0].Pod != "pod-0" || acts[0].Attrs["action"] != "delete" || acts[0].Attrs["grace"] != "30" {
		t.Errorf("acts %+v", acts)
	}
	if healed != 1 || len(events(recs, history.EventHealed)) != 1 || b.removed.Load() != 1 {
		t.Errorf("healed %d times, removed %d times, want once each", healed, b.removed.Load())
	}
	if len(events(recs, history.EventComplete)) != 1 || len(events(recs, history.EventPodGone)) != 1 {
		t.Error("the disruption's end or the last event of the watch is missing")
	}
}

func TestDisruptionThatNeverCompletes(t *testing.T) {
	healed := false
	recs, err := execute(t, t.Context(), newBench(t), disruption(func(ctx context.Context, _ disrupt.Acting) (func(context.Context) error, error) {
		<-ctx.Done()
		return func(ctx context.Context) error { healed = true; return ctx.Err() }, ctx.Err()
	}))
	if err != nil {
		t.Errorf("a disruption that does not complete is a matter of record, got %v", err)
	}
	if !healed || len(events(recs, history.EventIncomplete)) != 1 || len(events(recs, history.EventComplete)) != 0 {
		t.Errorf("healed %v, incomplete %v", healed, events(recs, history.EventIncomplete))
	}
	if !slices.Contains(windows(recs), "recovery") {
		t.Error("the load did not go on after it")
	}
}

// What the cluster cannot do is on record, nothing of it is left, and it is no error.
func TestUnsupported(t *testing.T) {
	cannot := fmt.Errorf("no PID namespaces here: %w", errors.ErrUnsupported)
	fine := disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) { return nil, nil })
	for name, c := range map[string]struct {
		harm    func(*bench)
		do      disrupt.Disruption
		removed int32
		reason  string
	}{
		"workload": {harm: func(b *bench) { b.deploy = cannot }, do: fine, reason: "no PID namespaces here"},
		"vantage": {
			harm: func(b *bench) { b.site = cannot }, do: fine, removed: 1,
			reason: "stream fresh: reach the target from service: no PID namespaces here",
		},
		"disruption": {
			harm: func(*bench) {}, removed: 1, reason: "no PID namespaces here",
			do: disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) { return nil, cannot }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.harm(b)
			dir := filepath.Join(t.TempDir(), "1")
			if err := runFor(t.Context(), config(b, c.do, dir), quick); err != nil {
				t.Fatalf("what the cluster cannot do is a matter of record, got %v", err)
			}
			var recs []history.Record
			for rec, err := range history.ReadFile(filepath.Join(dir, HistoryFile)) {
				if err != nil {
					t.Fatal(err)
				}
				recs = append(recs, rec)
			}
			if skips := events(recs, history.EventSkipped); len(skips) != 1 || skips[0].Attrs["reason"] != c.reason {
				t.Errorf("skipped %+v, want once because %q", skips, c.reason)
			}
			if end := recs[len(recs)-1].End; recs[0].Meta == nil || end == nil || end.Reason != "" {
				t.Errorf("the history begins with %+v and ends with %+v", recs[0], recs[len(recs)-1])
			}
			if b.removed.Load() != c.removed {
				t.Errorf("removed %d times, want %d", b.removed.Load(), c.removed)
			}
		})
	}
}

// A cluster that fails as it is interrupted was not asked whether it can.
func TestInterruptedIsNotUnsupported(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	recs, err := execute(t, ctx, newBench(t), disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) {
		cancel()
		return nil, errors.ErrUnsupported
	}))
	if !errors.Is(err, context.Canceled) || len(events(recs, history.EventSkipped)) != 0 {
		t.Errorf("got %v and %v, want Canceled and no skip", err, events(recs, history.EventSkipped))
	}
}

func TestRecoveryWaitsForQuiet(t *testing.T) {
	b := newBench(t)
	recs, err := execute(t, t.Context(), b, disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) {
		b.failing.Store(true)
		time.AfterFunc(600*time.Millisecond, func() { b.failing.Store(false) })
		return nil, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	lastDrop := history.Micros(0)
	for _, r := range recs {
		if r.Hit != nil && r.Hit.Cause.Dropped() {
			lastDrop = max(lastDrop, r.Hit.Done)
		}
	}
	ends := events(recs, history.EventWindow)
	if drained := ends[len(ends)-1].T; lastDrop == 0 || drained-lastDrop < history.MicrosOf(quick.recoveryQuiet) {
		t.Errorf("the load ended %v after the last drop, want at least %v", (drained - lastDrop).Duration(), quick.recoveryQuiet)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := newBench(t)
	recs, err := execute(t, ctx, b, disruption(func(ctx context.Context, _ disrupt.Acting) (func(context.Context) error, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	if end := recs[len(recs)-1].End; end.Reason != "interrupted" {
		t.Errorf("the history ends with %q, want interrupted", end.Reason)
	}
	if len(events(recs, history.EventInterrupted)) != 1 || b.removed.Load() != 1 {
		t.Error("the interruption is not on record, or the workload was not removed")
	}
}

func TestFailedDeployLeavesNoFolder(t *testing.T) {
	b := newBench(t)
	b.deploy = errors.New("no room")
	recs, err := execute(t, t.Context(), b, disruption(nil))
	if !errors.Is(err, b.deploy) || recs != nil {
		t.Errorf("error %v and %d records, want the deploy's error and no folder", err, len(recs))
	}
}

// The next trial of a scenario starts from the same streams as the first: an
// address of one deployment must not become the target of another.
func TestStreamsAreNotChanged(t *testing.T) {
	c := config(newBench(t), disruption(func(context.Context, disrupt.Acting) (func(context.Context) error, error) { return nil, nil }),
		filepath.Join(t.TempDir(), "1"))
	if err := runFor(t.Context(), c, quick); err != nil {
		t.Fatal(err)
	}
	if s := c.Meta.Streams[0]; s.URL != "/?work=1ms" || s.Source != "" {
		t.Errorf("a trial changed its caller's stream: %+v", s)
	}
}

func TestConfigOfATrial(t *testing.T) {
	if err := Run(t.Context(), Config{}); err == nil {
		t.Error("an empty config was taken")
	}
}
