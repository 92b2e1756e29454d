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
// every trial under way, and what is finished above.
type bars struct {
	container *mpb.Progress
	total     *mpb.Bar

	mu   sync.Mutex
	pace *pace
	now  string               // what is being done about the cluster
	rows map[string]*trialRow // by name

	once sync.Once
}

// A trialRow is the line of one trial under way.
type trialRow struct {
	bar  *mpb.Bar
	text string
}

func newBars(w io.Writer, pace *pace) *bars {
	b := &bars{pace: pace, now: "starting", rows: map[string]*trialRow{}}
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
	if len(b.rows) > 0 {
		return ""
	}
	return " " + b.now
}

func (b *bars) note(line string) { fmt.Fprintln(b.container, line) }

func (b *bars) step(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = what
}

func (b *bars) trial(name string) func(trial.Progress) {
	row := &trialRow{text: name}
	row.bar = b.container.New(0, mpb.NopStyle(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.textOf(row) })))
	b.mu.Lock()
	b.pace.begin(name)
	b.rows[name] = row
	b.mu.Unlock()
	return func(p trial.Progress) {
		text := fmt.Sprintf("%s  %s  %s", name, timed(p), soFar(p))
		b.mu.Lock()
		defer b.mu.Unlock()
		row.text = text
	}
}

// timed is the step of a trial with its time, as far as it has one.
func timed(p trial.Progress) string {
	text := p.Step
	if p.Elapsed >= time.Second {
		text += " " + p.Elapsed.Truncate(time.Second).String()
	}
	if p.Lasts > 0 {
		text += " of " + p.Lasts.Round(time.Second).String()
	}
	return text
}

func (b *bars) textOf(row *trialRow) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return row.text
}

func (b *bars) trialDone(name, result string) {
	b.mu.Lock()
	b.pace.end(name)
	row := b.rows[name]
	delete(b.rows, name)
	b.mu.Unlock()
	if row != nil {
		row.bar.Abort(true)
	}
	b.note(name + "  " + result)
	b.total.Increment()
}

// close leaves the lines above and takes the bars away.
func (b *bars) close() {
	b.once.Do(func() {
		b.mu.Lock()
		rows := b.rows
		b.rows = map[string]*trialRow{}
		b.mu.Unlock()
		for _, row := range rows {
			row.bar.Abort(true)
		}
		b.total.Abort(true)
		b.container.Wait()
	})
}
