package gate

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decode reads a file of budgets. Its error is Faults, with every one there is.
func Decode(file string, text []byte) (*Budget, error) {
	d := &decoder{file: file}
	b := &Budget{File: file, Share: DefaultShare, Tolerances: map[string]Tolerance{}}
	if root := d.document(text); root != nil {
		d.mapping(root, "", map[string]read{
			"share":    d.share(&b.Share),
			"budgets":  d.list(func(n *yaml.Node, at string) { d.entry(n, at, &b.Entries) }),
			"baseline": func(n *yaml.Node, at string) { d.tolerances(n, at, b.Tolerances) },
		})
		if len(d.faults) == 0 && len(b.Entries) == 0 && len(b.Tolerances) == 0 {
			d.fault(root, "", "it says nothing", "budgets or baseline, or both")
		}
	}
	if len(d.faults) > 0 {
		slices.SortStableFunc(d.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		return nil, d.faults
	}
	return b, nil
}

// A decoder collects the faults of one file.
type decoder struct {
	file   string
	faults Faults
}

// A read takes a node over, or reports what is wrong with it; at names it.
type read func(n *yaml.Node, at string)

func (d *decoder) fault(n *yaml.Node, at, problem, want string) {
	d.faults = append(d.faults, Fault{File: d.file, Line: n.Line, Field: at, Problem: problem, Want: want})
}

// document is the content of the one document of a file; nil: there is none, and
// the faults say why.
func (d *decoder) document(text []byte) *yaml.Node {
	const wanted = "budgets or baseline, or both"
	in := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := in.Decode(&doc); {
	case errors.Is(err, io.EOF), err == nil && doc.Content[0].ShortTag() == "!!null":
		d.faults = append(d.faults, Fault{File: d.file, Line: 1, Problem: "the file is empty", Want: wanted})
		return nil
	case err != nil:
		d.faults = append(d.faults, syntax(d.file, text, err))
		return nil
	}
	switch err := in.Decode(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.faults = append(d.faults, syntax(d.file, text, err))
	default:
		d.fault(&more, "", "a second document begins here", "one document per file")
	}
	return doc.Content[0]
}

var lineOf = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// parserSays is how the errors of the YAML parser begin, which name the line as
// people count; those of its scanner name the one after it.
var parserSays = regexp.MustCompile(`^did not find expected (key|node content|'-' indicator|',' or|<document start>)`)

// syntax makes a fault of an error of the YAML package, which names no line where
// it is the first: behind a comment it never is.
func syntax(file string, text []byte, err error) Fault {
	var doc yaml.Node
	if behind := yaml.NewDecoder(bytes.NewReader(append([]byte("#\n"), text...))).Decode(&doc); behind != nil {
		err = behind
	}
	m := lineOf.FindStringSubmatch(err.Error())
	if m == nil {
		return Fault{File: file, Problem: "this is not YAML: " + err.Error()}
	}
	line, _ := strconv.Atoi(m[1])
	if !parserSays.MatchString(m[2]) {
		line--
	}
	line = min(max(1, line), 1+bytes.Count(text, []byte("\n")))
	return Fault{File: file, Line: line, Problem: "this is not YAML: " + m[2]}
}

func (d *decoder) mapping(n *yaml.Node, prefix string, known map[string]read) {
	names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	if n.Kind != yaml.MappingNode {
		d.fault(n, strings.TrimSuffix(prefix, "."), "this is no mapping", "one with "+names)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		take, ok := known[key.Value]
		switch first, twice := seen[key.Value]; {
		case !ok || key.Kind != yaml.ScalarNode:
			d.fault(key, prefix+short(key.Value), "unknown field", names)
		case twice:
			d.fault(key, prefix+key.Value, fmt.Sprintf("given twice, first in line %d", first), "one of the two")
		case value.Kind == yaml.AliasNode:
			d.fault(value, prefix+key.Value, "an alias cannot be used here", "the value itself")
		default:
			seen[key.Value] = key.Line
			take(value, prefix+key.Value)
		}
	}
}

func (d *decoder) list(take read) read {
	return func(n *yaml.Node, at string) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			d.fault(n, at, "this is no list with something in it", "a list with one entry or more")
			return
		}
		for i, item := range n.Content {
			take(item, fmt.Sprintf("%s[%d]", at, i))
		}
	}
}

// patterns reads one, or a list of them.
func (d *decoder) patterns(into *[]string) read {
	one := func(n *yaml.Node, at string) {
		if _, err := path.Match(n.Value, ""); err != nil || n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || n.Value == "" {
			d.fault(n, at, describe(n)+" is no pattern", "a name, with * and ? for what may vary")
			return
		}
		*into = append(*into, n.Value)
	}
	return func(n *yaml.Node, at string) {
		if n.Kind == yaml.SequenceNode {
			d.list(one)(n, at)
			return
		}
		one(n, at)
	}
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	if n.ShortTag() == "!!null" {
		return "no value"
	}
	return strconv.Quote(short(n.Value))
}

func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
