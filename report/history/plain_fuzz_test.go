package history

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// FuzzParsePlain: every line is read as encoding/json reads it, errors included, and
// what was read is written as encoding/json writes it.
func FuzzParsePlain(f *testing.F) {
	for _, rec := range eachPlain(f) {
		line, err := encode(&rec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	for _, line := range oddLines {
		f.Add([]byte(line))
	}
	names := map[string]string{}
	f.Fuzz(func(t *testing.T, line []byte) {
		sameRecord(t, line, names)
		if rec, err := ParseLine(line); err == nil {
			sameBytes(t, rec)
		}
	})
}

// FuzzAppendRecord: every record of a plain kind is written as encoding/json writes
// it, and what was written is read as encoding/json reads it.
func FuzzAppendRecord(f *testing.F) {
	f.Add(uint8(1), uint64(2), int64(3), int64(0), uint32(5), uint16(200), "pod", "ok", "reset", "eth0", []byte{127, 0, 0, 1})
	for _, text := range oddTexts {
		f.Add(uint8(0), uint64(0), int64(-1), int64(0), uint32(0), uint16(0), text, text, text, text, make([]byte, 16))
	}
	names := map[string]string{}
	f.Fuzz(func(t *testing.T, n8 uint8, n64 uint64, at, other int64, n32 uint32, n16 uint16, text, cause, lost, zone string, ip []byte) {
		addr, _ := netip.AddrFromSlice(ip)
		from, to := netip.AddrPortFrom(addr, n16), netip.AddrPortFrom(addr.WithZone(zone), uint16(n32))
		for _, rec := range []Record{
			{Hit: &Hit{
				Stream: n8, Seq: n64, At: Micros(at), Sent: Micros(other), First: Micros(at), Done: Micros(other), Conn: n32, Tries: n8, Idle: Micros(other),
				Status: n16, Bytes: other, Pod: text, Cause: Cause(cause), Lost: []Attempt{{Conn: n32, Cause: Cause(lost)}, {Cause: Cause(cause)}}[:n8%3],
			}},
			{Conn: &Conn{
				ID: n32, Stream: n8, Dial: Micros(at), Open: Micros(other), Closed: Micros(at), Local: from, Remote: to, Read: other, Wrote: at, Pod: text, Err: Cause(cause),
			}},
			{Served: &Served{Hit: lost, Pod: text, Start: Micros(at), Done: Micros(other), Status: n16}},
		} {
			sameBytes(t, rec)
			if line, err := encode(&rec); err == nil {
				sameRecord(t, line, names)
			}
		}
	})
}

// What a writer leaves on disk is what encoding/json makes of its records.
func TestTheWriterWritesTheSameBytes(t *testing.T) {
	recs := append(eachPlain(t), Record{Event: &Event{Type: "<a>", Pod: strings.Repeat("p", 1<<17)}}, Record{Hit: &Hit{Pod: "\n\"<é\u2028\xff"}}, Record{End: &End{}})
	var file, want bytes.Buffer
	w, err := NewWriter(struct {
		io.Writer
		io.Closer
	}{&file, io.NopCloser(nil)})
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		w.Put(rec)
		line, err := encode(&rec)
		if err != nil {
			t.Fatal(err)
		}
		want.Write(line)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	zip, err := zstd.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	if got, err := io.ReadAll(zip); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes, %v, want these %d", len(got), err, want.Len())
	}
}
