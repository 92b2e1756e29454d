package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zarif/scenarios/trial"
)

// A screen is what was drawn on a terminal so far.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(text)
}

// count is how often a text was drawn.
func (s *screen) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Count(s.text.Bytes(), []byte(text))
}

// await waits until a text was drawn so many times.
func (s *screen) await(t *testing.T, text string, times int) {
	t.Helper()
	for until := time.Now().Add(time.Minute); s.count(text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%q was drawn %d times, want %d", text, s.count(text), times)
		}
	}
}

// pseudoTerminal is a terminal, what is drawn on it, and all of that once it is
// closed.
func pseudoTerminal(t *testing.T, columns, lines uint16) (tty *os.File, out *screen, drawn func() string) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: lines, Col: columns}); err != nil {
		t.Fatal(err)
	}
	out = &screen{}
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(out, ours) }) // ends with an error when the other end is closed
	return tty, out, func() string {
		tty.Close()
		reading.Wait()
		return strings.ReplaceAll(out.text.String(), "\r\n", "\n")
	}
}

var ups = regexp.MustCompile("\x1b\\[([0-9]*)A")

// Twelve trials on a terminal of eight lines: never is more drawn than it holds, what is
// finished stays, and no bar does.
func TestBars(t *testing.T) {
	t.Parallel()
	const height = 8
	tty, screen, drawn := pseudoTerminal(t, 60, height)
	show := newDisplay(tty, newPace(12, 12, time.Minute))
	show.note("cluster local: just so")
	var tell []func(trial.Progress)
	for i := range 12 {
		tell = append(tell, show.trial(fmt.Sprintf("scenario-%d", i)))
	}
	for i := range 12 {
		for _, t := range tell[i:] {
			t(trial.Progress{Step: "baseline", Elapsed: 2 * time.Second, Lasts: 10 * time.Second, Sent: map[string]uint64{"fresh": 100_000, "reused": 100_000}})
		}
		if i == 0 {
			screen.await(t, "12 trials under way, 7 not shown", 1)
			screen.await(t, "scenario-0   baseline 2s of 10s  fresh 100000 sent", 1)
		}
		screen.await(t, " of 12, ", screen.count(" of 12, ")+1) // another drawing
		show.trialDone(fmt.Sprintf("scenario-%d", i), "pass")
	}
	show.close()
	show.close()
	out := drawn()
	moved := 0
	for _, up := range ups.FindAllStringSubmatch(out, -1) {
		n, _ := strconv.Atoi(up[1])
		moved = max(moved, n)
	}
	if moved < 2 || moved > height-1 {
		t.Errorf("the cursor moved up %d lines, want some and at most %d", moved, height-1)
	}
	for _, want := range []string{
		"cluster local: just so\n", "scenario-0  pass\n", "scenario-11  pass\n",
		"12 trials under way, 7 not shown", "scenario-0   baseline 2s of 10s  fresh 100000 sent", "…",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q was never drawn", want)
		}
	}
	last := out[strings.LastIndex(out, "\x1b["):]
	if strings.Contains(last, "left") || strings.Contains(last, "baseline") {
		t.Errorf("a bar is left: %q", last)
	}
}
