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

// A display shows how far a run is, on standard error. Safe for concurrent use;
// trials are told apart by their names.
type display interface {
	// step says what is being done about the cluster.
	step(what string)
	// note is a line that stays.
	note(line string)
	// trial begins a trial and returns what is to be told of its progress.
	trial(name string) func(trial.Progress)
	// trialDone ends it with one line of result.
	trialDone(name, result string)
	close()
}

// newDisplay shows bars on a terminal and plain lines elsewhere.
func newDisplay(w io.Writer, pace *pace) display {
	if _, tty := terminal(w); tty {
		return newBars(w, pace)
	}
	return &lines{w: w, pace: pace, last: map[string]string{}}
}

// lines is the display for logs: a line per step, none of them ever rewritten,
// each with the name of its trial.
type lines struct {
	w    io.Writer
	mu   sync.Mutex
	pace *pace
	last map[string]string // step of each trial under way
}

func (l *lines) say(format string, args ...any) {
	fmt.Fprintf(l.w, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func (l *lines) step(what string) { l.note(what) }

func (l *lines) note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say("%s", line)
}

func (l *lines) trial(name string) func(trial.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.begin(name)
	l.say("%s  trial %d of %d, about %s left", name, l.pace.begun(), l.pace.total, l.pace.left())
	return func(p trial.Progress) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pace.tell(name, p)
		if p.Step != l.last[name] {
			l.last[name] = p.Step
			l.say("%s  %s  %s", name, p.Step, soFar(p))
		}
	}
}

func (l *lines) trialDone(name, result string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.end(name)
	delete(l.last, name)
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
