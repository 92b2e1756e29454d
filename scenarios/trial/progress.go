package trial

import (
	"context"
	"time"

	"zarif/report/history"
)

const progressEvery = 200 * time.Millisecond

// Progress says how far a trial is.
type Progress struct {
	Step string // a window, or what is being waited for
	// Elapsed in this step; Lasts is how long it takes at least, 0 when that is
	// not known beforehand.
	Elapsed, Lasts time.Duration
	// Left is how long the trial takes at least from now on; 0 when nothing is
	// known of that.
	Left time.Duration
	// Sent and Dropped so far, by stream; for people who watch, not for reports.
	Sent, Dropped map[string]uint64
}

func (t *run) progress(step string, elapsed, lasts time.Duration) Progress {
	sent, dropped := t.live.counts()
	return Progress{Step: step, Elapsed: elapsed, Lasts: lasts, Left: t.left(step, lasts-elapsed), Sent: sent, Dropped: dropped}
}

// left is how long a trial takes at least that is in step for a rest of time yet.
func (t *run) left(step string, rest time.Duration) time.Duration {
	rest = max(rest, 0)
	switch step {
	case history.WindowWarmup:
		return rest + t.times.baseline + t.times.recoveryAtLeast
	case history.WindowBaseline, history.WindowDisruption:
		return rest + t.times.recoveryAtLeast
	}
	return rest
}

func (t *run) report(step string) { t.Progress(t.progress(step, 0, 0)) }

// hold lets time pass while load runs, and tells of it.
func (t *run) hold(ctx context.Context, step string, lasts time.Duration) error {
	began := time.Now()
	for {
		elapsed := time.Since(began)
		if elapsed >= lasts {
			return ctx.Err()
		}
		t.Progress(t.progress(step, elapsed, lasts))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(progressEvery, lasts-elapsed)):
		}
	}
}

// pause is one turn of a loop that waits for a condition of the load.
func (t *run) pause(ctx context.Context, step string, elapsed time.Duration) error {
	t.Progress(t.progress(step, elapsed, 0))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(progressEvery):
		return nil
	}
}
