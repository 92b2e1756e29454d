package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zarif/cluster"
	"zarif/report/history"
)

// underLoad is the trial proper: warm-up, baseline, disruption, recovery, the
// end of load, and putting back what the disruption changed.
func (t *run) underLoad(ctx context.Context, deployed cluster.Deployed, load *load) error {
	// Load in this process ends with loadCtx, so that hits in flight are recorded
	// as unresolved when the trial is given up.
	loadCtx, cutLoad := context.WithCancel(ctx)
	defer cutLoad()
	t.window(history.WindowWarmup)
	if err := load.start(loadCtx); err != nil {
		cutLoad()
		return errors.Join(err, t.giveUp(ctx, load))
	}
	heal, err := t.disrupted(ctx, deployed)
	if unsupported(ctx, err) {
		t.skip(err)
		err = nil
	}
	if err == nil {
		err = load.end(ctx)
	}
	if err == nil {
		t.report("drain")
		err = load.wait(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			t.event(history.EventInterrupted)
		}
		cutLoad()
		err = errors.Join(err, t.giveUp(ctx, load))
	}
	t.window(history.WindowDrained)
	return errors.Join(err, t.heal(ctx, heal))
}

// disrupted goes through the windows while load runs. A disruption that was not
// observed to be complete is a matter of record, not an error.
func (t *run) disrupted(ctx context.Context, deployed cluster.Deployed) (heal func(context.Context) error, err error) {
	if err := t.warmUp(ctx, deployed); err != nil {
		return nil, err
	}
	t.window(history.WindowBaseline)
	if err := t.hold(ctx, history.WindowBaseline, t.times.baseline); err != nil {
		return nil, err
	}
	t.window(history.WindowDisruption)
	heal, err = t.disrupt(ctx, deployed)
	if err != nil {
		return heal, err
	}
	t.window(history.WindowRecovery)
	return heal, t.recover(ctx)
}

// warmUp lasts until every stream was answered by every ready pod.
func (t *run) warmUp(ctx context.Context, deployed cluster.Deployed) error {
	if err := t.hold(ctx, history.WindowWarmup, t.times.warmupAtLeast); err != nil {
		return err
	}
	pods, err := readyPods(ctx, deployed)
	if err != nil || !t.Workload.NamesPods() {
		return err // an application that is not ours does not say who answered
	}
	began := time.Now()
	for {
		stream, pod, some := t.live.unanswered(pods)
		if !some {
			return nil
		}
		if time.Since(began) > t.times.warmupLimit {
			return fmt.Errorf("warm-up: stream %s was not answered by pod %s in %s, although it is ready", stream, pod, t.times.warmupLimit)
		}
		if err := t.pause(ctx, history.WindowWarmup, 0); err != nil {
			return err
		}
	}
}

// readyPods are the names of the pods that are ready; there is at least one.
func readyPods(ctx context.Context, deployed cluster.Deployed) (pods []string, err error) {
	err = deployed.Await(ctx, "the pods that are ready", func(s cluster.State) bool {
		pods = nil
		for _, p := range s.ReadyPods() {
			pods = append(pods, p.Name)
		}
		return len(pods) > 0
	})
	return pods, err
}

func (t *run) disrupt(ctx context.Context, deployed cluster.Deployed) (heal func(context.Context) error, err error) {
	limited, cancel := context.WithTimeout(ctx, t.Meta.DisruptionLimit)
	defer cancel()
	type result struct {
		heal func(context.Context) error
		err  error
	}
	done := make(chan result, 1)
	go func() {
		heal, err := t.Disruption.Do(limited, deployed, func(action string, attrs ...string) {
			t.event(history.EventAct, append([]string{"action", action}, attrs...)...)
		})
		done <- result{heal, err}
	}()
	began := time.Now()
	for {
		select {
		case r := <-done:
			return r.heal, t.disruptionEnded(ctx, r.err)
		case <-time.After(progressEvery):
			t.Progress(t.progress(history.WindowDisruption, time.Since(began), 0))
		}
	}
}

func (t *run) disruptionEnded(ctx context.Context, err error) error {
	switch {
	case err == nil:
		t.event(history.EventComplete)
		return nil
	case ctx.Err() != nil, errors.Is(err, errors.ErrUnsupported):
		return err
	}
	t.event(history.EventIncomplete, "error", err.Error())
	return nil
}

// recover lasts for some time, and on until no drop has become known for a while.
func (t *run) recover(ctx context.Context) error {
	began := time.Now()
	if err := t.hold(ctx, history.WindowRecovery, t.times.recoveryAtLeast); err != nil {
		return err
	}
	for time.Since(t.live.quietSince()) < t.times.recoveryQuiet && time.Since(began) < t.times.recoveryLimit {
		if err := t.pause(ctx, history.WindowRecovery, time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

// giveUp cuts the load and collects what it measured, also when ctx has ended.
func (t *run) giveUp(ctx context.Context, load *load) error {
	t.report("save what was measured")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := load.abort(ctx); err != nil {
		return fmt.Errorf("stop the load: %w", err)
	}
	return load.wait(ctx)
}

// heal puts back what the disruption changed, also when ctx has ended.
func (t *run) heal(ctx context.Context, heal func(context.Context) error) error {
	if heal == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.times.cleanUp)
	defer cancel()
	if err := heal(ctx); err != nil {
		return fmt.Errorf("heal after %s: %w", t.Disruption.Name, err)
	}
	t.event(history.EventHealed)
	return nil
}

func (t *run) window(name string) { t.event(history.EventWindow, "name", name) }
