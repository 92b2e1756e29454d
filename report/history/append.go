package history

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strconv"
)

// AppendRecord appends r to dst as one line, its newline included. After an error
// dst comes back as it was. The line is what encoding/json makes of r when it does
// not escape HTML; the records that come by the hundred thousand are written
// without it, in the plain form, which ParseLine reads as quickly.
//
// A line is plain when it is {"h":…}, {"c":…} or {"sv":…} in the order of the struct's
// fields, without white space, and when its texts need no escapes and are ASCII.
func AppendRecord(dst []byte, r *Record) ([]byte, error) {
	if line, ok := appendPlain(dst, r); ok {
		return line, nil
	}
	return appendAny(dst, r)
}

// appendAny is AppendRecord for every record.
func appendAny(dst []byte, r *Record) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return dst, err
	}
	return out.Bytes(), nil
}

// appendPlain is AppendRecord for what has a plain form. What it returns otherwise
// is of no use.
func appendPlain(dst []byte, r *Record) (line []byte, ok bool) {
	switch {
	case r.kinds() != 1:
		return dst, false
	case r.Hit != nil:
		dst, ok = appendHit(append(dst, `{"h":{`...), r.Hit)
	case r.Conn != nil:
		dst, ok = appendConn(append(dst, `{"c":{`...), r.Conn)
	case r.Served != nil:
		dst, ok = appendServed(append(dst, `{"sv":{`...), r.Served)
	}
	return append(dst, "}}\n"...), ok
}

func appendHit(dst []byte, h *Hit) (_ []byte, ok bool) {
	dst = appendNumber(dst, `"s":`, h.Stream)
	dst = appendNumber(dst, `,"n":`, h.Seq)
	dst = appendNumber(dst, `,"a":`, h.At)
	dst = appendNonZero(dst, `,"b":`, h.Sent)
	dst = appendNonZero(dst, `,"f":`, h.First)
	dst = appendNumber(dst, `,"d":`, h.Done)
	dst = appendNonZero(dst, `,"c":`, h.Conn)
	dst = appendNonZero(dst, `,"t":`, h.Tries)
	dst = appendNonZero(dst, `,"i":`, h.Idle)
	dst = appendNonZero(dst, `,"st":`, h.Status)
	dst = appendNonZero(dst, `,"y":`, h.Bytes)
	dst = appendNonEmpty(dst, `,"p":`, h.Pod)
	dst = appendText(dst, `,"r":`, h.Cause)
	if len(h.Lost) > 0 {
		if dst, ok = appendLost(dst, h.Lost); !ok {
			return dst, false
		}
	}
	return dst, isPlain(h.Pod) && isPlain(h.Cause)
}

func appendLost(dst []byte, lost []Attempt) (_ []byte, ok bool) {
	dst = append(dst, `,"l":[`...)
	for i, a := range lost {
		if !isPlain(a.Cause) {
			return dst, false
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if a.Conn != 0 {
			dst = appendText(appendNumber(dst, `{"c":`, a.Conn), `,"r":`, a.Cause)
		} else {
			dst = appendText(dst, `{"r":`, a.Cause)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), true
}

func appendConn(dst []byte, c *Conn) (_ []byte, ok bool) {
	dst = appendNumber(dst, `"i":`, c.ID)
	dst = appendNumber(dst, `,"s":`, c.Stream)
	dst = appendNumber(dst, `,"d":`, c.Dial)
	dst = appendNonZero(dst, `,"o":`, c.Open)
	dst = appendNonZero(dst, `,"x":`, c.Closed)
	dst = appendAddr(dst, `,"l":`, c.Local)
	dst = appendAddr(dst, `,"r":`, c.Remote)
	dst = appendNonZero(dst, `,"rd":`, c.Read)
	dst = appendNonZero(dst, `,"wr":`, c.Wrote)
	dst = appendNonEmpty(dst, `,"p":`, c.Pod)
	dst = appendNonEmpty(dst, `,"e":`, c.Err)
	plain := isPlain(c.Local.Addr().Zone()) && isPlain(c.Remote.Addr().Zone())
	return dst, plain && isPlain(c.Pod) && isPlain(c.Err)
}

func appendServed(dst []byte, sv *Served) (_ []byte, ok bool) {
	dst = appendText(dst, `"h":`, sv.Hit)
	dst = appendText(dst, `,"p":`, sv.Pod)
	dst = appendNumber(dst, `,"s":`, sv.Start)
	dst = appendNonZero(dst, `,"d":`, sv.Done)
	dst = appendNonZero(dst, `,"st":`, sv.Status)
	return dst, isPlain(sv.Hit) && isPlain(sv.Pod)
}

type number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int64
}

func appendNumber[T number](dst []byte, key string, v T) []byte {
	dst = append(dst, key...)
	if v < 0 {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendUint(dst, uint64(v), 10)
}

func appendNonZero[T number](dst []byte, key string, v T) []byte {
	if v == 0 {
		return dst
	}
	return appendNumber(dst, key, v)
}

func appendText[T ~string](dst []byte, key string, text T) []byte {
	dst = append(append(dst, key...), '"')
	return append(append(dst, text...), '"')
}

func appendNonEmpty[T ~string](dst []byte, key string, text T) []byte {
	if text == "" {
		return dst
	}
	return appendText(dst, key, text)
}

func appendAddr(dst []byte, key string, addr netip.AddrPort) []byte {
	if addr == (netip.AddrPort{}) {
		return dst
	}
	dst = append(append(dst, key...), '"')
	return append(addr.AppendTo(dst), '"')
}

// isPlain reports whether text stands in JSON as it is.
func isPlain[T ~string](text T) bool {
	for i := range len(text) {
		if !plainByte(text[i]) {
			return false
		}
	}
	return true
}

func plainByte(b byte) bool { return b >= ' ' && b < 0x80 && b != '"' && b != '\\' }
