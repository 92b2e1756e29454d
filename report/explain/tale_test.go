package explain

import (
	"iter"
	"net/netip"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A tale is a small, hand-made history, told in seconds of harness time: three pods
// a, b and c that serve from the beginning, 20 s of fresh connections at 100/s that
// they answer in turn, and the disruption's window from 5 s on. The load agent's
// clock is an hour ahead and its epoch 2 s after the trial's.
type tale struct {
	meta      history.Meta
	events    []history.Event
	records   []history.Record
	uncertain time.Duration // of the agent's clock
	quiet     []span        // times in which nothing is answered
	answers   map[string]span
	conns     uint32
	seq       uint64
	next      uint16 // port
	reused    uint64
	written   bool
	behind    map[string]string // addresses of pods behind an edge, by pod; nil: there is none
}

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

const (
	ahead = time.Hour
	later = 2 * time.Second
)

func newTale() *tale {
	t := &tale{answers: map[string]span{}, next: 40000, uncertain: 500 * time.Microsecond}
	t.meta = history.Meta{
		Schema: history.Schema, Cluster: history.ClusterInfo{Type: "kind", Name: "zarif"}, Scenario: "go-exit.rollout", Fixture: "go-exit", Disruption: "rollout",
		Trial: 1, Started: began, Replicas: 3, Grace: 30 * time.Second, LogsHits: true,
		Streams: []history.Stream{t.stream(0, "fresh", history.Fresh), t.stream(1, "reused", history.Reused)},
	}
	for _, pod := range []string{"a", "b", "c"} {
		t.up(pod, -9)
		t.answers[pod] = span{}
	}
	t.window(history.WindowBaseline, 0)
	t.window(history.WindowDisruption, 5)
	return t
}

func (t *tale) stream(id uint8, name, connection string) history.Stream {
	return history.Stream{
		ID: id, Name: name, Source: history.SourceAgent, Vantage: history.VantageService, URL: "http://10.96.0.9:80/", Method: "GET", Connection: connection,
		Retry: history.RetryNone, Rate: 100, ConnectTimeout: 5 * time.Second, ResponseTimeout: 10 * time.Second,
	}
}

func micros(s float64) history.Micros { return history.Micros(s * 1e6) }

func (t *tale) event(source, kind, pod string, at float64, attrs ...string) *history.Event {
	e := history.Event{T: micros(at), Source: source, Type: kind, Pod: pod, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	t.events = append(t.events, e)
	return &t.events[len(t.events)-1]
}

func (t *tale) window(name string, at float64) {
	t.event(history.SourceHarness, history.EventWindow, "", at, "name", name)
}

// up lets a pod begin at a moment, and serve a second later.
func (t *tale) up(pod string, at float64) {
	t.event(history.SourceAPI, history.EventPodCreated, pod, at-1)
	t.event(history.SourcePods, history.EventAppStart, pod, at, "pid", "1")
	t.event(history.SourcePods, history.EventAppReady, pod, at+0.1)
	t.event(history.SourceAPI, history.EventPodReady, pod, at+0.9)
	t.event(history.SourceAPI, history.EventEndpointReady, pod, at+1)
}

// starting lets a pod be ready at 7.6 s, although it listens only at 9 s.
func (t *tale) starting(pod string) {
	t.event(history.SourceAPI, history.EventPodCreated, pod, 7)
	t.event(history.SourcePods, history.EventAppStart, pod, 7.5)
	t.event(history.SourceAPI, history.EventPodReady, pod, 7.6)
	t.event(history.SourceAPI, history.EventEndpointReady, pod, 7.7)
	t.event(history.SourcePods, history.EventAppReady, pod, 9)
}

// deleted lets a pod be deleted, hear of it 20 ms later, and exit 10 ms after that.
func (t *tale) deleted(pod string, at float64) {
	t.event(history.SourceAPI, history.EventPodDeleted, pod, at, "grace", "30")
	t.event(history.SourcePods, history.EventAppSignal, pod, at+0.02, "signal", "SIGTERM")
	t.event(history.SourcePods, history.EventAppExit, pod, at+0.03, "code", "0")
	t.event(history.SourceAPI, history.EventEndpointNotReady, pod, at+0.05)
	t.event(history.SourceAPI, history.EventPodGone, pod, at+1)
	t.event(history.SourcePods, history.EventLogEnd, pod, at+1.1, "complete", "true", "end", "exit")
	t.answers[pod] = span{to: micros(at)}
}

// A try is one hit that was lost, as a test tells it. Times are in seconds.
type try struct {
	stream       uint8
	from, to     float64
	opened       bool
	cause        history.Cause
	pod          string // who answered on the connection before, or began to answer
	reusedSince  float64
	served, done float64
	by           string // whose log it is in
	status       uint16
	first        bool
	masked       bool
	proxied      *history.Proxied
}

// lose adds a lost hit.
func (t *tale) lose(l try) {
	t.conns++
	c := history.Conn{ID: t.conns, Stream: l.stream, Dial: t.agent(l.from), Closed: t.agent(l.to), Remote: netip.MustParseAddrPort("10.96.0.9:80"), Err: l.cause, Pod: l.pod}
	h := history.Hit{Stream: l.stream, At: t.agent(l.from) - 2, Sent: t.agent(l.from) - 1, Done: t.agent(l.to), Conn: c.ID, Tries: 1, Status: l.status, Cause: l.cause}
	if l.opened {
		c.Open, c.Local = c.Dial+500, netip.AddrPortFrom(netip.MustParseAddr("10.244.0.2"), 50000)
	}
	if l.reusedSince != 0 {
		c.Dial, c.Open, h.Idle = t.agent(l.reusedSince), t.agent(l.reusedSince)+500, 100_000
	}
	if l.first {
		h.First = h.Done - 1
	}
	if l.first || l.status != 0 && l.proxied == nil {
		h.Pod = l.pod
	}
	if l.masked {
		h.Lost, h.Cause, h.Pod, h.Status = []history.Attempt{{Conn: c.ID, Cause: l.cause}}, history.OK, "b", 200
	}
	if l.stream == 0 {
		h.Seq, t.seq = t.seq, t.seq+1
	} else {
		h.Seq, t.reused = t.reused, t.reused+1
	}
	t.put(history.Record{Hit: &h}, history.Record{Conn: &c})
	id := history.HitID(h.Stream, h.Seq)
	if l.by != "" {
		sv := history.Served{Hit: id, Pod: l.by, Start: micros(l.served)}
		if l.done != 0 {
			sv.Done, sv.Status = micros(l.done), 200
		}
		t.put(history.Record{Served: &sv})
	}
	if l.proxied != nil {
		l.proxied.Hit = id
		t.put(history.Record{Proxied: l.proxied})
	}
}

func (t *tale) agent(s float64) history.Micros { return micros(s) - history.MicrosOf(later) }

func (t *tale) put(r ...history.Record) { t.records = append(t.records, r...) }

// answer adds an answered hit.
func (t *tale) answer(at float64, pod string) {
	t.conns++
	h := history.Hit{Seq: t.seq, At: t.agent(at), Sent: t.agent(at) + 100, First: t.agent(at) + 4000, Done: t.agent(at) + 5000, Conn: t.conns, Tries: 1, Status: 200, Pod: pod, Cause: history.OK}
	c := history.Conn{
		ID: t.conns, Dial: t.agent(at) + 100, Open: t.agent(at) + 600, Closed: t.agent(at) + 5100, Pod: pod,
		Local: netip.AddrPortFrom(netip.MustParseAddr("10.244.0.2"), t.next), Remote: netip.MustParseAddrPort("10.96.0.9:80"),
	}
	t.next += 2
	sv := history.Served{Hit: history.HitID(0, t.seq), Pod: pod, Start: micros(at) + 1000, Done: micros(at) + 4000, Status: 200}
	t.seq++
	t.put(history.Record{Hit: &h}, history.Record{Conn: &c}, history.Record{Served: &sv})
	if address := t.behind[pod]; address != "" {
		t.put(history.Record{Proxied: &history.Proxied{Hit: sv.Hit, Edge: "e", Done: micros(at) + 4500, Status: 200, UpstreamStatus: 200, Upstream: []string{address}}})
	}
}

// late adds a hit whose first packet nobody answered, and whose second one a pod did.
func (t *tale) late(at float64, pod string) {
	t.answer(at, pod)
	n := len(t.records)
	h, c, sv := t.records[n-3].Hit, t.records[n-2].Conn, t.records[n-1].Served
	h.First, h.Done, c.Open, c.Closed = h.First+second, h.Done+second, c.Open+second, c.Closed+second
	sv.Start, sv.Done = sv.Start+second, sv.Done+second
}

// background adds the answered hits up to a moment, in their order, each by a pod
// that serves then.
func (t *tale) background(from, to float64) {
	for i := int(from * 100); i < int(to*100); i++ {
		at := float64(i) / 100
		var pods []string
		for _, pod := range []string{"a", "b", "c", "d"} {
			if s, serves := t.answers[pod]; serves && micros(at) >= s.from && (s.to == 0 || micros(at) < s.to) {
				pods = append(pods, pod)
			}
		}
		silent := len(pods) == 0
		for _, q := range t.quiet {
			silent = silent || micros(at) >= q.from && micros(at) < q.to
		}
		if !silent {
			t.answer(at, pods[i%len(pods)])
		}
	}
}

// all is the whole history. Lost hits are told between background's calls, or all
// before one call for the whole time.
func (t *tale) all() iter.Seq2[history.Record, error] {
	records := []history.Record{
		{Meta: &t.meta},
		{Clock: &history.Clock{Source: history.SourceAgent, Epoch: began.Add(later + ahead), Offset: ahead, Uncertainty: t.uncertain}},
	}
	for i := range t.events {
		records = append(records, history.Record{Event: &t.events[i]})
	}
	records = append(records, t.records...)
	records = append(records, history.Record{End: &history.End{Source: history.SourceHarness, Records: uint64(len(records))}})
	return func(yield func(history.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// examined analyses a history and holds the sums.
func examined(t testing.TB, records iter.Seq2[history.Record, error]) report.Trial {
	t.Helper()
	trial, err := Analyse(records)
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, trial)
	return trial
}

// checkSums: findings hold every dropped and every masked hit of their stream once.
func checkSums(t testing.TB, trial report.Trial) {
	t.Helper()
	for _, s := range trial.Streams {
		dropped, masked := 0, 0
		ids := map[string]bool{}
		for _, f := range trial.Findings {
			if f.Stream != s.Name {
				continue
			}
			dropped, masked = dropped+f.Dropped, masked+f.Masked
			joins := 0
			for _, n := range f.Joins {
				joins += n
			}
			if f.Hits != f.Dropped+f.Masked || joins != f.Hits || len(f.HitIDs) != min(f.Hits, report.FindingHits) {
				t.Errorf("finding %s: %d hits, %d dropped, %d masked, joins %v, %d ids", f.ID, f.Hits, f.Dropped, f.Masked, f.Joins, len(f.HitIDs))
			}
			for _, id := range f.HitIDs {
				if ids[id] {
					t.Errorf("hit %s is in two findings", id)
				}
				ids[id] = true
			}
		}
		if dropped != s.Dropped || masked != s.Masked {
			t.Errorf("stream %s: findings hold %d dropped and %d masked hits, it has %d and %d", s.Name, dropped, masked, s.Dropped, s.Masked)
		}
	}
}
