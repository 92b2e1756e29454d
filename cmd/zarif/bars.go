package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"zarif/scenarios/trial"
)

// bars is the display for terminals: one bar for the run, one line under it for
// the trial under way, and what is finished above.
type bars struct {
	container *mpb.Progress
	total     *mpb.Bar

	mu   sync.Mutex
	pace *pace
	now  string // what is being done

	once sync.Once
}

func newBars(w io.Writer, pace *pace) *bars {
	b := &bars{pace: pace, now: "starting"}
	b.container = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	b.total = b.container.AddBar(int64(pace.total),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.head() })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.tail() })),
	)
	return b
}

func (b *bars) head() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d of %d, %s left ", b.pace.done, b.pace.total, b.pace.left())
}

func (b *bars) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return " " + b.now
}

func (b *bars) set(now string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = now
}

func (b *bars) above(line string) { fmt.Fprintln(b.container, line) }

func (b *bars) step(what string) { b.set(what) }

func (b *bars) trial(name string) func(trial.Progress) {
	b.mu.Lock()
	b.pace.begin()
	b.mu.Unlock()
	return func(p trial.Progress) {
		lasts := ""
		if p.Lasts > 0 {
			lasts = " of " + p.Lasts.Round(time.Second).String()
		}
		b.set(fmt.Sprintf("%s  %s %s%s  %s", name, p.Step, p.Elapsed.Round(time.Second), lasts, soFar(p)))
	}
}

func (b *bars) trialDone(name, result string) {
	b.mu.Lock()
	b.pace.end()
	b.mu.Unlock()
	b.above(name + "  " + result)
	b.total.Increment()
}

// close leaves the lines above and takes the bar away.
func (b *bars) close() {
	b.once.Do(func() {
		b.total.Abort(true)
		b.container.Wait()
	})
}
