package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Fields are those of a mapping.
type Fields struct {
	Place
	At    map[string]Place
	Names []string // of what is in At, in the order of the file
}

// Fields reads a mapping, and reports fields that are not allowed or come twice.
func (p Place) Fields(want string, allowed ...string) (Fields, bool) {
	if p.Node.Kind != yaml.MappingNode {
		p.Wrong(want)
		return Fields{}, false
	}
	f := Fields{Place: p, At: make(map[string]Place, len(p.Node.Content)/2)}
	for i := 0; i+1 < len(p.Node.Content); i += 2 {
		key, value := p, p
		key.Node, value.Node = p.Node.Content[i], p.Node.Content[i+1]
		switch {
		case key.Node.Kind != yaml.ScalarNode:
			key.Fault("a key is not a plain word", List(allowed))
			continue
		case key.Node.ShortTag() == "!!merge":
			key.Fault("merge keys (<<) cannot be used here", "the fields themselves")
			continue
		}
		name := key.Node.Value
		key.Path = p.field(Short(name))
		value.Path = key.Path
		switch first, twice := f.At[name]; {
		case !slices.Contains(allowed, name):
			key.Fault("unknown field", OneOf(name, allowed))
		case twice:
			key.Fault(fmt.Sprintf("given twice, first in line %d", first.Node.Line), "one of the two")
		default:
			f.At[name] = value
			f.Names = append(f.Names, name)
		}
	}
	return f, true
}

// Has reports whether there is a field of that name.
func (f Fields) Has(name string) bool {
	_, ok := f.At[name]
	return ok
}

// Spot is the place of a field, that of the mapping where it is missing.
func (f Fields) Spot(name string) Place {
	if p, ok := f.At[name]; ok {
		return p
	}
	p := f.Place
	p.Path = f.field(name)
	return p
}

// Require reports a field that is missing.
func (f Fields) Require(name, want string) {
	if !f.Has(name) {
		f.Spot(name).Fault("missing", want)
	}
}

// A Table says of each field that a mapping may have who reads it.
type Table map[string]func(Place)

// Take reads a mapping by a table, in the order of the file. False: it is none.
func (p Place) Take(t Table, required ...string) (Fields, bool) {
	names := slices.Sorted(maps.Keys(t))
	f, ok := p.Fields("a mapping with "+List(names), names...)
	if !ok {
		return f, false
	}
	for _, name := range f.Names {
		t[name](f.At[name])
	}
	for _, name := range required {
		f.Require(name, "")
	}
	return f, true
}

// Items are those of a list.
func (p Place) Items(want string) ([]Place, bool) {
	if p.Node.Kind != yaml.SequenceNode {
		p.Wrong(want)
		return nil, false
	}
	items := make([]Place, len(p.Node.Content))
	for i := range items {
		items[i] = p.Item(i)
	}
	return items, true
}

// Some are the items of a list that must not be empty.
func (p Place) Some(want string) []Place {
	items, ok := p.Items(want)
	if ok && len(items) == 0 {
		p.Fault("the list is empty", want)
	}
	return items
}

// Item is one of a list that is known to be one.
func (p Place) Item(i int) Place {
	p.Node, p.Path = p.Node.Content[i], p.Path+"["+strconv.Itoa(i)+"]"
	return p
}
