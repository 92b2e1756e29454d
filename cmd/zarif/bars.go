package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"zarif/scenarios/trial"
)

// bars is the display for terminals: one bar for the run, one line under it for
// every trial under way that has room, and what is finished above.
type bars struct {
	container *mpb.Progress
	total     *mpb.Bar
	height    func() int // of the terminal, in lines

	mu    sync.Mutex
	pace  *pace
	now   string      // what is being done about the cluster
	rows  []*trialRow // of the trials under way, in the order in which they began
	slots []*slot

	once sync.Once
}

// A trialRow is what is to be shown of one trial under way.
type trialRow struct {
	name, text string
	shown      bool
}

// A slot is a line under the bar. When its trial ends the next one without a line
// gets it, so that what is drawn never grows beyond the terminal.
type slot struct {
	bar *mpb.Bar
	row *trialRow
}

func newBars(w io.Writer, pace *pace) *bars {
	b := &bars{pace: pace, now: "starting", height: func() int { return linesOf(w) }}
	b.container = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	// A bar that is full is drawn for good; this one goes in the end, and so its total
	// is set afterwards, which does not complete it.
	b.total = b.container.AddBar(0,
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.head() })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.tail() })),
	)
	b.total.SetTotal(int64(pace.total), false)
	b.total.SetCurrent(int64(pace.done))
	return b
}

// linesOf is the height of a terminal.
func linesOf(w io.Writer) int {
	if f, isFile := w.(*os.File); isFile {
		if _, lines, err := term.GetSize(int(f.Fd())); err == nil {
			return lines
		}
	}
	return 24
}

func (b *bars) head() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d of %d, %s left ", b.pace.done, b.pace.total, b.pace.left())
}

func (b *bars) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	hidden := 0
	for _, row := range b.rows {
		if !row.shown {
			hidden++
		}
	}
	switch {
	case hidden > 0:
		return fmt.Sprintf(" %d trials under way, %d not shown", len(b.rows), hidden)
	case len(b.rows) > 0:
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
	row := &trialRow{name: name}
	// Without the bar of the run, the line of the cursor, and that of a trial that has
	// just ended and is drawn once more.
	room := b.height() - 3
	b.mu.Lock()
	b.pace.begin(name)
	b.rows = append(b.rows, row)
	var fresh *slot
	if len(b.slots) < room {
		row.shown = true
		fresh = &slot{row: row}
		b.slots = append(b.slots, fresh)
	}
	b.mu.Unlock()
	if fresh != nil {
		b.draw(fresh)
	}
	return func(p trial.Progress) {
		text := fmt.Sprintf("%s  %s", timed(p), soFar(p))
		b.mu.Lock()
		defer b.mu.Unlock()
		b.pace.tell(name, p)
		row.text = text
	}
}

// draw gives a slot its line. Not under the lock: it waits for a drawing, which
// takes that.
func (b *bars) draw(s *slot) {
	bar := b.container.New(0, mpb.NopStyle(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.textOf(s) })))
	b.mu.Lock()
	s.bar = bar
	gone := s.row == nil
	b.mu.Unlock()
	if gone {
		bar.Abort(true)
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

// textOf is a slot's line, the name as wide as the widest.
func (b *bars) textOf(s *slot) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.row == nil {
		return ""
	}
	widest := 0
	for _, r := range b.rows {
		widest = max(widest, utf8.RuneCountInString(r.name))
	}
	return fmt.Sprintf("%-*s  %s", widest, s.row.name, s.row.text)
}

func (b *bars) trialDone(name, result string) {
	b.mu.Lock()
	b.pace.end(name)
	b.rows = slices.DeleteFunc(b.rows, func(r *trialRow) bool { return r.name == name })
	idle := b.handOn(name)
	b.mu.Unlock()
	if idle != nil {
		idle.Abort(true)
	}
	b.note(name + "  " + result)
	b.total.Increment()
}

// handOn gives the line of an ended trial to one that has none. Where all have one
// the slot is given up, and its bar returned.
func (b *bars) handOn(ended string) (idle *mpb.Bar) {
	i := slices.IndexFunc(b.slots, func(s *slot) bool { return s.row.name == ended })
	if i < 0 {
		return nil
	}
	s := b.slots[i]
	if j := slices.IndexFunc(b.rows, func(r *trialRow) bool { return !r.shown }); j >= 0 {
		s.row = b.rows[j]
		s.row.shown = true
		return nil
	}
	s.row = nil
	b.slots = slices.Delete(b.slots, i, i+1)
	return s.bar
}

// close leaves the lines above and takes the bars away.
func (b *bars) close() {
	b.once.Do(func() {
		b.mu.Lock()
		var shown []*mpb.Bar
		for _, s := range b.slots {
			if s.bar != nil {
				shown = append(shown, s.bar)
			}
		}
		b.slots, b.rows = nil, nil
		b.mu.Unlock()
		for _, bar := range append(shown, b.total) {
			bar.Abort(true)
		}
		b.container.Wait()
	})
}
