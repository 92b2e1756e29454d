package html

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

const (
	sec = history.Micros(time.Second / time.Microsecond)
	ms  = sec / 1000
)

var epoch = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// hostile is a name that is a script where it is not escaped.
const hostile = `</script><img src=x onerror="window.pwned=1">`

// A tale is a hand-made history: 30 s of two streams of 20 hits/s, a disruption from
// 10 s to 20 s that takes pod a away, and c in its place.
type tale struct {
	meta    history.Meta
	records []history.Record
	pods    [3]string
	spoil   func(*history.Hit) // changes hits of stream 0
}

func newTale(fixture, disruption string) *tale {
	stream := func(id uint8, name string) history.Stream {
		return history.Stream{
			ID: id, Name: name, Source: history.SourceHarness, Vantage: history.VantageService, URL: "http://10.0.0.1/", Method: "GET", Connection: history.Fresh,
			Retry: history.RetryClient, Rate: 20, Work: 50 * time.Millisecond, ConnectTimeout: 5 * time.Second, ResponseTimeout: 10 * time.Second, Expected: "any",
		}
	}
	return &tale{
		meta: history.Meta{
			Schema: history.Schema, Tool: history.Tool{Version: "v0", Go: "go1.26"}, Cluster: history.ClusterInfo{Type: "kind", Name: "zarif", Kubernetes: "v1.34.4"},
			Scenario: fixture + "." + disruption, Fixture: fixture, Disruption: disruption, Trial: 1, Seed: 7, Started: epoch, DisruptionLimit: time.Minute,
			Replicas: 2, Grace: 30 * time.Second, PreStop: "sleep 5", Streams: []history.Stream{stream(0, "fresh"), stream(1, "reused")},
		},
		pods: [3]string{"shop-5d9-aaaaa", "shop-5d9-bbbbb", "shop-77c-ccccc"},
	}
}

// lossy drops five hits of stream 0 and masks one, around the end of pod a.
func (s *tale) lossy() *tale {
	s.spoil = func(h *history.Hit) {
		switch h.Seq {
		case 224, 236, 244: // at 11.2 s, 11.8 s and 12.2 s
			h.Cause, h.Pod, h.Conn, h.Done = history.Refused, "", 0, h.At+3*ms
		case 225:
			h.Cause, h.Pod = history.Reset, ""
		case 226:
			h.Cause, h.Status, h.Done = history.Status502, 502, h.At+2500*ms
		case 230:
			h.Lost = []history.Attempt{{Conn: 1, Cause: history.Closed}}
		}
	}
	return s
}

func (s *tale) event(at history.Micros, source, kind, pod string, attrs ...string) {
	e := history.Event{T: at, Source: source, Type: kind, Pod: pod, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	s.records = append(s.records, history.Record{Event: &e})
}

func (s *tale) life() {
	a, b, c := s.pods[0], s.pods[1], s.pods[2]
	for _, pod := range []string{a, b} {
		s.event(-5*sec, history.SourceAPI, history.EventPodCreated, pod)
		s.event(-4*sec, history.SourceAPI, history.EventContainerStarted, pod, "restarts", "0")
		s.event(-3*sec, history.SourceAPI, history.EventEndpointReady, pod)
		s.event(-3*sec, history.SourceAPI, history.EventPodReady, pod)
	}
	for name, at := range map[string]history.Micros{"warmup": 0, "baseline": 3 * sec, "disruption": 10 * sec, "recovery": 20 * sec, "drained": 30 * sec} {
		s.event(at, history.SourceHarness, history.EventWindow, "", "name", name)
	}
	s.event(10*sec+1, history.SourceHarness, history.EventAct, "", "action", "restart "+hostile)
	s.event(11*sec, history.SourceAPI, history.EventPodDeleted, a, "grace", "30")
	s.event(11*sec+50*ms, history.SourcePods, history.EventAppSignal, a, "signal", "SIGTERM")
	s.event(11*sec+300*ms, history.SourceAPI, history.EventEndpointNotReady, a)
	s.event(11*sec+600*ms, history.SourceAPI, history.EventContainerExited, a, "exitCode", "143", "restarts", "0")
	s.records[len(s.records)-1].Event.Precision = sec // at 12 s at the latest, when the pod is gone
	s.event(12*sec, history.SourceAPI, history.EventPodGone, a)
	s.event(12*sec, history.SourceAPI, history.EventPodCreated, c)
	s.event(14*sec, history.SourceAPI, history.EventPodReady, c)
	s.event(14*sec, history.SourceAPI, history.EventEndpointReady, c)
	s.event(20*sec-1, history.SourceHarness, history.EventComplete, "")
}

func (s *tale) load() {
	for stream := range s.meta.Streams {
		for seq := range uint64(600) {
			at := history.Micros(seq) * sec / 20
			pod := s.pods[seq%2]
			if at > 11*sec {
				pod = s.pods[1]
			}
			id := uint32(stream)*1000 + uint32(seq) + 1
			h := &history.Hit{
				Stream: uint8(stream), Seq: seq, At: at, Sent: at + ms, First: at + 50*ms, Done: at + 51*ms, Conn: id, Tries: 1, Status: 200, Pod: pod, Cause: history.OK,
			}
			if s.spoil != nil && stream == 0 {
				s.spoil(h)
			}
			s.records = append(s.records, history.Record{Hit: h},
				history.Record{Conn: &history.Conn{ID: id, Stream: uint8(stream), Dial: at + ms, Open: at + 2*ms, Closed: at + 51*ms, Pod: pod}})
		}
	}
}

// save puts the tale into a results folder.
func (s *tale) save(t testing.TB, dir string) {
	t.Helper()
	s.records = []history.Record{{Meta: &s.meta}}
	s.life()
	s.load()
	ends := []history.StreamEnd{{Stream: 0, Scheduled: 600}, {Stream: 1, Scheduled: 600}}
	s.records = append(s.records, history.Record{End: &history.End{Source: history.SourceHarness, Records: uint64(len(s.records)), Streams: ends}})
	trial := filepath.Join(dir, "trials", s.meta.Scenario, strconv.Itoa(s.meta.Trial))
	if err := os.MkdirAll(trial, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := history.Create(filepath.Join(trial, "history.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.records {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// folder is a results folder with four scenarios, one of them with two trials and
// one with names that want to be scripts.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	newTale("shop", "rollout").lossy().save(t, dir)
	again := newTale("shop", "rollout")
	again.meta.Trial = 2
	again.save(t, dir)
	newTale("shop", "kill").save(t, dir)
	newTale("cart", "rollout").save(t, dir)
	bad := newTale("evil", "kill").lossy()
	for i := range bad.pods {
		bad.pods[i] += hostile
	}
	bad.meta.PreStop, bad.meta.Streams[0].Name, bad.meta.Cluster.Name = hostile, "fresh"+hostile, hostile
	bad.save(t, dir)
	return dir
}

// results are what a folder means.
func results(t testing.TB, dir string) report.Results {
	t.Helper()
	r, err := report.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// written is the page of a folder.
func written(t testing.TB, dir string, r report.Results) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(t.Context(), &out, dir, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
