package report

import (
	"reflect"
	"testing"

	"zarif/report/history"
)

// slowDrain lets pod a live for 5 s after its signal at 13.52 s, so that there is
// something to drain: it exits at 18.5 s.
func slowDrain() *story {
	s := newStory()
	for _, kind := range []string{history.EventAppExit, history.EventPodGone, history.EventEndpointGone, history.EventLogEnd} {
		s.find(kind, "a").T += 5 * sec
	}
	s.find(history.EventAppExit, "a").T = 18_500_000
	x := s.find(history.EventContainerExited, "a")
	x.T, x.Attrs["seen"] = 18*sec, "18600000"
	return s
}

// serve makes a the pod that served a hit, from one moment to another (harness
// time; 0: without an end).
func (s *story) serve(seq uint64, from, to history.Micros) {
	s.unserve(0, seq)
	s.served = append(s.served, history.Served{Hit: history.HitID(0, seq), Pod: "a", Start: from, Done: to, Status: 200})
}

func drainOf(t *testing.T, trial Trial, pod string) *Drain {
	t.Helper()
	for _, p := range trial.Pods {
		if p.Name == pod {
			if p.Drain == nil {
				t.Fatalf("pod %s has no drain", pod)
			}
			return p.Drain
		}
	}
	t.Fatalf("no pod %s", pod)
	return nil
}

const signalAt = disruptionAt + 520_000

