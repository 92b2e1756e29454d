package report

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"zarif/report/history"
)

// A story is a small, hand-made history: 34 s, one stream of 10 hits/s from the
// load agent, three old pods of which the disruption takes one away. Nothing is
// dropped, so that it is a pass, and each test changes the one thing it is about.
// The agent's clock is an hour ahead and its epoch 2 s after the trial's, so that a
// time that was not converted would be far off.
type story struct {
	meta   history.Meta
	hits   []history.Hit
	conns  []history.Conn
	served []history.Served
	events []history.Event
	clocks []history.Clock
	ends   []history.End
	lose   uint64 // records of the agent that were written and are not there
	noEnd  bool   // of the harness
}

const sec = history.Micros(time.Second / time.Microsecond)

const (
	warmupAt     = 0 * sec
	baselineAt   = 3 * sec
	disruptionAt = 13 * sec
	recoveryAt   = 23 * sec
	loadEnds     = 33 * sec
	drainedAt    = 34 * sec

	agentEpoch  = 2 * time.Second
	agentAhead  = time.Hour
	agentBehind = history.Micros(agentEpoch / time.Microsecond) // to subtract from harness time
)

var epoch = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// newStory tells the story with the disruption "pod-delete".
func newStory() *story {
	s := &story{meta: history.Meta{
		Schema: history.Schema, Tool: history.Tool{Version: "v0", Go: "go1.26"}, Cluster: history.ClusterInfo{Type: "kind", Name: "zarif"},
		Scenario: "go-drain.pod-delete", Fixture: "go-drain", Disruption: "pod-delete", Trial: 1, Seed: 7, Started: epoch,
		DisruptionLimit: 5 * time.Minute, Replicas: 3, Grace: 30 * time.Second, LogsHits: true,
		Streams: []history.Stream{{
			ID: 0, Name: "fresh", Source: history.SourceAgent, Vantage: history.VantageService, URL: "http://10.0.0.1/", Method: "GET",
			Connection: history.Fresh, Retry: history.RetryNone, Rate: 10, Work: 50 * time.Millisecond,
			ConnectTimeout: 5 * time.Second, ResponseTimeout: 10 * time.Second,
		}},
	}}
	s.clocks = []history.Clock{{Source: history.SourceAgent, Epoch: epoch.Add(agentEpoch + agentAhead), Offset: agentAhead}}
	s.pods()
	s.load(0, 330)
	return s
}

// pods writes down what happens to them: a is deleted at 13.5 s and exits at 14 s,
// d takes its place.
func (s *story) pods() {
	s.window(history.WindowWarmup, warmupAt)
	s.window(history.WindowBaseline, baselineAt)
	s.window(history.WindowDisruption, disruptionAt)
	s.window(history.WindowRecovery, recoveryAt)
	s.window(history.WindowDrained, drainedAt)
	for _, pod := range []string{"a", "b", "c"} {
		s.event(history.SourceAPI, history.EventPodCreated, pod, -10*sec)
		s.event(history.SourceAPI, history.EventContainerStarted, pod, -9*sec, "restarts", "0")
		s.event(history.SourceAPI, history.EventEndpointReady, pod, -8*sec)
		s.event(history.SourceAPI, history.EventPodReady, pod, -8*sec)
	}
	s.event(history.SourceHarness, history.EventAct, "a", disruptionAt+400_000, "action", "delete")
	s.event(history.SourceAPI, history.EventPodDeleted, "a", disruptionAt+500_000, "grace", "30")
	s.event(history.SourceAPI, history.EventEndpointNotReady, "a", disruptionAt+510_000)
	s.event(history.SourcePods, history.EventAppSignal, "a", disruptionAt+520_000, "signal", "SIGTERM")
	s.event(history.SourcePods, history.EventAppExit, "a", disruptionAt+990_000, "code", "0")
	exited := s.event(history.SourceAPI, history.EventContainerExited, "a", disruptionAt, "exitCode", "0", "restarts", "0", "seen", "14100000")
	exited.Precision = sec
	s.event(history.SourceAPI, history.EventPodGone, "a", disruptionAt+1_200_000)
	s.event(history.SourceAPI, history.EventEndpointGone, "a", disruptionAt+1_200_000)
	s.event(history.SourcePods, history.EventLogEnd, "a", disruptionAt+1_300_000, "complete", "true", "end", "exit")
	created := s.event(history.SourceAPI, history.EventPodCreated, "d", disruptionAt, "seen", "13600000")
	created.Precision = sec
	s.event(history.SourceAPI, history.EventPodReady, "d", disruptionAt+3*sec)
	s.event(history.SourceHarness, history.EventComplete, "", recoveryAt-1)
	for _, pod := range []string{"b", "c", "d"} {
		s.event(history.SourcePods, history.EventLogEnd, pod, drainedAt+sec, "complete", "false", "end", "running")
	}
}

