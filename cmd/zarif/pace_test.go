package main

import (
	"testing"
	"testing/synctest"
	"time"

	"zarif/scenarios/trial"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(7, 3, 30*time.Second)
		is := func(when string, want time.Duration) {
			t.Helper()
			if got := p.left(); got != want {
				t.Errorf("%s: %s left, want %s", when, got, want)
			}
		}
		is("nothing begun, seven in three lanes", 90*time.Second)
		p.begin("a")
		p.begin("b")
		p.begin("c")
		time.Sleep(10 * time.Second)
		is("a third of the first three", 80*time.Second)
		time.Sleep(10 * time.Second)
		p.end("a") // in 20 s, and so all others
		p.begin("d")
		is("three of four to come begin at once", 40*time.Second)
		time.Sleep(5 * time.Second)
		p.end("b")
		p.end("c")
		p.end("skipped") // it never began
		if p.begun() != 5 || p.done != 4 {
			t.Errorf("%d begun, %d done, want 5 and 4", p.begun(), p.done)
		}
		is("one runs, two begin now", 23*time.Second) // (20+25+25)/3
		time.Sleep(time.Hour)
		is("one takes longer than any did", 23*time.Second)
		p.tell("d", trial.Progress{Left: 40 * time.Second})
		is("and says so itself", 40*time.Second)
		time.Sleep(15 * time.Second)
		is("15 s ago", 25*time.Second)
	})
}