func TestInFlight(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*story)
		want   InFlight
	}{
		{"none", func(*story) {}, InFlight{}},
		{"kept", func(s *story) {
			seq := numberAt(signalAt) - 1
			s.hit(0, seq).Done, s.hit(0, seq).Pod = signalAt+sec-agentBehind, "a"
			s.serve(seq, signalAt-sec/10, signalAt+sec)
		}, InFlight{Kept: 1}},
		{"cut, and the server never came to its end", func(s *story) {
			seq := numberAt(signalAt) - 1
			s.drop(0, signalAt-sec/10, 1, history.Reset)
			s.serve(seq, signalAt-sec/10, 0)
		}, InFlight{Cut: 1}},
		{"sent again by the client is cut", func(s *story) {
			seq := numberAt(signalAt) - 1
			s.hit(0, seq).Lost = []history.Attempt{{Conn: 1, Cause: history.Closed}}
			s.serve(seq, signalAt-sec/10, 0)
		}, InFlight{Cut: 1}},
		{"over before the signal", func(s *story) { s.serve(numberAt(signalAt)-1, signalAt-sec/10, signalAt-1) }, InFlight{}},
		{"begun after the signal", func(s *story) { s.serve(numberAt(signalAt), signalAt+1, signalAt+sec) }, InFlight{}},
		{"the client's record is lost", func(s *story) {
			seq := numberAt(signalAt) - 1
			s.forget(0, seq)
			s.serve(seq, signalAt-sec/10, signalAt+sec)
		}, InFlight{Unknown: 1}},
		{"it had asked for a fault", func(s *story) {
			s.meta.Streams[0].Faults, s.meta.Streams[0].FaultEvery = []string{"reset"}, 1
			s.drop(0, signalAt-sec/10, 1, history.Reset)
			s.serve(numberAt(signalAt)-1, signalAt-sec/10, 0)
		}, InFlight{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowDrain()
			c.change(s)
			if got := *drainOf(t, s.analyse(t), "a").InFlight; got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Without a signal line the moment is only known to within a second behind the
// deletion and the preStop sleep.
func TestDrainWithoutSignal(t *testing.T) {
	s := slowDrain()
	s.remove(func(e history.Event) bool { return e.Type == history.EventAppSignal })
	s.meta.PreStop = "sleep 2"
	asked := disruptionAt + 500_000 + 2*sec
	s.serve(numberAt(asked)-2, asked-sec/10, asked+sec/2) // may have ended before
	s.serve(numberAt(asked)-1, asked-sec/10, asked+2*sec)
	s.drop(0, asked+sec/2, 1, history.Refused) // may have come before
	s.drop(0, asked+2*sec, 1, history.Refused)
	trial := s.analyse(t)
	d := drainOf(t, trial, "a")
	if d.Basis != BasisDeletion || !d.From.Equal(epoch.Add(asked.Duration())) || *d.InFlight != (InFlight{Kept: 1}) {
		t.Errorf("%+v with %+v", d, d.InFlight)
	}
	if trial.NewWhileDraining == nil || *trial.NewWhileDraining != (Met{Refused: 1}) {
		t.Errorf("met %+v", trial.NewWhileDraining)
	}
}

func TestNewWhileDraining(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*story)
		want   Met
	}{
		{"refused and reset", func(s *story) {
			s.drop(0, signalAt+sec, 2, history.Refused)
			s.drop(0, signalAt+2*sec, 1, history.Closed)
			s.drop(0, signalAt+3*sec, 1, history.ConnectTimeout)
		}, Met{Refused: 2, Reset: 1, Hung: 1}},
		{"served", func(s *story) { s.hit(0, numberAt(signalAt+sec)).Pod = "a" }, Met{Served: 1}},
		{"before the signal", func(s *story) { s.drop(0, signalAt-sec/2, 1, history.Refused) }, Met{}},
		{"after the exit", func(s *story) { s.drop(0, signalAt+6*sec, 1, history.Refused) }, Met{}},
		{"an error of another pod", func(s *story) {
			h := s.hit(0, numberAt(signalAt+sec))
			h.Cause, h.Status = history.Status5xx, 500
		}, Met{}},
		// b was deleted as well, and is gone: it may have been b.
		{"it may have been another", func(s *story) {
			s.event(history.SourceAPI, history.EventPodDeleted, "b", signalAt, "grace", "30")
			s.event(history.SourcePods, history.EventAppSignal, "b", signalAt, "signal", "SIGTERM")
			s.event(history.SourceAPI, history.EventContainerExited, "b", signalAt+1, "exitCode", "0", "restarts", "0")
			s.drop(0, signalAt+sec, 1, history.Refused)
		}, Met{}},
		// b is long gone, and its address has been silent since: that of a is not.
		{"it may have been one that is long gone", func(s *story) {
			s.event(history.SourceAPI, history.EventPodDeleted, "b", signalAt, "grace", "30")
			s.event(history.SourcePods, history.EventAppSignal, "b", signalAt, "signal", "SIGTERM")
			s.event(history.SourceAPI, history.EventContainerExited, "b", signalAt+1, "exitCode", "0", "restarts", "0")
			s.drop(0, signalAt+3*sec, 1, history.ConnectTimeout)
			s.drop(0, signalAt+7*sec/2, 1, history.Refused)
		}, Met{Refused: 1}},
		// b was deleted, and is gone, before the connection was cut that came earlier.
		{"it may have been one that was deleted under it", func(s *story) {
			s.event(history.SourceAPI, history.EventPodDeleted, "b", signalAt+sec+1, "grace", "30")
			s.event(history.SourcePods, history.EventAppSignal, "b", signalAt+sec+1, "signal", "SIGTERM")
			s.event(history.SourceAPI, history.EventContainerExited, "b", signalAt+sec+2, "exitCode", "0", "restarts", "0")
			s.drop(0, signalAt+sec-20_000, 1, history.Reset)
		}, Met{}},
		// b drains too: whose it was is unknown, that it was draining is not.
		{"both drain", func(s *story) {
			s.event(history.SourceAPI, history.EventPodDeleted, "b", signalAt, "grace", "30")
			s.event(history.SourcePods, history.EventAppSignal, "b", signalAt, "signal", "SIGTERM")
			s.event(history.SourceAPI, history.EventContainerExited, "b", signalAt+4*sec, "exitCode", "0", "restarts", "0")
			for i := range s.hits {
				if at := s.hits[i].At + agentBehind; s.hits[i].Pod == "b" && at > signalAt {
					s.hits[i].Pod = "c"
				}
			}
			s.drop(0, signalAt+sec, 1, history.Refused)
		}, Met{Refused: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowDrain()
			c.change(s)
			var got Met
			if met := s.analyse(t).NewWhileDraining; met != nil {
				got = *met
			}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Each connection of a was answered on before the signal and idle when it came.
func TestIdle(t *testing.T) {
	conn := func(s *story, seq int, closed history.Micros, err history.Cause) {
		c := &s.conns[seq]
		c.Pod, c.Closed, c.Err = "a", closed-agentBehind, err
	}
	again := func(s *story, at history.Micros, on int, cause history.Cause) {
		h := s.hit(0, numberAt(at))
		h.Conn, h.Cause, h.Pod = s.conns[on].ID, cause, "a"
		if cause != history.OK {
			h.Pod = ""
		}
	}
	s := slowDrain()
	s.meta.Streams[0].Connection = history.Reused
	for i := range s.conns {
		if s.conns[i].Pod == "a" {
			s.conns[i].Pod = "c"
		}
	}
	conn(s, 0, signalAt+sec, "")                               // answered after it, then closed by us
	again(s, signalAt+sec/2, 0, history.OK)                    //
	conn(s, 1, signalAt+sec, history.Closed)                   // closed while idle
	conn(s, 2, signalAt+2*sec, history.Reset)                  // closed under a request
	again(s, signalAt+sec, 2, history.Reset)                   //
	conn(s, 3, signalAt-sec, "")                               // over before
	conn(s, 4, signalAt+sec, "")                               // in use at the signal
	h := s.hit(0, numberAt(signalAt)-1)                        //
	h.Conn, h.Done, h.Pod = 5, signalAt+sec/2-agentBehind, "a" //
	s.conns[5].Pod, s.conns[5].Closed = "a", 0                 // never seen to end
	if got, want := drainOf(t, s.analyse(t), "a").Idle, (Idle{Told: 1, Closed: 1, Cut: 1, Other: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// That no signal was logged is only known of a log that was read to its end, or to
// after the moment at which it must have come.
func TestSignals(t *testing.T) {
	signals := func(change func(*story)) *[]string {
		s := newStory()
		change(s)
		return s.analyse(t).Pods[0].Signals
	}
	silent := func(s *story) {
		s.remove(func(e history.Event) bool { return e.Type == history.EventAppSignal || e.Type == history.EventAppExit })
	}
	if got := signals(func(*story) {}); got == nil || len(*got) != 1 || (*got)[0] != "SIGTERM" {
		t.Errorf("signals %v, want SIGTERM", got)
	}
	if got := signals(func(s *story) { silent(s); s.find(history.EventLogEnd, "a").Attrs["end"] = history.LogEndExited }); got == nil || len(*got) != 0 {
		t.Errorf("signals %v of a log that was read to its end, want none", got)
	}
	cut := func(s *story) {
		silent(s)
		end := s.find(history.EventLogEnd, "a")
		end.Attrs["end"], end.Attrs["complete"] = history.LogEndCut, "false"
	}
	if got := signals(cut); got != nil {
		t.Errorf("signals %v of a log that was cut, want unknown", *got)
	}
	for last, known := range map[history.Micros]bool{signalAt + sec/2: false, signalAt + 3*sec/2: true} {
		got := signals(func(s *story) {
			*s = *slowDrain()
			cut(s)
			s.serve(numberAt(signalAt), signalAt, last)
		})
		if (got != nil) != known {
			t.Errorf("signals %v of a log that was cut after %d µs, want known: %t", got, last, known)
		}
	}
}

// The part that a framework runs at the end, and what was being served as it began.
func TestTheHookOfAFramework(t *testing.T) {
	for name, c := range map[string]struct {
		at     history.Micros
		writer string
		want   *Hook
	}{
		"nothing is served":         {at: disruptionAt + 900_000, want: &Hook{At: epoch.Add((disruptionAt + 900_000).Duration())}},
		"a request is being served": {at: disruptionAt + 430_000, want: &Hook{At: epoch.Add((disruptionAt + 430_000).Duration()), UnderWay: 1}},
		"one of several processes":  {at: disruptionAt + 900_000, writer: "7"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory()
			hit := numberAt(disruptionAt + 400_000)
			s.rename(int(hit), "a")
			e := s.event(history.SourcePods, history.EventAppShutdown, "a", c.at)
			if c.writer != "" {
				e.Attrs["writer"] = c.writer
			}
			for _, p := range s.analyse(t).Pods {
				if p.Name == "a" && !reflect.DeepEqual(p.Drain.Hook, c.want) {
					t.Errorf("hook %+v, want %+v", p.Drain.Hook, c.want)
				}
			}
		})
	}
	for _, p := range newStory().analyse(t).Pods {
		if p.Drain != nil && p.Drain.Hook != nil {
			t.Errorf("%s has a hook that nobody logged", p.Name)
		}
	}
}
