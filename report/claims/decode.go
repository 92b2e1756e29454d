package claims

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zarif/report/history"
)

// Decode reads one claim's file. Its error joins every fault, one line each:
// "x.yaml:7: true[0].dropped: "few" is no answer; want none or some".
func Decode(file string, text []byte) (Claim, error) {
	d := &decoder{file: file}
	in := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := in.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return Claim{}, fmt.Errorf("%s: the file is empty; want a claim", file)
	case err != nil:
		return Claim{}, fmt.Errorf("%s: this is not YAML: %w", file, err)
	}
	if err := in.Decode(&more); !errors.Is(err, io.EOF) {
		return Claim{}, fmt.Errorf("%s: there is more than one document; want one claim in a file", file)
	}
	c := Claim{File: file}
	root := doc.Content[0]
	d.fields(root, "", map[string]read{
		"claim":    d.number(&c.Number, 1),
		"sentence": d.text(&c.Sentence),
		"note":     d.text(&c.Note),
		"source": func(n *yaml.Node, at string) {
			d.fields(n, at+".", map[string]read{"letter": d.text(&c.Source.Letter), "title": d.text(&c.Source.Title)}, "letter", "title")
		},
		"true": d.checks(&c.True),
		"half": func(n *yaml.Node, at string) {
			d.items(n, at, func(n *yaml.Node, at string) {
				var h Half
				d.fields(n, at+".", map[string]read{"under": d.text(&h.Under), "when": d.checks(&h.When)}, "under", "when")
				c.Half = append(c.Half, h)
			})
		},
	}, "claim", "sentence", "source", "true")
	return c, errors.Join(d.faults...)
}

// A decoder collects the faults of one file.
type decoder struct {
	file   string
	faults []error
}

// A read takes a node over, or reports what is wrong with it; at names it.
type read func(n *yaml.Node, at string)

func (d *decoder) fault(n *yaml.Node, at, format string, args ...any) {
	if at != "" {
		at += ": "
	}
	d.faults = append(d.faults, fmt.Errorf("%s:%d: %s%s", d.file, n.Line, at, fmt.Sprintf(format, args...)))
}

// fields reads a mapping that must have the fields named required.
func (d *decoder) fields(n *yaml.Node, prefix string, known map[string]read, required ...string) {
	names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	if n.Kind != yaml.MappingNode {
		d.fault(n, strings.TrimSuffix(prefix, "."), "this is no mapping; want the fields %s", names)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		take, ok := known[key.Value]
		switch {
		case !ok:
			d.fault(key, prefix+key.Value, "unknown field; want %s", names)
		case seen[key.Value]:
			d.fault(key, prefix+key.Value, "given twice; want it once")
		default:
			take(value, prefix+key.Value)
		}
		seen[key.Value] = true
	}
	for _, name := range required {
		if !seen[name] {
			d.fault(n, prefix+name, "missing")
		}
	}
}

func (d *decoder) items(n *yaml.Node, at string, take read) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		d.fault(n, at, "want a list with one entry or more")
		return
	}
	for i, item := range n.Content {
		take(item, fmt.Sprintf("%s[%d]", at, i))
	}
}

func (d *decoder) text(into *string) read {
	return func(n *yaml.Node, at string) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || n.Value == "" {
			d.fault(n, at, "want text")
			return
		}
		*into = strings.Join(strings.Fields(n.Value), " ")
	}
}

func (d *decoder) number(into *int, least int) read {
	return func(n *yaml.Node, at string) {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || v < least {
			d.fault(n, at, "%q; want a whole number from %d up", n.Value, least)
			return
		}
		*into = v
	}
}

func (d *decoder) pattern(into *string) read {
	return func(n *yaml.Node, at string) {
		d.text(into)(n, at)
		if _, err := path.Match(*into, ""); err != nil {
			d.fault(n, at, "%q is no pattern; want a name, with * and ? for what may vary", n.Value)
		}
	}
}

