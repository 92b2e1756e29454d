// Package document owns how the YAML files that people write for zarif are read:
// one document to a file, strictly, from its nodes, with a fault for every mistake
// that names file, line and field and says what would be right; and the catalogues of
// what several of them define. It knows nothing of what the files are about.
package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Open reads the one document of a file that has that text. False: there is none
// that can be looked at. Faults, of all that follows as well, go to faults; want is
// what should be in a file that is empty.
func Open(file string, text []byte, want string, faults *Faults) (Place, bool) {
	p := Place{File: file, faults: faults}
	fault := func(line int, problem, want string) {
		*faults = append(*faults, Fault{File: file, Line: line, Problem: problem, Want: want})
	}
	if line, problem, want := unreadable(text); problem != "" {
		fault(line, problem, want)
		return p, false
	}
	in := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := in.Decode(&doc); {
	case errors.Is(err, io.EOF), err == nil && empty(&doc):
		fault(1, "the file is empty", want)
		return p, false
	case err != nil:
		fault(syntax(text, err))
		return p, false
	}
	p.Node = doc.Content[0]
	switch err := in.Decode(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		fault(syntax(text, err))
	default:
		fault(more.Line, "a second document begins here", "one document per file")
	}
	return p, true
}

func empty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].ShortTag() == "!!null"
}

// A Place is a node of a file and the way to it. Its getters leave *into alone, and
// return false, where the node is not what they read; that has been reported.
type Place struct {
	File   string
	Path   string // e.g. "scenarios[0].streams[1]"; empty: the file as a whole
	Node   *yaml.Node
	faults *Faults
}

// At is a place that nobody has opened: that of a node which somebody else has read.
func At(file, path string, node *yaml.Node, faults *Faults) Place {
	return Place{File: file, Path: path, Node: node, faults: faults}
}

// Fault reports what is wrong there, and what would be right, which may be empty.
func (p Place) Fault(problem, want string) {
	*p.faults = append(*p.faults, Fault{File: p.File, Line: p.Node.Line, Field: p.Path, Problem: problem, Want: want})
}

// Faults is how many were reported so far, of the whole file.
func (p Place) Faults() int { return len(*p.faults) }

// Wrong reports a value that is not of the type wanted.
func (p Place) Wrong(want string) {
	if p.Node.Kind == yaml.AliasNode {
		p.Fault("an alias (*"+Short(p.Node.Value)+") cannot be used here", "the value itself")
		return
	}
	p.Fault(describe(p.Node), want)
}

// field is the path of a field of the mapping at p.
func (p Place) field(name string) string { return strings.TrimPrefix(p.Path+"."+name, ".") }