// load sends n hits of a stream, one every 100 ms from the start of the warm-up,
// each 60 ms long, answered in turn by a (until it is deleted), b and c.
func (s *story) load(stream uint8, n int) {
	for i := range n {
		at := warmupAt + history.Micros(i)*sec/10
		pods := []string{"a", "b", "c"}
		if at >= disruptionAt+500_000 {
			pods = pods[1:]
		}
		pod := pods[i%len(pods)]
		id := uint32(len(s.conns) + 1)
		mine := at - agentBehind
		s.hits = append(s.hits, history.Hit{
			Stream: stream, Seq: uint64(i), At: mine, Sent: mine + 1000, First: mine + 59_000, Done: mine + 60_000,
			Conn: id, Tries: 1, Status: 200, Pod: pod, Cause: history.OK,
		})
		s.conns = append(s.conns, history.Conn{ID: id, Stream: stream, Dial: mine + 1000, Open: mine + 2000, Closed: mine + 60_000, Pod: pod})
		s.served = append(s.served, history.Served{Hit: history.HitID(stream, uint64(i)), Pod: pod, Start: at + 3000, Done: at + 58_000, Status: 200})
	}
}

// addStream adds a second, equal stream.
func (s *story) addStream(name string) *history.Stream {
	st := s.meta.Streams[0]
	st.ID, st.Name = uint8(len(s.meta.Streams)), name
	s.meta.Streams = append(s.meta.Streams, st)
	s.load(st.ID, 330)
	return &s.meta.Streams[st.ID]
}

func (s *story) window(name string, at history.Micros) *history.Event {
	return s.event(history.SourceHarness, history.EventWindow, "", at, "name", name)
}

func (s *story) event(source, kind, pod string, at history.Micros, attrs ...string) *history.Event {
	e := history.Event{T: at, Source: source, Type: kind, Pod: pod, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	s.events = append(s.events, e)
	return &s.events[len(s.events)-1]
}

// remove takes events away.
func (s *story) remove(match func(history.Event) bool) {
	s.events = slices.DeleteFunc(s.events, match)
}

func (s *story) find(kind, pod string) *history.Event {
	for i := range s.events {
		if s.events[i].Type == kind && s.events[i].Pod == pod {
			return &s.events[i]
		}
	}
	panic(fmt.Sprintf("the story has no %s of %q", kind, pod))
}

// numberAt is how many hits are scheduled before t.
func numberAt(t history.Micros) uint64 { return uint64((t - warmupAt + sec/10 - 1) / (sec / 10)) }

// drop makes n hits from t on (harness time) end with cause; no server saw them.
func (s *story) drop(stream uint8, t history.Micros, n int, cause history.Cause) {
	for i := range n {
		h := s.hit(stream, numberAt(t)+uint64(i))
		h.Cause, h.Pod, h.Status, h.First = cause, "", 0, 0
		if cause == history.Missed {
			h.Sent, h.Conn, h.Tries = 0, 0, 0
		}
		s.unserve(stream, h.Seq)
		for c := range s.conns {
			if s.conns[c].ID == h.Conn {
				s.conns[c].Pod = ""
			}
		}
	}
}

func (s *story) hit(stream uint8, seq uint64) *history.Hit {
	for i := range s.hits {
		if s.hits[i].Stream == stream && s.hits[i].Seq == seq {
			return &s.hits[i]
		}
	}
	panic("the story has no hit " + history.HitID(stream, seq))
}

func (s *story) unserve(stream uint8, seq uint64) {
	id := history.HitID(stream, seq)
	s.served = slices.DeleteFunc(s.served, func(sv history.Served) bool { return sv.Hit == id })
}

// forget takes the client's record of a hit away.
func (s *story) forget(stream uint8, seq uint64) {
	s.hits = slices.DeleteFunc(s.hits, func(h history.Hit) bool { return h.Stream == stream && h.Seq == seq })
}

// records are the whole history with its end marks.
func (s *story) records() []history.Record {
	var out []history.Record
	out = append(out, history.Record{Meta: &s.meta})
	for i := range s.clocks {
		out = append(out, history.Record{Clock: &s.clocks[i]})
	}
	for i := range s.events {
		out = append(out, history.Record{Event: &s.events[i]})
	}
	for i := range s.hits {
		out = append(out, history.Record{Hit: &s.hits[i]})
	}
	for i := range s.conns {
		out = append(out, history.Record{Conn: &s.conns[i]})
	}
	for i := range s.served {
		out = append(out, history.Record{Served: &s.served[i]})
	}
	ends := s.ends
	if ends == nil {
		agent := history.End{Source: history.SourceAgent, Records: uint64(1+len(s.hits)+len(s.conns)) + s.lose}
		for _, st := range s.meta.Streams {
			agent.Streams = append(agent.Streams, history.StreamEnd{Stream: st.ID, Scheduled: 330})
		}
		ends = []history.End{agent}
	}
	for i := range ends {
		out = append(out, history.Record{End: &ends[i]})
	}
	if !s.noEnd {
		out = append(out, history.Record{End: &history.End{Source: history.SourceHarness, Records: uint64(len(out)) + s.lose}})
	}
	return out
}

func (s *story) analyse(t testing.TB) Trial {
	t.Helper()
	trial, err := Analyse(each(s.records()))
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, trial)
	return trial
}

