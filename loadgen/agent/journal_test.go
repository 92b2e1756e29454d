package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"zarif/report/history"
)

// A disk that can be full; it hangs while mu is held.
type disk struct {
	mu     sync.Mutex
	text   bytes.Buffer
	room   int // bytes; negative: endless
	closed bool
}

func (d *disk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room >= 0 && d.text.Len()+len(p) > d.room {
		n, _ := d.text.Write(p[:d.room-d.text.Len()])
		return n, errors.New("no space left on device")
	}
	return d.text.Write(p)
}

func (d *disk) Close() error { d.closed = true; return nil }

func testClock() history.Clock {
	return history.Clock{Source: history.SourceAgent, Epoch: time.Unix(1700000000, 0)}
}

func TestTheJournalWritesEveryRecordOnceAndInOrder(t *testing.T) {
	d := &disk{room: -1}
	j, err := newJournal(d, testClock(), func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.text.String(), `{"clock":`) {
		t.Fatalf("the file begins with %q before anything was put", d.text.String())
	}
	const n = 2000
	for i := range n {
		if j.put(testHit(i)); i%500 == 0 {
			time.Sleep(flushEvery * 3 / 2) // so that several flushes share the work
		}
	}
	if err := j.close(history.End{Source: history.SourceAgent}); err != nil {
		t.Fatal(err)
	}
	seq := uint64(0)
	var end *history.End
	for rec, err := range history.ReadLines(&d.text) {
		switch {
		case err != nil:
			t.Fatal(err)
		case rec.Hit != nil:
			if rec.Hit.Seq != seq {
				t.Fatalf("hit %d, want %d", rec.Hit.Seq, seq)
			}
			seq++
		case rec.End != nil:
			end = rec.End
		}
	}
	if seq != n || end == nil || end.Records != n+1 || !d.closed {
		t.Fatalf("%d hits, end %+v, closed %v", seq, end, d.closed)
	}
}

// The lines are what encoding/json makes of the records: older builds read them too.
func TestTheJournalWritesJSON(t *testing.T) {
	d := &disk{room: -1}
	clock := testClock()
	j, err := newJournal(d, clock, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	records := []history.Record{
		testHit(7), {Hit: &history.Hit{Pod: "<é\n\"", Cause: history.OK, Lost: []history.Attempt{{Cause: history.Reset}}}},
		{Conn: &history.Conn{ID: 1, Remote: netip.MustParseAddrPort("127.0.0.1:80"), Err: history.Closed}},
	}
	for _, rec := range records {
		j.put(rec)
	}
	if err := j.close(history.End{Source: history.SourceAgent}); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	end := history.End{Source: history.SourceAgent, Records: uint64(len(records) + 1)}
	for _, rec := range append(append([]history.Record{{Clock: &clock}}, records...), history.Record{End: &end}) {
		if err := enc.Encode(rec); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.text.String(); got != want.String() {
		t.Errorf("the file is %q, want %q", got, want.String())
	}
}

func TestARecordThatJSONCannotHoldFailsTheJournal(t *testing.T) {
	d := &disk{room: -1}
	told := make(chan error, 10)
	j, err := newJournal(d, testClock(), func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	written := d.text.String()
	j.put(testHit(0))
	j.put(history.Record{Clock: &history.Clock{Epoch: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	if err := j.close(history.End{}); err == nil || !strings.Contains(err.Error(), "encode a record: json: ") {
		t.Errorf("error %v", err)
	}
	if len(told) != 1 || d.text.String() != written {
		t.Errorf("%d errors told, file %q", len(told), d.text.String())
	}
}

func TestPutDoesNotWaitForTheDisk(t *testing.T) {
	d := &disk{room: -1}
	j, err := newJournal(d, testClock(), func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock() // the disk hangs
	for i := range 10000 {
		j.put(testHit(i))
	}
	if got := j.records(); got != 10001 {
		t.Fatalf("%d records, want 10001", got)
	}
	d.mu.Unlock()
	if err := j.close(history.End{}); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(d.text.Bytes(), []byte("\n")); lines != 10002 {
		t.Fatalf("%d lines, want 10002", lines)
	}
}

func TestAFullDiskIsToldAtOnceAndLeavesNoEnd(t *testing.T) {
	d := &disk{room: 300}
	told := make(chan error, 10)
	j, err := newJournal(d, testClock(), func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		j.put(testHit(i))
	}
	if err := <-told; !strings.Contains(err.Error(), "no space left") {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.room = -1 // room again: too late
	d.mu.Unlock()
	if err := j.close(history.End{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(d.text.String(), `"end"`) || len(told) != 0 {
		t.Fatalf("file %q, %d more errors told", d.text.String(), len(told))
	}
}

func TestARecordAfterTheEndIsTold(t *testing.T) {
	told := make(chan error, 1)
	j, err := newJournal(&disk{room: -1}, testClock(), func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	if err := j.close(history.End{}); err != nil {
		t.Fatal(err)
	}
	j.put(testHit(0))
	if err := <-told; !strings.Contains(err.Error(), "after the end") {
		t.Fatal(err)
	}
}
