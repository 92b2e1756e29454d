package lag

import (
	"iter"
	"testing"
	"time"

	"zarif/report/history"
)

// A story is a history written by hand. Its times are in milliseconds; the
// disruption lasts from 10,000 until load has drained at 40,000.
type story struct {
	meta    history.Meta
	records []history.Record
	end     history.End
}

func newStory() *story {
	s := &story{
		meta: history.Meta{
			Started: time.Unix(1_000_000, 0).UTC(),
			Streams: []history.Stream{
				{ID: 0, Name: "fresh", Source: history.SourceHarness, Connection: history.Fresh},
				{ID: 1, Name: "reused", Source: history.SourceHarness, Connection: history.Reused},
			},
		},
		end: history.End{Source: history.SourceHarness},
	}
	s.harness(10_000, history.EventWindow, "", "name", history.WindowDisruption)
	s.harness(35_000, history.EventComplete, "")
	s.harness(40_000, history.EventWindow, "", "name", history.WindowDrained)
	return s
}

func ms(n float64) history.Micros { return history.Micros(n * 1000) }

func (s *story) put(r history.Record) *story {
	s.records = append(s.records, r)
	return s
}

func (s *story) event(source string, at float64, kind, pod string, attrs ...string) *story {
	e := &history.Event{T: ms(at), Source: source, Type: kind, Pod: pod, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	return s.put(history.Record{Event: e})
}

func (s *story) harness(at float64, kind, pod string, attrs ...string) *story {
	return s.event(history.SourceHarness, at, kind, pod, attrs...)
}

func (s *story) api(at float64, kind, pod string, attrs ...string) *story {
	return s.event(history.SourceAPI, at, kind, pod, attrs...)
}

func (s *story) app(at float64, kind, pod string) *story {
	s.event(history.SourcePods, at, kind, pod)
	if kind == history.EventAppExit {
		return s.with("code", "0")
	}
	return s
}

// with gives the last event an attribute; an empty value takes it away.
func (s *story) with(name, value string) *story {
	attrs := s.records[len(s.records)-1].Event.Attrs
	if attrs[name] = value; value == "" {
		delete(attrs, name)
	}
	return s
}

// vague makes the last event known to the second only.
func (s *story) vague() *story {
	s.records[len(s.records)-1].Event.Precision = ms(1000)
	return s
}

// dial is a connection of the fresh stream: to a pod, or one that failed.
func (s *story) dial(at float64, pod string, err history.Cause) *story {
	c := &history.Conn{ID: uint32(len(s.records)), Dial: ms(at), Pod: pod, Err: err}
	if err == "" {
		c.Open = c.Dial + 500
	}
	return s.put(history.Record{Conn: c})
}

// dials are connections at even distances.
func (s *story) dials(from, to, every float64, pod string, err history.Cause) *story {
	for at := from; at <= to; at += every {
		s.dial(at, pod, err)
	}
	return s
}

func (s *story) served(start, done float64, pod string) *story {
	return s.put(history.Record{Served: &history.Served{Hit: "0-1", Pod: pod, Start: ms(start), Done: ms(done)}})
}

// read is the whole history, the way a file yields it.
func (s *story) read() iter.Seq2[history.Record, error] {
	all := append([]history.Record{{Meta: &s.meta}}, s.records...)
	end := s.end
	if end.Records == 0 {
		end.Records = uint64(len(all))
	}
	if end.Source != "" {
		all = append(all, history.Record{End: &end})
	}
	return func(yield func(history.Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func samplesOf(t *testing.T, stories ...*story) map[string][]time.Duration {
	t.Helper()
	var c Collection
	for _, s := range stories {
		if err := c.Add(s.read()); err != nil {
			t.Fatal(err)
		}
	}
	return c.Samples()
}