// each is what a reader of records yields, and err after them unless it is nil.
func each(records []history.Record, err ...error) iter.Seq2[history.Record, error] {
	return func(yield func(history.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		for _, err := range err {
			if !yield(history.Record{}, err) {
				return
			}
		}
	}
}

// checkSums holds the sums that must hold in every trial.
func checkSums(t testing.TB, trial Trial) {
	t.Helper()
	sent := 0
	for _, s := range trial.Streams {
		sent += s.Sent
		checkCounts(t, s.Name, s.Counts)
		causes := 0
		for _, n := range s.Causes {
			causes += n
		}
		if causes != s.Dropped {
			t.Errorf("stream %s: causes add up to %d, dropped is %d", s.Name, causes, s.Dropped)
		}
		var sum Counts
		for name, w := range s.Windows {
			checkCounts(t, s.Name+" in "+name, w.Counts)
			sum.Scheduled += w.Scheduled
			sum.Sent += w.Sent
			sum.Missed += w.Missed
			sum.OK += w.OK
			sum.Dropped += w.Dropped
			sum.Masked += w.Masked
			sum.Unresolved += w.Unresolved
		}
		if len(trial.Windows) > 0 && sum != s.Counts {
			t.Errorf("stream %s: windows add up to %+v, the stream is %+v", s.Name, sum, s.Counts)
		}
		inOutages := 0
		for _, o := range s.Outages {
			inOutages += o.Dropped
		}
		if inOutages != s.Dropped {
			t.Errorf("stream %s: outages hold %d drops of %d", s.Name, inOutages, s.Dropped)
		}
	}
	if l := trial.Ledger; l != nil && l.Matched+l.ClientOnly != sent {
		t.Errorf("ledger: matched %d + clientOnly %d is not %d sent", l.Matched, l.ClientOnly, sent)
	}
}

func checkCounts(t testing.TB, of string, c Counts) {
	t.Helper()
	if c.Scheduled != c.Sent+c.Missed || c.Sent != c.OK+c.Dropped+c.Unresolved || c.Masked > c.OK {
		t.Errorf("%s: the sums do not hold: %+v", of, c)
	}
	for _, n := range []int{c.Scheduled, c.Sent, c.Missed, c.OK, c.Dropped, c.Masked, c.Unresolved} {
		if n < 0 {
			t.Errorf("%s: a negative count: %+v", of, c)
		}
	}
}
