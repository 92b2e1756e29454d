package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// fields are those of a mapping. Every getter leaves *into alone where the
// field is missing or wrong; the wrong one has been reported.
type fields struct {
	place
	at map[string]place
}

// fields reads a mapping, and reports fields that are not allowed or come twice.
func (p place) fields(want string, allowed ...string) (fields, bool) {
	if p.node.Kind != yaml.MappingNode {
		p.wrong(want)
		return fields{}, false
	}
	f := fields{place: p, at: make(map[string]place, len(p.node.Content)/2)}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		key := p
		key.node = p.node.Content[i]
		switch {
		case key.node.Kind != yaml.ScalarNode:
			key.fault("a key is not a plain word", list(allowed))
			continue
		case key.node.ShortTag() == "!!merge":
			key.fault("merge keys (<<) cannot be used here", "the fields themselves")
			continue
		}
		name := key.node.Value
		key.path = p.field(short(name))
		value := key
		value.node = p.node.Content[i+1]
		switch first, twice := f.at[name]; {
		case !slices.Contains(allowed, name):
			key.fault("unknown field", oneOf(name, allowed))
		case twice:
			key.fault("given twice, first in line "+fmt.Sprint(first.node.Line), "one of the two")
		default:
			f.at[name] = value
		}
	}
	return f, true
}

func (f fields) has(name string) bool {
	_, ok := f.at[name]
	return ok
}

// spot is the place of a field, that of the mapping where it is missing.
func (f fields) spot(name string) place {
	if p, ok := f.at[name]; ok {
		return p
	}
	p := f.place
	p.path = f.field(name)
	return p
}

func (f fields) require(name, want string) {
	if !f.has(name) {
		f.spot(name).fault("missing", want)
	}
}

func (f fields) text(name string, into *string) bool {
	p, ok := f.at[name]
	return ok && p.text("text", into)
}

func (p place) text(want string, into *string) bool {
	if p.node.Kind != yaml.ScalarNode || p.node.ShortTag() != "!!str" {
		if p.node.Kind == yaml.ScalarNode && p.node.ShortTag() != "!!null" {
			want += ", in quotes"
		}
		p.wrong(want)
		return false
	}
	*into = p.node.Value
	return true
}

// choice reads one of a few words; what names their kind.
func (f fields) choice(name, what string, into *string, of ...string) bool {
	p, ok := f.at[name]
	if !ok {
		return false
	}
	var word string
	if !p.text(oneOf(p.node.Value, of), &word) {
		return false
	}
	if !slices.Contains(of, word) {
		p.fault(quote(word)+" is no "+what, oneOf(word, of))
		return false
	}
	*into = word
	return true
}

func (f fields) boolean(name string, into *bool) bool {
	p, ok := f.at[name]
	if !ok {
		return false
	}
	if p.node.Kind != yaml.ScalarNode || p.node.ShortTag() != "!!bool" || p.node.Decode(into) != nil {
		p.wrong("true or false")
		return false
	}
	return true
}

func (f fields) integer(name string, least, most int, of string, into *int) bool {
	p, ok := f.at[name]
	if !ok {
		return false
	}
	want := fmt.Sprintf("a whole number from %d to %d (%s)", least, most, of)
	if most == math.MaxInt32 {
		want = fmt.Sprintf("a whole number from %d up (%s)", least, of)
	}
	if p.node.Kind != yaml.ScalarNode || p.node.ShortTag() != "!!int" {
		p.wrong(want)
		return false
	}
	var n int
	switch err := p.node.Decode(&n); {
	case err != nil, n > most:
		p.fault(short(p.node.Value)+" is out of range", want)
	case n < 0 && least >= 0:
		p.fault(short(p.node.Value)+" is negative", want)
	case n < least:
		p.fault(short(p.node.Value)+" is too small", want)
	default:
		*into = n
		return true
	}
	return false
}

var wantRate = fmt.Sprintf("a rate above 0 and up to %.0f, in hits per second", maxRate)

func (f fields) rate(name string, into *float64) bool {
	p, ok := f.at[name]
	if !ok {
		return false
	}
	tag := p.node.ShortTag()
	var n float64
	if p.node.Kind != yaml.ScalarNode || tag != "!!int" && tag != "!!float" || p.node.Decode(&n) != nil {
		p.wrong(wantRate)
		return false
	}
	switch {
	case n < 0:
		p.fault(short(p.node.Value)+" is negative", wantRate)
	case n == 0:
		p.fault("a rate of 0 sends nothing", wantRate)
	case n > maxRate || math.IsNaN(n):
		p.fault(short(p.node.Value)+" is out of range", wantRate)
	default:
		*into = n
		return true
	}
	return false
}

func (f fields) duration(name string, least, most time.Duration, into *time.Duration) bool {
	p, ok := f.at[name]
	if !ok {
		return false
	}
	want := fmt.Sprintf("a duration with its unit, from %v to %v, such as %v", least, most, min(most, max(least, 2*time.Second)))
	tag := p.node.ShortTag()
	if p.node.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") && p.node.Value != "0" {
		p.fault(short(p.node.Value)+" has no unit", want)
		return false
	}
	if p.node.Kind != yaml.ScalarNode || tag != "!!str" && p.node.Value != "0" {
		p.wrong(want)
		return false
	}
	d, err := time.ParseDuration(p.node.Value)
	switch {
	case err != nil:
		p.fault(quote(p.node.Value)+" is no duration", want)
	case d < 0:
		p.fault(p.node.Value+" is negative", want)
	case d < least:
		p.fault(p.node.Value+" is too short", want)
	case d > most:
		p.fault(p.node.Value+" is too long", want)
	default:
		*into = d
		return true
	}
	return false
}
