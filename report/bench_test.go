package report

import (
	"bytes"
	"flag"
	"io"
	"iter"
	"runtime/metrics"
	"syscall"
	"testing"

	"zarif/report/history"
)

var benchHits = flag.Int("hits", 1_000_000, "hits of the benchmark's history")

// BenchmarkMillion reads and analyses a history of a million hits, each with a
// connection and a server's line: 500/s for half an hour.
func BenchmarkMillion(b *testing.B) {
	n := *benchHits
	s := newStory()
	s.meta.Streams[0].Rate = 500
	s.hits, s.conns, s.served = nil, nil, nil
	for i, name := range []string{history.WindowWarmup, history.WindowBaseline, history.WindowDisruption, history.WindowRecovery, history.WindowDrained} {
		s.events[i].T, s.events[i].Attrs["name"] = history.Micros(i)*history.Micros(n)*500, name
	}
	pods := []string{"a", "b", "c"}
	for i := range n {
		at := history.Micros(i) * 2000
		id := uint32(i + 1)
		s.hits = append(s.hits, history.Hit{Seq: uint64(i), At: at, Sent: at + 150, First: at + 51_000, Done: at + 51_300, Conn: id, Tries: 1, Status: 200, Bytes: 20, Pod: pods[i%3], Cause: history.OK})
		s.conns = append(s.conns, history.Conn{ID: id, Dial: at + 150, Open: at + 400, Closed: at + 51_400, Read: 180, Wrote: 120, Pod: pods[i%3]})
		s.served = append(s.served, history.Served{Hit: history.HitID(0, uint64(i)), Pod: pods[i%3], Start: at + 500, Done: at + 51_000, Status: 200})
	}
	s.ends = []history.End{{Source: history.SourceAgent, Records: uint64(1 + 2*n), Streams: []history.StreamEnd{{Scheduled: uint64(n)}}}}
	var file bytes.Buffer
	w, err := history.NewWriter(nopCloser{&file})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range s.records() {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	s = nil

	b.Run("read", func(b *testing.B) {
		began := cpu()
		for b.Loop() {
			for _, err := range history.Read(bytes.NewReader(file.Bytes())) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric((cpu()-began)/float64(b.N), "cpu-s/op")
	})
	b.Run("read and analyse", func(b *testing.B) {
		began, before := cpu(), heap()
		peak := before
		for b.Loop() {
			trial, err := Analyse(watched(history.Read(bytes.NewReader(file.Bytes())), func() { peak = max(peak, heap()) }))
			if err != nil {
				b.Fatal(err)
			}
			if got := trial.Streams[0].Sent; got != n {
				b.Fatalf("%d hits", got)
			}
		}
		b.ReportMetric((cpu()-began)/float64(b.N), "cpu-s/op")
		b.ReportMetric(float64(max(peak, heap())-before)/1e6, "peak-MB")
	})
}

// watched calls look now and then while records are read, and when they were.
func watched(records iter.Seq2[history.Record, error], look func()) iter.Seq2[history.Record, error] {
	return func(yield func(history.Record, error) bool) {
		defer look()
		n := 0
		for rec, err := range records {
			if n++; n%1024 == 0 {
				look()
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// heap is what the objects on the heap take, those that are garbage already included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// cpu is the CPU time of this process in seconds: the machine may be shared.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
