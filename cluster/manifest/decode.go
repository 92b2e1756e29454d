package manifest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// decode reads the YAML or JSON documents of one file.
func decode(name string, text []byte) (objects []Object, faults Faults) {
	for _, d := range documents(text) {
		at := fmt.Sprintf("%s:%d", name, d.line)
		fields, err := d.fields()
		if err != nil {
			faults.add(at, "the document cannot be read: "+fileLine(err.Error(), d.line), "YAML or JSON of Kubernetes objects")
			continue
		}
		if len(fields) == 0 {
			continue // only comments, as helm leaves behind
		}
		found, wrong := objectsOf(at, fields)
		objects, faults = append(objects, found...), append(faults, wrong...)
	}
	return objects, faults
}

// A document of a YAML stream, and the line of the file where it begins.
type document struct {
	text []byte
	line int
}

// fields are those of the document, numbers as Kubernetes has them; nil: none.
func (d document) fields() (fields map[string]any, err error) {
	text, err := yaml.YAMLToJSONStrict(d.text)
	if err != nil {
		return nil, err
	}
	return fields, json.Unmarshal(text, &fields)
}

// documents splits a YAML stream. A line that begins with --- is always a
// separator: text of a block is indented.
func documents(text []byte) (all []document) {
	var now bytes.Buffer
	line, start := 0, 0
	end := func() {
		if start > 0 {
			all = append(all, document{bytes.Clone(now.Bytes()), start})
		}
		now.Reset()
		start = 0
	}
	for raw := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		line++
		if rest, is := separator(raw); is {
			end()
			raw = rest
		}
		if start == 0 && content(raw) {
			start = line
			// What precedes are comments; without them lines can be counted from here.
			now.Reset()
		}
		now.Write(raw)
	}
	end()
	return all
}

// separator tells whether a line ends a document, and what of it is the next.
func separator(line []byte) (rest []byte, is bool) {
	rest, is = bytes.CutPrefix(line, []byte("---"))
	return rest, is && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n"))
}

func content(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] != '#' && !bytes.HasPrefix(line, []byte("%"))
}

var lineIn = regexp.MustCompile(`\bline (\d+)`)

// fileLine makes lines of a document, in a message about it, those of its file.
func fileLine(message string, start int) string {
	message = strings.TrimPrefix(message, "error converting YAML to JSON: ")
	return lineIn.ReplaceAllStringFunc(message, func(found string) string {
		var n int
		fmt.Sscanf(found, "line %d", &n)
		return fmt.Sprintf("line %d", start+n-1)
	})
}

// objectsOf is a document's object, or those of a List.
func objectsOf(at string, fields map[string]any) (objects []Object, faults Faults) {
	u := &unstructured.Unstructured{Object: fields}
	switch version, err := schema.ParseGroupVersion(text(fields, "apiVersion")); {
	case u.GetKind() == "":
		return nil, Faults{{at, "there is no kind", "a Kubernetes object with apiVersion and kind"}}
	case text(fields, "apiVersion") == "" || err != nil || version.Version == "":
		return nil, Faults{{at, u.GetKind() + " has no apiVersion that can be read", "one such as apps/v1"}}
	}
	if items, is := fields["items"].([]any); is && strings.HasSuffix(u.GetKind(), "List") {
		for i, item := range items {
			place := fmt.Sprintf("%s, items[%d]", at, i)
			inner, ok := item.(map[string]any)
			if !ok {
				faults.add(place, "this is no object", "a mapping")
				continue
			}
			found, wrong := objectsOf(place, inner)
			objects, faults = append(objects, found...), append(faults, wrong...)
		}
		return objects, faults
	}
	if u.GetName() == "" && u.GetGenerateName() == "" {
		return nil, Faults{{at, u.GetKind() + " has no metadata.name", "a name"}}
	}
	return []Object{{u, at}}, nil
}

// text is a field of a mapping that is text; empty where it is not.
func text(fields map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(fields, path...)
	return s
}
