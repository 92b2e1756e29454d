package scenarios

import (
	"go.yaml.in/yaml/v3"

	"zarif/document"
)

// parse reads the one YAML document of a file. Nil: there is none that can be
// looked at, and the faults say why.
func parse(file string, text []byte) (*yaml.Node, Faults) {
	var faults Faults
	root, _ := document.Open(file, text, "scenarios or suites, or both", &faults)
	return root.Node, faults
}

// A place is a node of a file, the way to it, and where its faults go.
type place struct {
	file   string
	path   string // e.g. "scenarios[0].streams[1]"
	node   *yaml.Node
	faults *Faults
}

// document is the place for whoever reads files of any kind.
func (p place) document() document.Place { return document.At(p.file, p.path, p.node, p.faults) }

// is p with the node, and the way to it, of a place in the same file.
func (p place) is(of document.Place) place {
	p.path, p.node = of.Path, of.Node
	return p
}

func (p place) fault(problem, want string) { p.document().Fault(problem, want) }

// wrong reports a value that is not of the type wanted.
func (p place) wrong(want string) { p.document().Wrong(want) }

func (p place) field(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

// items are those of a list.
func (p place) items(want string) ([]place, bool) {
	all, ok := p.document().Items(want)
	if !ok {
		return nil, false
	}
	items := make([]place, len(all))
	for i, item := range all {
		items[i] = p.is(item)
	}
	return items, true
}

// item is one of a list that is known to be one.
func (p place) item(i int) place { return p.is(p.document().Item(i)) }

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

// quote is s as a reader can recognise it, on one line and not too long.
func quote(s string) string { return document.Quote(s) }

func short(s string) string { return document.Short(s) }
