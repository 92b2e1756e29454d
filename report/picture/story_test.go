package picture

import (
	"iter"
	"strings"
	"testing"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A story is a history that is made up: a pod is deleted and ends, and hits are lost.
type story []history.Record

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// second is a moment in seconds since the trial was started.
func second(s float64) history.Micros { return history.Micros(s * 1e6) }

func (s *story) event(at float64, source, kind, pod string, attrs ...string) {
	e := history.Event{T: second(at), Source: source, Type: kind, Pod: pod}
	for i := 0; i+1 < len(attrs); i += 2 {
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	*s = append(*s, history.Record{Event: &e})
}

// hit adds hit n of the one stream, of ten per second, that came to its end after 50 ms.
func (s *story) hit(n uint64, pod string, cause history.Cause, lost ...history.Cause) {
	h := history.Hit{Seq: n, At: second(1 + float64(n)/10), Pod: pod, Cause: cause}
	h.Done = h.At + second(.05)
	if cause != history.Missed {
		h.Sent = h.At + second(.001)
	}
	for _, l := range lost {
		h.Lost = append(h.Lost, history.Attempt{Cause: l})
	}
	*s = append(*s, history.Record{Hit: &h})
}

func (s story) records() iter.Seq2[history.Record, error] {
	return func(yield func(history.Record, error) bool) {
		for _, r := range s {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (s story) trial(t *testing.T) *report.Trial {
	t.Helper()
	trial, err := report.Analyse(s.records())
	if err != nil {
		t.Fatal(err)
	}
	return &trial
}

// draw is the timeline.
func (s story) draw(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	if err := Timeline(&out, s.trial(t), s.records()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// rollout is the story of two pods, of which one is replaced: hits 100 to 159 lose
// some of every kind, and 148 and 149 have no record.
func rollout() *story {
	s := &story{{Meta: &history.Meta{
		Schema: history.Schema, Scenario: "shop.rollout", Fixture: "shop", Disruption: "rollout", Trial: 1, Started: began,
		Cluster: history.ClusterInfo{Type: "kind", Kubernetes: "v1.34.4"}, Replicas: 2, Grace: 30 * time.Second, PreStop: "sleep 1",
		Streams: []history.Stream{{Name: "fresh", Source: history.SourceHarness, Vantage: history.VantageService, Connection: "fresh", Rate: 10}},
	}}}
	for i, name := range []string{history.WindowWarmup, history.WindowBaseline, history.WindowDisruption, history.WindowRecovery, history.WindowDrained} {
		s.event([]float64{1, 4, 11, 17, 22}[i], history.SourceHarness, history.EventWindow, "", "name", name)
	}
	for _, pod := range []struct {
		name               string
		created, ready     float64
		deleted, term, off float64
	}{{"shop-5d-aa", 0.1, 0.9, 12, 13.02, 12.2}, {"shop-5d-bb", 0.1, 0.8, 0, 0, 0}, {"shop-77-cc", 11.1, 11.9, 0, 0, 0}} {
		s.event(pod.created, history.SourceAPI, history.EventPodCreated, pod.name)
		s.event(pod.ready, history.SourceAPI, history.EventPodReady, pod.name)
		s.event(pod.ready+.05, history.SourceAPI, history.EventEndpointReady, pod.name)
		if pod.deleted == 0 {
			continue
		}
		s.event(pod.deleted, history.SourceAPI, history.EventPodDeleted, pod.name, "grace", "30")
		s.event(pod.off, history.SourceAPI, history.EventEndpointNotReady, pod.name)
		s.event(pod.term, history.SourcePods, history.EventAppSignal, pod.name, "signal", "SIGTERM")
		s.event(pod.term+.6, history.SourceAPI, history.EventContainerExited, pod.name, "exitCode", "0")
	}
	for n := range uint64(210) {
		switch {
		case n == 148 || n == 149:
		case n >= 110 && n < 118:
			s.hit(n, "", history.Refused)
		case n == 121:
			s.hit(n, "shop-5d-bb", history.OK, history.Reset)
		case n == 60:
			s.hit(n, "", history.Missed)
		default:
			s.hit(n, "shop-5d-bb", history.OK)
		}
	}
	*s = append(*s, history.Record{End: &history.End{Source: history.SourceHarness, Records: uint64(len(*s)), Streams: []history.StreamEnd{{Scheduled: 210}}}})
	return s
}
