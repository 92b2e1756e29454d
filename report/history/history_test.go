package history_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"zarif/report/history"
)

func records() []history.Record {
	return []history.Record{
		{Meta: &history.Meta{Schema: history.Schema, Scenario: "go-exit.rollout", Started: time.Unix(1, 2).UTC()}},
		{Hit: &history.Hit{Stream: 1, Seq: 7, At: 5, Sent: 6, First: 7, Done: 8, Conn: 3, Tries: 2, Cause: history.OK, Pod: "a<b",
			Lost: []history.Attempt{{Conn: 2, Cause: history.Reset}}}},
		{Conn: &history.Conn{ID: 3, Dial: 1, Local: netip.MustParseAddrPort("127.0.0.1:80"), Remote: netip.MustParseAddrPort("[::1]:81"), Err: history.Closed}},
		{Served: &history.Served{Hit: "1-7", Pod: "a", Start: 6, Done: 7, Status: 200}},
		{Proxied: &history.Proxied{Hit: "1-7", Edge: "zarif-edge-a", Done: 8, Status: 502, Upstream: []string{"10.0.0.1:80", "10.0.0.2:80"}, Tries: 2, Reason: history.EdgeRefused, Lost: []string{history.EdgeReset}, Detail: "connect() failed"}},
		{Event: &history.Event{T: 9, Precision: 1e6, Source: history.SourceAPI, Type: history.EventPodDeleted, Attrs: map[string]string{"grace": "30"}}},
		{Clock: &history.Clock{Source: history.SourceAgent, Epoch: time.Unix(3, 0).UTC(), Offset: -5, Uncertainty: 7}},
		{End: &history.End{Source: history.SourceHarness, Records: 6, Streams: []history.StreamEnd{{Stream: 1, Scheduled: 8}}}},
	}
}

func write(t *testing.T, path string, recs []history.Record) {
	t.Helper()
	w, err := history.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func readAll(r io.Reader) (recs []history.Record, err error) {
	for rec, e := range history.Read(r) {
		if e != nil {
			return recs, e
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.zst")
	write(t, path, records())
	var got []history.Record
	for rec, err := range history.ReadFile(path) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rec)
	}
	if !reflect.DeepEqual(got, records()) {
		t.Errorf("read back %+v", got)
	}
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.zst")
	write(t, path, records())
	if _, err := history.Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second Create: %v, want ErrExist", err)
	}
}

// A history that is cut anywhere reads up to its last whole line and then says so.
func TestCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.zst")
	write(t, path, records())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		got, err := readAll(bytes.NewReader(whole[:n]))
		if n > 0 && len(got) < len(records()) && !errors.Is(err, history.ErrCut) {
			t.Fatalf("cut at %d of %d: %d records and error %v, want ErrCut", n, len(whole), len(got), err)
		}
		if len(got) > 0 && !reflect.DeepEqual(got, records()[:len(got)]) {
			t.Fatalf("cut at %d: records differ", n)
		}
	}
}

// What was put is on disk soon after, without Close: a SIGKILL takes little.
func TestFlushedWhileItRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.zst")
	w, err := history.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, r := range records()[:6] {
		w.Put(r)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(bytes.NewReader(data))
		if len(got) == 6 {
			if !errors.Is(err, history.ErrCut) {
				t.Errorf("an unfinished history ends with %v, want ErrCut", err)
			}
			return
		}
	}
	t.Error("the records never reached the disk")
}

func TestLinesThatAreNoRecord(t *testing.T) {
	for _, line := range []string{"{}\n", "{\"unknown\":{}}\n", "null\n", "[]\n", "{\"h\":{},\"c\":{}}\n", "{\"h\":{}}{\"h\":{}}\n", "{\"h\":{\"n\":-1}}\n"} {
		if rec, err := history.ParseLine([]byte(line)); err == nil {
			t.Errorf("%q was read as %+v", line, rec)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}}`))
	f.Add([]byte(`{"end":{"s":"harness","n":1}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, err := history.ParseLine(line)
		if err == nil && rec == (history.Record{}) {
			t.Errorf("%q: neither a record nor an error", line)
		}
	})
}

func TestHitID(t *testing.T) {
	s, n, err := history.ParseHitID(history.HitID(3, 1<<40))
	if s != 3 || n != 1<<40 || err != nil {
		t.Errorf("got %d %d %v", s, n, err)
	}
	for _, bad := range []string{"", "1", "-1", "1-", "256-1", "x-1", "1-x"} {
		if _, _, err := history.ParseHitID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestEveryCauseIsADrop(t *testing.T) {
	for _, c := range history.Causes() {
		if !c.Dropped() {
			t.Errorf("%s is not a drop", c)
		}
	}
	for _, c := range []history.Cause{history.OK, history.Missed, history.Unresolved} {
		if c.Dropped() {
			t.Errorf("%s is a drop", c)
		}
	}
	if !history.Cause("from-a-later-version").Dropped() {
		t.Error("an unknown cause hides a drop")
	}
}

func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "h.zst")
	recs := make([]history.Record, 100_000)
	for i := range recs {
		recs[i] = history.Record{Hit: &history.Hit{Seq: uint64(i), At: history.Micros(i * 10_000), Sent: history.Micros(i*10_000 + 90), Done: history.Micros(i*10_000 + 50_000), Conn: uint32(i), Cause: history.OK, Pod: "go-exit-5d8f-x2k4l", Status: 200, Tries: 1}}
	}
	w, err := history.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range recs {
		w.Put(r)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		for _, err := range history.ReadFile(path) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != len(recs) {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/record")
}
