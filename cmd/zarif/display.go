package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"zarif/scenarios/trial"
)

// A display shows how far a run is, on standard error.
type display interface {
	// step says what is being done about the cluster.
	step(what string)
	// trial begins a trial and returns what is to be told of its progress.
	trial(name string) func(trial.Progress)
	// trialDone ends it with one line of result.
	trialDone(name, result string)
	close()
}

// newDisplay shows bars on a terminal and plain lines elsewhere.
func newDisplay(w io.Writer, trials int) display {
	pace := &pace{total: trials, began: time.Now()}
	if _, tty := terminal(w); tty {
		return newBars(w, pace)
	}
	return &lines{w: w, pace: pace}
}

// usualTrial is how long a trial takes before one has been seen: 3 s warm-up,
// 10 s baseline, some 20 s of disruption, 10 s recovery, and what is around it.
const usualTrial = 55 * time.Second

// pace estimates how long the rest of a run takes from the trials that are done.
type pace struct {
	total, done int
	began       time.Time
	current     time.Time // when the trial under way began
	spent       time.Duration
}

func (p *pace) begin() { p.current = time.Now() }

func (p *pace) end() {
	p.done++
	p.spent += time.Since(p.current)
}

// left is the time that the trials to come take, as the ones before did.
func (p *pace) left() time.Duration {
	each := usualTrial
	if p.done > 0 {
		each = p.spent / time.Duration(p.done)
	}
	rest := each * time.Duration(p.total-p.done)
	if p.done < p.total && !p.current.IsZero() {
		rest -= min(time.Since(p.current), each)
	}
	return rest.Round(time.Second)
}

// lines is the display for logs: a line per step, none of them ever rewritten.
type lines struct {
	w    io.Writer
	mu   sync.Mutex
	pace *pace
	last string // step of the trial under way
}

func (l *lines) say(format string, args ...any) {
	fmt.Fprintf(l.w, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func (l *lines) step(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say("%s", what)
}

func (l *lines) trial(name string) func(trial.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.begin()
	l.last = ""
	l.say("%s  trial %d of %d, about %s left", name, l.pace.done+1, l.pace.total, l.pace.left())
	return func(p trial.Progress) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if p.Step != l.last {
			l.last = p.Step
			l.say("%s  %s  %s", name, p.Step, soFar(p))
		}
	}
}

func (l *lines) trialDone(name, result string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.end()
	l.say("%s  %s", name, result)
}

func (l *lines) close() {}

// soFar is the counts of a trial under way.
func soFar(p trial.Progress) string {
	var parts []string
	for stream, sent := range p.Sent {
		if sent > 0 {
			parts = append(parts, fmt.Sprintf("%s %d sent, %d dropped", stream, sent, p.Dropped[stream]))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " · ")
}
