package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// encode is what AppendRecord promises to write.
func encode(r *Record) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return out.Bytes(), err
}

// sameBytes holds AppendRecord to encode.
func sameBytes(t *testing.T, r Record) {
	t.Helper()
	want, wantErr := encode(&r)
	before := append(make([]byte, 0, 4096), "before"...)
	got, err := AppendRecord(before, &r)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || string(got) != "before"+string(want) {
		t.Errorf("%s\nwritten: %q, %v\nwant:    %q, %v", show(r), got, err, want, wantErr)
	}
}

// sameRecord holds ParseLine, and the reader's form of it, to parseAny.
func sameRecord(t *testing.T, line []byte, names map[string]string) {
	t.Helper()
	want, wantErr := parseAny(line)
	copied := bytes.Clone(line)
	for _, names := range []map[string]string{nil, names} {
		got, err := parseLine(copied, names)
		if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%q\nread: %s, %v\nwant: %s, %v", line, show(got), err, show(want), wantErr)
		}
	}
	// Like the buffer of a reader, which the next line overwrites.
	got, _ := parseLine(copied, names)
	for i := range copied {
		copied[i] = '#'
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q: what was read changed with the line", line)
	}
}

func show(r Record) string {
	line, err := json.Marshal(r)
	return fmt.Sprint(string(line), err)
}

// plainKinds are the kinds of records that have a plain form.
func plainKinds() []Record {
	return []Record{{Hit: &Hit{}}, {Conn: &Conn{}}, {Served: &Served{}}}
}

// values are what a field of type t can hold, of each sort one; all have a plain form.
func values(tb testing.TB, t reflect.Type) (all []reflect.Value) {
	add := func(v any) { all = append(all, reflect.ValueOf(v).Convert(t)) }
	switch {
	case t == reflect.TypeFor[netip.AddrPort]():
		for _, a := range []string{"127.0.0.1:80", "255.10.0.9:65535", "0.0.0.0:0", "[::1]:81", "[::ffff:1.2.3.4]:1", "[fe80::1%eth0]:2"} {
			add(netip.MustParseAddrPort(a))
		}
	case t.Kind() == reflect.String:
		for _, s := range []string{"ok", "from-a-later-version", "<&>'`\x7f ~{}[]:,", "7"} {
			add(s)
		}
	case t.Kind() == reflect.Int64:
		for _, n := range []int64{1, -1, 10, 1_234_567_890, math.MaxInt64, math.MinInt64} {
			add(n)
		}
	case t.Kind() >= reflect.Uint8 && t.Kind() <= reflect.Uint64:
		add(uint64(1))
		add(uint64(10))
		all = append(all, reflect.ValueOf(min(uint64(math.MaxUint64)>>(64-t.Bits()), 9_999_999_999_999_999_999)).Convert(t))
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		for _, elem := range each(tb, t.Elem()) {
			one := reflect.Append(reflect.MakeSlice(t, 0, 3), elem)
			all = append(all, one, reflect.Append(one, reflect.Zero(t.Elem()), elem))
		}
	default:
		tb.Fatalf("this test does not know how to fill a %s: teach it, and appendPlain and parsePlain too", t)
	}
	return all
}

// each are structs of type t: the zero one, those with one field set to each of its
// values, and one with all of them set.
func each(tb testing.TB, t reflect.Type) []reflect.Value {
	full := reflect.New(t).Elem()
	all := []reflect.Value{reflect.Zero(t), full}
	for i := range t.NumField() {
		for _, v := range values(tb, t.Field(i).Type) {
			one := reflect.New(t).Elem()
			one.Field(i).Set(v)
			full.Field(i).Set(v)
			all = append(all, one)
		}
	}
	return all
}

// eachPlain are records of all plain kinds with each of their fields set.
func eachPlain(tb testing.TB) (all []Record) {
	for _, kind := range plainKinds() {
		for i := range reflect.TypeFor[Record]().NumField() {
			field := reflect.ValueOf(&kind).Elem().Field(i)
			if field.IsNil() {
				continue
			}
			for _, v := range each(tb, field.Type().Elem()) {
				var rec Record
				set := reflect.New(v.Type())
				set.Elem().Set(v)
				reflect.ValueOf(&rec).Elem().Field(i).Set(set)
				all = append(all, rec)
			}
		}
	}
	return all
}

// A field that is added to a struct and not to its plain form fails here.
func TestThePlainFormHoldsEveryField(t *testing.T) {
	for _, rec := range eachPlain(t) {
		want, err := encode(&rec)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := appendPlain(nil, &rec)
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("appendPlain wrote %q, %v, want %q", got, ok, want)
		}
		back, ok := parsePlain(want, nil)
		if !ok || !reflect.DeepEqual(back, rec) {
			t.Errorf("parsePlain read %q as %s, %v", want, show(back), ok)
		}
		sameBytes(t, rec)
		sameRecord(t, want, map[string]string{})
	}
}

