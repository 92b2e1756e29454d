package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"zarif/document"
)

// fields are those of a mapping. Every getter leaves *into alone where the
// field is missing or wrong; the wrong one has been reported.
type fields struct {
	place
	read document.Fields
	at   map[string]place
}

// fields reads a mapping, and reports fields that are not allowed or come twice.
func (p place) fields(want string, allowed ...string) (fields, bool) {
	all, ok := p.document().Fields(want, allowed...)
	if !ok {
		return fields{}, false
	}
	f := fields{place: p, read: all, at: make(map[string]place, len(all.At))}
	for name, at := range all.At {
		f.at[name] = p.is(at)
	}
	return f, true
}

func (f fields) has(name string) bool { return f.read.Has(name) }

// spot is the place of a field, that of the mapping where it is missing.
func (f fields) spot(name string) place { return f.is(f.read.Spot(name)) }

func (f fields) require(name, want string) { f.read.Require(name, want) }

func (f fields) text(name string, into *string) bool {
	p, ok := f.at[name]
	return ok && p.text("text", into)
}

func (p place) text(want string, into *string) bool { return p.document().Text(want, into) }

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
	return ok && p.document().Boolean(into)
}

func (f fields) integer(name string, least, most int, of string, into *int) bool {
	p, ok := f.at[name]
	return ok && p.document().Integer(least, most, of, into)
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
	want := fmt.Sprintf("a duration with its unit, from %v to %v, such as %v", least, most, min(most, max(least, 2*time.Second)))
	return ok && p.document().Duration(want, least, most, into)
}