// patterns reads one, or a list of them, of <fixture>.<disruption>.
func (d *decoder) patterns(into *[]string) read {
	one := func(n *yaml.Node, at string) {
		var pattern string
		d.pattern(&pattern)(n, at)
		if pattern != "" && !strings.Contains(pattern, ".") {
			d.fault(n, at, "%q names no disruption; want <fixture>.<disruption>, such as go-exit.rollout", pattern)
		}
		*into = append(*into, pattern)
	}
	return func(n *yaml.Node, at string) {
		if n.Kind == yaml.SequenceNode {
			d.items(n, at, one)
			return
		}
		one(n, at)
	}
}

func (d *decoder) duration(into *time.Duration) read {
	return func(n *yaml.Node, at string) {
		v, err := time.ParseDuration(n.Value)
		if err != nil || v <= 0 {
			d.fault(n, at, "%q; want a duration above 0 with its unit, such as 9s", n.Value)
			return
		}
		*into = v
	}
}

// checks reads a list of them.
func (d *decoder) checks(into *[]Check) read {
	return func(n *yaml.Node, at string) {
		d.items(n, at, func(n *yaml.Node, at string) {
			if c, ok := d.check(n, at); ok {
				*into = append(*into, c)
			}
		})
	}
}

func (d *decoder) check(n *yaml.Node, at string) (Check, bool) {
	before := len(d.faults)
	c := Check{Line: n.Line}
	var exited int
	known := map[string]read{
		"of": d.patterns(&c.Of), "edge": d.pattern(&c.Edge), "stream": d.text(&c.Stream),
		"with": d.text(&c.With), "deletions": d.number(&c.Deletions, 1),
		"exited": func(n *yaml.Node, at string) { d.number(&exited, 0)(n, at); c.Exited = &exited },
	}
	for _, f := range facts {
		known[f.name] = func(n *yaml.Node, at string) {
			if c.Fact != "" {
				d.fault(n, at, "the check has the fact %s already; want one fact in a check", c.Fact)
			}
			c.Fact = f.name
			d.value(f, &c, n, at)
		}
	}
	d.fields(n, at+".", known, "of")
	f, ok := factNamed(c.Fact)
	switch {
	case len(d.faults) > before:
	case !ok:
		d.fault(n, at, "there is no fact; want one of %s", strings.Join(Facts(), ", "))
	case f.stream != nil && c.Stream == "":
		d.fault(n, at, "%s is a fact about a stream; want stream beside it", f.name)
	case f.stream == nil && c.Stream != "":
		d.fault(n, at, "%s is a fact about pods; want no stream beside it", f.name)
	case f.stream != nil && (c.Exited != nil || c.With != "" || c.Deletions > 0):
		d.fault(n, at, "%s is a fact about a stream; want no exited, with or deletions beside it", f.name)
	}
	return c, len(d.faults) == before
}

// value reads what a fact is compared with.
func (d *decoder) value(f fact, c *Check, n *yaml.Node, at string) {
	switch f.form {
	case formWord:
		if d.text(&c.Word)(n, at); c.Word != "" && !slices.Contains(f.words, c.Word) {
			d.fault(n, at, "%q is no answer; want %s", c.Word, strings.Join(f.words, " or "))
		}
	case formCode:
		d.number(&c.Code, 0)(n, at)
	case formRange:
		d.fields(n, at+".", map[string]read{"atLeast": d.duration(&c.AtLeast), "atMost": d.duration(&c.AtMost)})
		if c.AtLeast == 0 && c.AtMost == 0 || c.AtMost != 0 && c.AtMost < c.AtLeast {
			d.fault(n, at, "want atLeast or atMost, or both, the larger last")
		}
	case formCauses:
		d.items(n, at, func(n *yaml.Node, at string) {
			if !slices.Contains(history.Causes(), history.Cause(n.Value)) {
				d.fault(n, at, "%q is no cause of a drop; want one of %v", n.Value, history.Causes())
				return
			}
			c.Causes = append(c.Causes, n.Value)
		})
	}
}
