package history

import (
	"encoding/json"
	"fmt"
	"net/netip"
)

// ParseLine decodes one line. A line without any known record is an error:
// skipping it could hide a loss. The record shares no memory with the line.
func ParseLine(line []byte) (Record, error) { return parseLine(line, nil) }

// parseLine is ParseLine that keeps the texts that come again and again in names.
func parseLine(line []byte, names map[string]string) (Record, error) {
	if rec, ok := parsePlain(line, names); ok {
		return rec, nil
	}
	return parseAny(line)
}

// parseAny decodes whatever is a record.
func parseAny(line []byte) (Record, error) {
	var rec Record
	if err := json.Unmarshal(line, &rec); err != nil {
		return Record{}, err
	}
	if rec.kinds() != 1 {
		return Record{}, fmt.Errorf("want exactly one record in a line, got %d", rec.kinds())
	}
	return rec, nil
}

func (r *Record) kinds() (n int) {
	for _, set := range [...]bool{r.Meta != nil, r.Hit != nil, r.Conn != nil, r.Served != nil, r.Proxied != nil, r.Event != nil, r.Clock != nil, r.End != nil} {
		if set {
			n++
		}
	}
	return n
}

// parsePlain decodes what has the plain form (see AppendRecord); ok is false for
// everything else, be it a record or not.
func parsePlain(line []byte, names map[string]string) (rec Record, ok bool) {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	p := plainLine{rest: line, names: names}
	switch {
	case p.has(`{"h":{`):
		rec.Hit = p.hit()
	case p.has(`{"c":{`):
		rec.Conn = p.conn()
	case p.has(`{"sv":{`):
		rec.Served = p.served()
	default:
		return Record{}, false
	}
	if p.want("}}"); p.bad || len(p.rest) > 0 {
		return Record{}, false
	}
	return rec, true
}

// A plainLine is what is left of a line. Once something was not plain, it is bad,
// and nothing that was read from it counts.
type plainLine struct {
	rest  []byte
	bad   bool
	names map[string]string
}

func (p *plainLine) hit() *Hit {
	h := &Hit{}
	parseNumber(p, `"s":`, &h.Stream)
	parseNumber(p, `,"n":`, &h.Seq)
	parseNumber(p, `,"a":`, &h.At)
	parseAnyNumber(p, `,"b":`, &h.Sent)
	parseAnyNumber(p, `,"f":`, &h.First)
	parseNumber(p, `,"d":`, &h.Done)
	parseAnyNumber(p, `,"c":`, &h.Conn)
	parseAnyNumber(p, `,"t":`, &h.Tries)
	parseAnyNumber(p, `,"i":`, &h.Idle)
	parseAnyNumber(p, `,"st":`, &h.Status)
	parseAnyNumber(p, `,"y":`, &h.Bytes)
	if p.has(`,"p":`) {
		h.Pod = p.name()
	}
	p.want(`,"r":`)
	h.Cause = Cause(p.name())
	if p.has(`,"l":[`) {
		h.Lost = p.lost()
	}
	return h
}

func (p *plainLine) lost() (lost []Attempt) {
	for {
		var a Attempt
		if p.has(`{"c":`) {
			a.Conn = digits[uint32](p)
			p.want(`,"r":`)
		} else {
			p.want(`{"r":`)
		}
		a.Cause = Cause(p.name())
		p.want("}")
		lost = append(lost, a)
		if p.bad || !p.has(",") {
			p.want("]")
			return lost
		}
	}
}

func (p *plainLine) conn() *Conn {
	c := &Conn{}
	parseNumber(p, `"i":`, &c.ID)
	parseNumber(p, `,"s":`, &c.Stream)
	parseNumber(p, `,"d":`, &c.Dial)
	parseAnyNumber(p, `,"o":`, &c.Open)
	parseAnyNumber(p, `,"x":`, &c.Closed)
	if p.has(`,"l":`) {
		c.Local = p.addr()
	}
	if p.has(`,"r":`) {
		c.Remote = p.addr()
	}
	parseAnyNumber(p, `,"rd":`, &c.Read)
	parseAnyNumber(p, `,"wr":`, &c.Wrote)
	if p.has(`,"p":`) {
		c.Pod = p.name()
	}
	if p.has(`,"e":`) {
		c.Err = Cause(p.name())
	}
	return c
}

func (p *plainLine) served() *Served {
	sv := &Served{}
	p.want(`"h":`)
	sv.Hit = string(p.text())
	p.want(`,"p":`)
	sv.Pod = p.name()
	parseNumber(p, `,"s":`, &sv.Start)
	parseAnyNumber(p, `,"d":`, &sv.Done)
	parseAnyNumber(p, `,"st":`, &sv.Status)
	return sv
}

// has takes text from the beginning of what is left, if it is there.
func (p *plainLine) has(text string) bool {
	if len(p.rest) < len(text) || string(p.rest[:len(text)]) != text {
		return false
	}
	p.rest = p.rest[len(text):]
	return true
}

// want takes text, which must be there.
func (p *plainLine) want(text string) {
	if !p.has(text) {
		p.bad = true
	}
}

// parseNumber reads a field that every such record has, parseAnyNumber one that
// may have been left out.
func parseNumber[T number](p *plainLine, key string, v *T) {
	p.want(key)
	*v = digits[T](p)
}

func parseAnyNumber[T number](p *plainLine, key string, v *T) {
	if p.has(key) {
		*v = digits[T](p)
	}
}

// digits reads an integer that fits T.
func digits[T number](p *plainLine) T {
	minus := p.has("-")
	n, sum := 0, uint64(0)
	for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		sum = 10*sum + uint64(p.rest[n]-'0')
		n++
	}
	if n == 0 || n > 19 || n > 1 && p.rest[0] == '0' { // 19 digits fit uint64
		p.bad = true
		return 0
	}
	p.rest = p.rest[n:]
	v := T(sum)
	fits := v >= 0 && uint64(v) == sum
	if minus {
		v = -v
		fits = v < 0
	}
	if !fits {
		p.bad = true
	}
	return v
}

// text reads a text and returns it as part of the line.
func (p *plainLine) text() []byte {
	p.want(`"`)
	n := 0
	for n < len(p.rest) && plainByte(p.rest[n]) {
		n++
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	p.want(`"`)
	return text
}

// maxNames bounds what is kept of a history full of nonsense.
const maxNames = 4096

// name reads a text of which there are few: a pod's name, a cause.
func (p *plainLine) name() string {
	text := p.text()
	if known, ok := p.names[string(text)]; ok {
		return known
	}
	name := string(text)
	if p.names != nil && len(p.names) < maxNames && !p.bad {
		p.names[name] = name
	}
	return name
}

func (p *plainLine) addr() (addr netip.AddrPort) {
	if len(p.rest) > 1 && p.rest[1] == '[' {
		if addr.UnmarshalText(p.text()) != nil {
			p.bad = true
		}
		return addr
	}
	var octets [4]byte
	for i, before := range [...]string{`"`, ".", ".", "."} {
		parseNumber(p, before, &octets[i])
	}
	var port uint16
	parseNumber(p, ":", &port)
	p.want(`"`)
	return netip.AddrPortFrom(netip.AddrFrom4(octets), port)
}