func TestEveryKindOfRecordCounts(t *testing.T) {
	for i := range reflect.TypeFor[Record]().NumField() {
		var rec Record
		field := reflect.ValueOf(&rec).Elem().Field(i)
		field.Set(reflect.New(field.Type().Elem()))
		if rec.kinds() != 1 {
			t.Errorf("a record with %s only has %d kinds", reflect.TypeFor[Record]().Field(i).Name, rec.kinds())
		}
		sameBytes(t, rec)
	}
}

var oddTexts = []string{
	"", `"`, `\`, `a"b\c/d`, "\x00", "\x01\x1f\b\f\n\r\t", "\x7f", "<script>&amp;</script>", "\u2028", "a\u2029b",
	"é", "日本語", "😀", "\xff", "a\xc3", "\xed\xa0\x80", "\ufffd", "\u0085", strings.Repeat("x", 5000), strings.Repeat("\n", 500),
}

// Odd texts in every text of every kind of record.
func TestOddTextsAreWrittenAndReadAsBefore(t *testing.T) {
	addr, names := netip.MustParseAddrPort("[fe80::1]:9"), map[string]string{}
	for _, text := range oddTexts {
		for _, rec := range []Record{
			{Hit: &Hit{Pod: text}}, {Hit: &Hit{Cause: Cause(text)}}, {Hit: &Hit{Lost: []Attempt{{Cause: OK}, {Conn: 1, Cause: Cause(text)}}}},
			{Conn: &Conn{Pod: text}}, {Conn: &Conn{Err: Cause(text)}},
			{Conn: &Conn{Local: netip.AddrPortFrom(addr.Addr().WithZone(text), 9)}}, {Conn: &Conn{Remote: netip.AddrPortFrom(addr.Addr().WithZone(text), 9)}},
			{Served: &Served{Hit: text}}, {Served: &Served{Pod: text}},
			{Event: &Event{Source: text, Type: text, Pod: text, Node: text, Attrs: map[string]string{text: text, "b": "<"}}},
			{Meta: &Meta{Scenario: text, Tool: Tool{Argv: []string{text}}, Streams: []Stream{{URL: text, Rate: 0.1, Faults: []string{text}}}}},
			{Clock: &Clock{Source: text, Epoch: time.Unix(3, 4)}}, {End: &End{Source: text, Reason: text}},
		} {
			sameBytes(t, rec)
			if line, err := encode(&rec); err == nil {
				sameRecord(t, line, names)
			}
		}
	}
}

