package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A place is a node of a file, the way to it, and where its faults go.
type place struct {
	file   string
	path   string // e.g. "scenarios[0].streams[1]"
	node   *yaml.Node
	faults *Faults
}

func (p place) fault(problem, want string) {
	*p.faults = append(*p.faults, Fault{File: p.file, Line: p.node.Line, Field: p.path, Problem: problem, Want: want})
}

func (p place) field(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

// items are those of a list.
func (p place) items(want string) ([]place, bool) {
	if p.node.Kind != yaml.SequenceNode {
		p.wrong(want)
		return nil, false
	}
	items := make([]place, len(p.node.Content))
	for i, node := range p.node.Content {
		items[i] = p
		items[i].node, items[i].path = node, p.path+"["+strconv.Itoa(i)+"]"
	}
	return items, true
}

// item is one of a list that is known to be one.
func (p place) item(i int) place {
	p.node, p.path = p.node.Content[i], p.path+"["+strconv.Itoa(i)+"]"
	return p
}

// child is a field of a mapping; the mapping where it is missing.
func (p place) child(name string) place {
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if p.node.Content[i].Value == name {
			p.node, p.path = p.node.Content[i+1], p.field(name)
			break
		}
	}
	return p
}

// wrong reports a value that is not of the type wanted.
func (p place) wrong(want string) {
	if p.node.Kind == yaml.AliasNode {
		p.fault("an alias (*"+p.node.Value+") cannot be used here", "the value itself")
		return
	}
	p.fault(describe(p.node), want)
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
		return short(n.Value) + " is a number"
	case "!!bool":
		return short(n.Value) + " is a boolean"
	case "!!timestamp":
		return short(n.Value) + " is a date"
	case "!!str":
		return quote(n.Value) + " is text"
	default:
		return fmt.Sprintf("%s has the tag %s", quote(n.Value), short(tag))
	}
}

// quote is s as a reader can recognise it, on one line and not too long.
func quote(s string) string { return short(strconv.Quote(s)) }

func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
