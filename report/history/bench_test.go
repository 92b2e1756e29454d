package history

import (
	"net/netip"
	"testing"
	"time"
)

// BenchmarkLine writes and reads one line of each plain kind, both ways.
func BenchmarkLine(b *testing.B) {
	local, remote := netip.MustParseAddrPort("10.244.1.7:41234"), netip.MustParseAddrPort("10.96.113.20:8080")
	at := Micros(20 * time.Minute / time.Microsecond)
	for name, rec := range map[string]Record{
		"hit":    {Hit: &Hit{Seq: 123_456, At: at, Sent: at + 90, First: at + 50_000, Done: at + 50_100, Conn: 123_457, Tries: 1, Status: 200, Bytes: 20, Pod: "go-exit-5d8f-x2k4l", Cause: OK}},
		"conn":   {Conn: &Conn{ID: 123_457, Dial: at, Open: at + 200, Closed: at + 50_300, Local: local, Remote: remote, Read: 180, Wrote: 120, Pod: "go-exit-5d8f-x2k4l"}},
		"served": {Served: &Served{Hit: "0-123456", Pod: "go-exit-5d8f-x2k4l", Start: at, Done: at + 50_000, Status: 200}},
	} {
		line, err := encode(&rec)
		if err != nil {
			b.Fatal(err)
		}
		buf, names := make([]byte, 0, 1024), map[string]string{}
		for way, run := range map[string]func() error{
			"write/plain": func() error { _, err := AppendRecord(buf, &rec); return err },
			"write/json":  func() error { _, err := appendAny(buf, &rec); return err },
			"read/plain":  func() error { _, err := parseLine(line, names); return err },
			"read/json":   func() error { _, err := parseAny(line); return err },
		} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
