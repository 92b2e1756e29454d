package explain

import (
	"bytes"
	"io"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"zarif/report/history"
)

// BenchmarkMillion analyses and explains a history of a million hits, each with a
// connection and a server's line, of which one in twenty is lost.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	var file bytes.Buffer
	w, err := history.NewWriter(nopCloser{&file})
	if err != nil {
		b.Fatal(err)
	}
	t := newTale()
	t.deleted("a", 6)
	t.meta.Streams[0].Rate = 500
	for r := range t.all() {
		if r.End == nil {
			w.Put(r)
		}
	}
	pods := []string{"b", "c"}
	for i := range n {
		at, id := history.Micros(i)*2000, uint32(i+1)
		h := history.Hit{Seq: uint64(i), At: at, Sent: at + 150, First: at + 51_000, Done: at + 51_300, Conn: id, Tries: 1, Status: 200, Pod: pods[i%2], Cause: history.OK}
		c := history.Conn{ID: id, Dial: at + 150, Open: at + 400, Closed: at + 51_400, Read: 180, Wrote: 120, Pod: pods[i%2]}
		if i%20 == 0 {
			h.First, h.Status, h.Pod, h.Cause = 0, 0, "", history.Causes()[i/20%4]
			c.Pod, c.Err, c.Open = "", h.Cause, c.Open*history.Micros(i/20%3&1)
		} else {
			w.Put(history.Record{Served: &history.Served{Hit: history.HitID(0, uint64(i)), Pod: h.Pod, Start: at + 2_000_500, Done: at + 2_051_000, Status: 200}})
		}
		w.Put(history.Record{Hit: &h})
		w.Put(history.Record{Conn: &c})
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	began, most := cpu(), uint64(0)
	for b.Loop() {
		runtime.GC()
		before := heap()
		peak, done := before, make(chan bool)
		go func() {
			for {
				select {
				case <-done:
					done <- true
					return
				case <-time.After(5 * time.Millisecond):
					peak = max(peak, heap())
				}
			}
		}()
		trial := examined(b, history.Read(bytes.NewReader(file.Bytes())))
		done <- true
		<-done
		if got := trial.Streams[0].Dropped; got != n/20 {
			b.Fatalf("%d dropped", got)
		}
		most = max(most, max(peak, heap())-before)
	}
	b.ReportMetric(float64(most)/1e6, "peak-MB")
	b.ReportMetric((cpu()-began)/float64(b.N), "cpu-s/op")
}

// cpu is the CPU time of this process in seconds: the machine may be shared.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// heap is what the objects on the heap take, garbage included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
