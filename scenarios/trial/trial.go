// Package trial runs one execution of a scenario: it deploys the workload, loads
// it, disrupts it and writes the history. It measures nothing itself and draws
// no conclusions: that is loadgen's and report's.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"zarif/cluster"
	"zarif/cluster/disrupt"
	"zarif/report/history"
)

// HistoryFile is the name of a history in a trial's folder.
const HistoryFile = "history.jsonl.zst"

// times are how long the parts of a trial take.
type times struct {
	warmupAtLeast, warmupLimit time.Duration
	baseline                   time.Duration
	recoveryAtLeast            time.Duration
	recoveryQuiet              time.Duration // without a drop
	recoveryLimit              time.Duration
	ready, cleanUp             time.Duration // limits
}

// usual are the times of every trial. They are not options: results are only
// comparable where they are equal.
var usual = times{
	warmupAtLeast: 3 * time.Second, warmupLimit: 60 * time.Second,
	baseline:        10 * time.Second,
	recoveryAtLeast: 10 * time.Second, recoveryQuiet: 5 * time.Second, recoveryLimit: 60 * time.Second,
	// Three JVMs that start at once on two cores take a minute or two.
	ready: 5 * time.Minute, cleanUp: 2 * time.Minute,
}

// brief are times too short for any verdict to mean something.
var brief = times{
	warmupAtLeast: time.Second, warmupLimit: usual.warmupLimit,
	baseline:        time.Second,
	recoveryAtLeast: time.Second, recoveryQuiet: time.Second, recoveryLimit: 10 * time.Second,
	ready: usual.ready, cleanUp: usual.cleanUp,
}

type briefly struct{}

// Brief is a ctx under which Run keeps its windows as short as they can be. It is
// for tests of what is around trials: nothing can be told from such a trial.
func Brief(ctx context.Context) context.Context { return context.WithValue(ctx, briefly{}, true) }

// Config says what to run.
type Config struct {
	// Meta is the resolved scenario. Started is filled in by Run, and so are the
	// streams' Source and, where URL is only a path, the rest of it.
	Meta       history.Meta
	Cluster    cluster.Cluster
	Workload   cluster.Workload
	Disruption disrupt.Disruption
	// Dir is the trial's folder. It is made, and must not exist.
	Dir string
	// AgentBuild is the build that the load agent must be of.
	AgentBuild string
	// Progress is told how far the trial is, a few times per second; nil: nobody is.
	Progress func(Progress)
}

// Validate reports what is missing.
func (c Config) Validate() error {
	switch {
	case c.Cluster == nil:
		return errors.New("trial: no cluster")
	case c.Disruption.Do == nil:
		return errors.New("trial: no disruption")
	case c.Dir == "":
		return errors.New("trial: no folder for the history")
	case len(c.Meta.Streams) == 0:
		return errors.New("trial: no streams")
	}
	return nil
}

// Run executes one trial. When it returns nil the history is complete, whatever
// the disruption did to the workload. A trial that the cluster cannot do
// (errors.ErrUnsupported from deploying, reaching or disrupting) is a matter of
// record, too: its history says that it was skipped, and why. After an error the
// history, if one was begun, says why it ended and is closed; a trial that never
// got as far as load leaves no folder. The error is ctx's when ctx ended.
func Run(ctx context.Context, c Config) error {
	if ctx.Value(briefly{}) != nil {
		return runFor(ctx, c, brief)
	}
	return runFor(ctx, c, usual)
}

func runFor(ctx context.Context, c Config, times times) (err error) {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	if err := os.MkdirAll(filepath.Dir(c.Dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(c.Dir, 0o755); err != nil {
		return fmt.Errorf("trial folder: %w", err)
	}
	c.Meta.Streams = slices.Clone(c.Meta.Streams) // where they go is filled in
	t := &run{Config: c, times: times, live: newLive(c.Meta.Streams)}
	t.Meta.Schema = history.Schema
	t.Meta.Started = epoch(time.Now())
	defer func() { err = errors.Join(err, t.discardEmpty()) }()

	t.report("deploy")
	deployed, err := c.Cluster.Deploy(ctx, c.Workload)
	if err != nil {
		return t.undeployed(ctx, interruptedOr(ctx, err))
	}
	defer func() { err = errors.Join(err, t.remove(ctx, deployed)) }()
	return interruptedOr(ctx, t.measure(ctx, deployed))
}

// run is one trial under way.
type run struct {
	Config
	times  times
	live   *live
	record *recorder
}

// measure is everything between the deployment and its removal. The history is
// closed when it returns, in whatever way.
func (t *run) measure(ctx context.Context, deployed cluster.Deployed) (err error) {
	if t.record, err = newRecorder(filepath.Join(t.Dir, HistoryFile), t.live); err != nil {
		return err
	}
	watching := watch(ctx, deployed, t.Meta.Started, t.record.Put)
	defer func() {
		watchErr := watching.stop()
		if watchErr != nil {
			t.event(history.EventWatchBroken, "error", watchErr.Error())
		}
		err = errors.Join(err, t.record.close(ctx, err))
	}()
	if err := t.awaitReady(ctx, deployed); err != nil {
		return err
	}
	if err := t.seeImages(ctx, deployed); err != nil {
		return err
	}
	t.report("load agent")
	load, err := t.prepareLoad(ctx, deployed)
	if unsupported(ctx, err) {
		t.record.begin(t.Meta)
		t.skip(err)
		return nil
	}
	if err != nil {
		return err
	}
	t.record.begin(t.Meta)
	return t.underLoad(ctx, deployed, load)
}

func (t *run) event(kind string, attrs ...string) {
	e := &history.Event{T: t.now(), Source: history.SourceHarness, Type: kind, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	e.Pod = e.Attrs["pod"]
	delete(e.Attrs, "pod")
	t.record.Put(history.Record{Event: e})
}

func (t *run) now() history.Micros { return history.MicrosOf(time.Since(t.Meta.Started)) }

// remove deletes what was deployed, also when ctx has ended.
func (t *run) remove(ctx context.Context, deployed cluster.Deployed) error {
	t.report("clean up")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.Workload.Grace+t.times.cleanUp)
	defer cancel()
	if err := deployed.Remove(ctx); err != nil {
		return fmt.Errorf("remove %s: %w", t.Workload.Name, err)
	}
	return nil
}

// discardEmpty removes the folder of a trial that recorded nothing.
func (t *run) discardEmpty() error {
	if t.record != nil && t.record.begun() {
		return nil
	}
	return os.RemoveAll(t.Dir)
}

// epoch is now in whole microseconds, the unit of all times that count from it.
func epoch(now time.Time) time.Time {
	return now.Add(-time.Duration(now.Nanosecond() % 1000)) // Truncate would strip the monotonic reading
}

// interruptedOr is ctx's error where ctx ended, since whatever failed then failed
// because of it.
func interruptedOr(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