func TestRecordsOutOfTheOrdinaryAreWrittenAsBefore(t *testing.T) {
	for name, rec := range map[string]Record{
		"nothing":               {},
		"two kinds":             {Hit: &Hit{Seq: 1}, Conn: &Conn{ID: 2}},
		"a kind and an event":   {Served: &Served{Hit: "1-2"}, Event: &Event{T: 1}},
		"numbers beyond a day":  {Hit: &Hit{Stream: 255, Seq: math.MaxUint64, At: math.MinInt64, Done: math.MaxInt64}},
		"an empty list":         {Hit: &Hit{Cause: OK, Lost: []Attempt{}}},
		"a port of no address":  {Conn: &Conn{Local: netip.AddrPortFrom(netip.Addr{}, 80), Remote: netip.AddrPortFrom(netip.Addr{}, 80)}},
		"a time beyond JSON":    {Clock: &Clock{Epoch: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"a rate that is no one": {Meta: &Meta{Streams: []Stream{{Rate: math.NaN()}}}},
	} {
		t.Run(name, func(t *testing.T) {
			sameBytes(t, rec)
			if line, err := encode(&rec); err == nil {
				sameRecord(t, line, map[string]string{})
			}
		})
	}
}

// oddLines are nearly plain, and most of them are read all the same.
var oddLines = []string{
	`{"h":{}}`, `{"c":{}}`, `{"sv":{}}`, `{"h":null}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}} `, ` {"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}}` + "\r\n", `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}}` + "\n\n", `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"}}x`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"},"c":{"i":1,"s":1,"d":1}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"},"h":{"s":2}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"},"meta":null}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok"},"new":7}`,
	`{"h":{"n":2,"s":1,"r":"ok","a":3,"d":4}}`, `{"h":{"s":1,"s":2,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"S":1,"N":2,"A":3,"D":4,"R":"ok"}}`, `{"H":{"s":1}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","new":{"x":[1]}}}`, `{"h":{"s":1,"n":2,"a":3,"b":null,"d":4,"r":null}}`, `{"h":{"s":1, "n":2,"a":3,"d":4,"r":"ok"}}`,
	`{"h":{"s":256,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":-1,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":1.0,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":2e3,"a":3,"d":4,"r":"ok"}}`,
	`{"h":{"s":01,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":2,"a":-0,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":-0,"a":0,"d":4,"r":"ok"}}`, `{"h":{"s":+1,"n":2,"a":3,"d":4,"r":"ok"}}`,
	`{"h":{"s":1,"n":18446744073709551615,"a":9223372036854775807,"d":-9223372036854775808,"r":"ok"}}`, `{"h":{"s":1,"n":18446744073709551616,"a":3,"d":4,"r":"ok"}}`,
	`{"h":{"s":1,"n":2,"a":9223372036854775808,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":2,"a":3,"d":-9223372036854775809,"r":"ok"}}`, `{"h":{"s":1,"n":2,"a":3,"d":-9999999999999999999,"r":"ok"}}`,
	`{"h":{"s":"1","n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":7}}`, `{"h":{"s":,"n":2,"a":3,"d":4,"r":"ok"}}`, `{"h":{"s":1,"n":2,"a":-,"d":4,"r":"ok"}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"p":"\u0061","r":"ok"}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"p":"a\"b","r":"\\"}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"p":"a` + "\t" + `","r":"ok"}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"p":"` + "\xff" + `","r":"é"}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"p":"","r":""}}`, `{"h":{"s":1,"n":2,"a":3,"b":0,"d":4,"r":"ok"}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[]}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":null}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{}]}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[null,{"r":"x"}]}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{"r":"x"},]}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{"c":0,"r":"x"}]}}`,
	`{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{"r":"x","c":1}]}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{"r":"x"}],"l":[{"c":1,"r":"y"}]}}`, `{"h":{"s":1,"n":2,"a":3,"d":4,"r":"ok","l":[{"c":4294967296,"r":"x"}]}}`,
	`{"c":{"i":1,"s":0,"d":1,"l":"","r":""}}`, `{"c":{"i":1,"s":0,"d":1,"l":":80"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"1.2.3.4"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"1.2.3.4:080"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"1.2.3.4:65536"}}`,
	`{"c":{"i":1,"s":0,"d":1,"l":"1.2.3.04:80"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"1.2.3.256:80"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"1.2.3:80"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"[1.2.3.4]:80"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"::1:80"}}`,
	`{"c":{"i":1,"s":0,"d":1,"l":"[::1]"}}`, `{"c":{"i":1,"s":0,"d":1,"l":"[::1"}`, `{"c":{"i":1,"s":0,"d":1,"l":"[`, `{"c":{"i":1,"s":0,"d":1,"l":null}}`, `{"c":{"i":1,"s":0,"d":1,"l":5}}`, `{"c":{"i":1,"s":0,"d":1,"l":"-1.2.3.4:80"}}`,
	`{"sv":{"h":"1-7","p":"a","s":1,"d":0,"st":200}}`, `{"sv":{"h":"1-7","p":"a","s":1,"st":65536}}`, `{"sv":{"h":"1-7","p":"a","s":1,"d":2,"st":200}`, `{"sv":[]}`, ``, "\n", `{`, `{"h"`, `null`, `[]`,
}

func TestOddLinesAreReadAsBefore(t *testing.T) {
	names := map[string]string{}
	for _, line := range oddLines {
		sameRecord(t, []byte(line), names)
		sameRecord(t, []byte(line+"\n"), names)
	}
}

// Every plain line with one of its bytes taken out, or another put in or in its place.
func TestDamagedLinesAreReadAsBefore(t *testing.T) {
	names := map[string]string{}
	for _, rec := range []Record{
		{Hit: &Hit{Stream: 1, Seq: 70, At: -5, Sent: 6, First: 7, Done: 8, Conn: 3, Tries: 2, Idle: 4, Status: 200, Bytes: 9, Pod: "a-b", Cause: OK, Lost: []Attempt{{Conn: 2, Cause: Reset}, {Cause: DNS}}}},
		{Conn: &Conn{ID: 3, Dial: 1, Open: 2, Closed: 9, Local: netip.MustParseAddrPort("127.0.0.1:80"), Remote: netip.MustParseAddrPort("[::1]:81"), Read: 7, Wrote: 8, Pod: "a", Err: Closed}},
		{Served: &Served{Hit: "1-7", Pod: "a", Start: 6, Done: 7, Status: 200}},
	} {
		line, err := AppendRecord(nil, &rec)
		if err != nil {
			t.Fatal(err)
		}
		for i := range line {
			sameRecord(t, append(line[:i:i], line[i+1:]...), names)
			sameRecord(t, line[:i], names)
			for _, b := range []byte("0-19.e\"\\{}[]:,a <\n\x00\x7f\x80\xff") {
				sameRecord(t, append(append(line[:i:i], b), line[i:]...), names)
				sameRecord(t, append(append(line[:i:i], b), line[i+1:]...), names)
			}
		}
	}
}
