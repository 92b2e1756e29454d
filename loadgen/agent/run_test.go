package agent

import (
	"strings"
	"testing"
	"time"
)

// runOn is a run whose history goes to d and whose load is the test itself.
func runOn(t *testing.T, d *disk, s *scripted) *run {
	t.Helper()
	r := newRun("b", testClock().Epoch, s.begin)
	var err error
	if r.journal, err = newJournal(d, testClock(), r.fail); err != nil {
		t.Fatal(err)
	}
	if err := r.start(testPlan("http://127.0.0.1:1/")); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestALoadThatCannotBeCutHasNoEnd(t *testing.T) {
	d := &disk{room: -1}
	load := newScripted()
	load.stuck = make(chan struct{})
	r := runOn(t, d, load)
	r.patience = 50 * time.Millisecond
	if err := r.terminate(); err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Fatalf("error %v", err)
	}
	if s := r.status(); s.State != StateFailed {
		t.Fatalf("state %s", s.State)
	}
	d.mu.Lock()
	if text := d.text.String(); strings.Contains(text, `"end"`) {
		t.Fatalf("history %q", text)
	}
	d.mu.Unlock()
	close(load.stuck)
	<-r.over
}

func TestAFullDiskCutsTheLoad(t *testing.T) {
	d := &disk{room: 300}
	load := newScripted()
	r := runOn(t, d, load)
	c := <-load.began
	for n := range 10 {
		c.Put(testHit(n))
	}
	<-load.ctx.Done()
	<-r.over
	if s := r.status(); s.State != StateFailed || !strings.Contains(s.Reason, "no space left") {
		t.Fatalf("status %+v", s)
	}
	if err := r.terminate(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("error %v", err)
	}
	if text := d.text.String(); strings.Contains(text, `"end"`) {
		t.Fatalf("history %q", text)
	}
}
