package document

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Text reads a text, which may be empty. What only looks like a number or a date
// has to be in quotes.
func (p Place) Text(want string, into *string) bool {
	if p.Node.Kind != yaml.ScalarNode || p.Node.ShortTag() != "!!str" {
		if p.Node.Kind == yaml.ScalarNode && p.Node.ShortTag() != "!!null" {
			want += ", in quotes"
		}
		p.Wrong(want)
		return false
	}
	*into = p.Node.Value
	return true
}

// Word is Text that is not empty.
func (p Place) Word(want string, into *string) bool {
	var word string
	if !p.Text(want, &word) {
		return false
	}
	if word == "" {
		p.Fault("it is empty", want)
		return false
	}
	*into = word
	return true
}

// Choice reads one of a few words; what names their kind.
func (p Place) Choice(what string, into *string, of ...string) bool {
	var word string
	if !p.Text(OneOf(p.Node.Value, of), &word) {
		return false
	}
	if !slices.Contains(of, word) {
		p.Fault(Quote(word)+" is no "+what, OneOf(word, of))
		return false
	}
	*into = word
	return true
}

// Boolean reads true or false.
func (p Place) Boolean(into *bool) bool {
	if p.Node.Kind != yaml.ScalarNode || p.Node.ShortTag() != "!!bool" || p.Node.Decode(into) != nil {
		p.Wrong("true or false")
		return false
	}
	return true
}

// Integer reads a whole number; math.MaxInt32 as the most is no limit that anybody
// should hear of. of says what is counted, and may be empty.
func (p Place) Integer(least, most int, of string, into *int) bool {
	want := fmt.Sprintf("a whole number from %d to %d", least, most)
	if most == math.MaxInt32 {
		want = fmt.Sprintf("a whole number from %d up", least)
	}
	if of != "" {
		want += " (" + of + ")"
	}
	if p.Node.Kind != yaml.ScalarNode || p.Node.ShortTag() != "!!int" {
		p.Wrong(want)
		return false
	}
	var n int
	switch err := p.Node.Decode(&n); {
	case err != nil, n > most:
		p.Fault(Short(p.Node.Value)+" is out of range", want)
	case n < 0 && least >= 0:
		p.Fault(Short(p.Node.Value)+" is negative", want)
	case n < least:
		p.Fault(Short(p.Node.Value)+" is too small", want)
	default:
		*into = n
		return true
	}
	return false
}

// Duration reads a duration with its unit, which only 0 needs not have.
func (p Place) Duration(want string, least, most time.Duration, into *time.Duration) bool {
	tag := p.Node.ShortTag()
	if p.Node.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") && p.Node.Value != "0" {
		p.Fault(Short(p.Node.Value)+" has no unit", want)
		return false
	}
	if p.Node.Kind != yaml.ScalarNode || tag != "!!str" && p.Node.Value != "0" {
		p.Wrong(want)
		return false
	}
	d, err := time.ParseDuration(p.Node.Value)
	switch {
	case err != nil:
		p.Fault(Quote(p.Node.Value)+" is no duration", want)
	case d < 0:
		p.Fault(p.Node.Value+" is negative", want)
	case d < least:
		p.Fault(p.Node.Value+" is too short", want)
	case d > most:
		p.Fault(p.Node.Value+" is too long", want)
	default:
		*into = d
		return true
	}
	return false
}

// Pattern reads one of path.Match.
func (p Place) Pattern(into *string) bool {
	const want = "a name, with * and ? for what may vary"
	var pattern string
	if !p.Word(want, &pattern) {
		return false
	}
	if _, err := path.Match(pattern, ""); err != nil {
		p.Fault(Quote(pattern)+" is no pattern", want)
		return false
	}
	*into = pattern
	return true
}

// describe says what a node is, as a sentence.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "this is a list"
	case yaml.MappingNode:
		return "this is a mapping"
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return "there is no value"
	case "!!int", "!!float":
		return Short(n.Value) + " is a number"
	case "!!bool":
		return Short(n.Value) + " is a boolean"
	case "!!timestamp":
		return Short(n.Value) + " is a date"
	case "!!str":
		return Quote(n.Value) + " is text"
	default:
		return fmt.Sprintf("%s has the tag %s", Quote(n.Value), Short(tag))
	}
}

// Quote is s as a reader can recognise it, on one line and not too long.
func Quote(s string) string { return Short(strconv.Quote(s)) }

// Short is s, cut where it is too long for a message.
func Short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
