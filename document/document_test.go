package document

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// opened reads a mapping by a table that has a field of every kind.
func opened(text []byte) (Fields, Faults) {
	var faults Faults
	root, ok := Open("x.yaml", text, "something", &faults)
	if !ok {
		return Fields{}, faults
	}
	var s string
	var b bool
	var n int
	var d time.Duration
	f, _ := root.Take(Table{
		"text":     func(p Place) { p.Text("text", &s) },
		"word":     func(p Place) { p.Word("a word", &s) },
		"choice":   func(p Place) { p.Choice("colour", &s, "red", "green", "blue", "black") },
		"pattern":  func(p Place) { p.Pattern(&s) },
		"boolean":  func(p Place) { p.Boolean(&b) },
		"integer":  func(p Place) { p.Integer(1, 10, "apples", &n) },
		"count":    func(p Place) { p.Integer(0, math.MaxInt32, "", &n) },
		"duration": func(p Place) { p.Duration("a duration", time.Second, time.Minute, &d) },
		"list": func(p Place) {
			for _, item := range p.Some("a list of lists") {
				item.Items("a list")
			}
		},
	})
	return f, faults
}

func TestEveryFaultHasItsPlace(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "x.yaml:1: the file is empty; want something"},
		{"a comment", "# nothing\n", "x.yaml:1: the file is empty; want something"},
		{"no mapping", "- x\n", "x.yaml:1: this is a list; want a mapping with boolean, choice, count, duration, integer, list, pattern, text or word"},
		{"two documents", "text: x\n---\ntext: y\n", "x.yaml:2: a second document begins here; want one document per file"},
		{"no YAML", "text:\n  - a\n  b: c\n", "x.yaml:2: this is not YAML: did not find expected '-' indicator"},
		{"a tab", "list:\n\t- x\n", "x.yaml:2: a tab indents this line; want spaces"},
		{"no UTF-8", "text: \xff\n", "x.yaml:1: byte 0xff is not UTF-8; want YAML in UTF-8"},
		{"no anchor", "text: *x\n", "x.yaml:1: there is no anchor &x; want the value itself"},
		{"an alias", "text: &a x\nword: *a\n", "x.yaml:2: word: an alias (*a) cannot be used here; want the value itself"},
		{"a merge key", "<<: {text: x}\n", "x.yaml:1: merge keys (<<) cannot be used here; want the fields themselves"},
		{"an odd key", "? [a]\n: x\n", "x.yaml:1: a key is not a plain word; want boolean, "},
		{"an unknown field", "txet: x\n", "x.yaml:1: txet: unknown field; want boolean, choice, count, duration, integer, list, pattern, text or word (did you mean text?)"},
		{"twice", "text: x\ntext: y\n", "x.yaml:2: text: given twice, first in line 1; want one of the two"},
		{"a number as text", "text: 5\n", "x.yaml:1: text: 5 is a number; want text, in quotes"},
		{"a list as text", "text: []\n", "x.yaml:1: text: this is a list; want text"},
		{"an empty word", "word: ''\n", "x.yaml:1: word: it is empty; want a word"},
		{"no choice", "choice: grene\n", `x.yaml:1: choice: "grene" is no colour; want red, green, blue or black (did you mean green?)`},
		{"no pattern", "pattern: 'a['\n", `x.yaml:1: pattern: "a[" is no pattern; want a name, with * and ? for what may vary`},
		{"no boolean", "boolean: maybe\n", `x.yaml:1: boolean: "maybe" is text; want true or false`},
		{"negative", "integer: -1\n", "x.yaml:1: integer: -1 is negative; want a whole number from 1 to 10 (apples)"},
		{"too small", "integer: 0\n", "x.yaml:1: integer: 0 is too small; want a whole number from 1 to 10 (apples)"},
		{"too large", "integer: 11\n", "x.yaml:1: integer: 11 is out of range; want a whole number from 1 to 10 (apples)"},
		{"a fraction", "count: 1.5\n", "x.yaml:1: count: 1.5 is a number; want a whole number from 0 up"},
		{"no unit", "duration: 5\n", "x.yaml:1: duration: 5 has no unit; want a duration"},
		{"too short", "duration: 1ms\n", "x.yaml:1: duration: 1ms is too short; want a duration"},
		{"too long", "duration: 1h\n", "x.yaml:1: duration: 1h is too long; want a duration"},
		{"no duration", "duration: soon\n", `x.yaml:1: duration: "soon" is no duration; want a duration`},
		{"an empty list", "list: []\n", "x.yaml:1: list: the list is empty; want a list of lists"},
		{"in a list", "list:\n- []\n- x\n", `x.yaml:3: list[1]: "x" is text; want a list`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, faults := opened([]byte(test.text))
			if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), test.want) {
				t.Errorf("faults\n%v\nwant\n%s", faults, test.want)
			}
		})
	}
}

func TestWhatIsRightIsTaken(t *testing.T) {
	var faults Faults
	root, ok := Open("x.yaml", []byte("name: x\nlist: [a, b]\nwait: 0\n"), "", &faults)
	if !ok {
		t.Fatal(faults)
	}
	name, wait := "", time.Hour
	f, ok := root.Take(Table{
		"name": func(p Place) { p.Word("text", &name) },
		"list": func(p Place) {},
		"wait": func(p Place) { p.Duration("", 0, time.Hour, &wait) },
		"more": func(p Place) {},
	}, "name", "more")
	items, _ := f.At["list"].Items("")
	if !ok || name != "x" || wait != 0 || len(items) != 2 || items[1].Path != "list[1]" || strings.Join(f.Names, " ") != "name list wait" {
		t.Errorf("name %q, wait %s, items %v, names %v", name, wait, items, f.Names)
	}
	if faults.Error() != "x.yaml:1: more: missing" || f.Has("more") || f.Spot("list").Node.Line != 2 {
		t.Errorf("faults %v", faults)
	}
}

func TestFaultsComeByFileAndLine(t *testing.T) {
	all := Faults{{File: "b", Line: 2, Problem: "4th"}, {File: "a", Line: 3, Problem: "2nd"}, {File: "b", Line: 1, Problem: "3rd"}, {File: "a", Problem: "1st", Want: "x"}}
	if got, want := all.Err("a", "b").Error(), "a: 1st; want x\na:3: 2nd\nb:1: 3rd\nb:2: 4th"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := (Faults{}).Err(); err != nil {
		t.Errorf("no faults are the error %v", err)
	}
}

func TestCollect(t *testing.T) {
	from := fstest.MapFS{"a/x.yaml": {Data: []byte("b")}, "a/y.yaml": {Data: []byte("a")}, "a/z.txt": {Data: []byte("c")}}
	read := func(_ string, text []byte) ([]string, error) { return []string{string(text), string(text) + "2"}, nil }
	self := func(s string) string { return s }
	c, err := Collect(from, "*/*.yaml", self, read)
	if err != nil || strings.Join(c.All(), " ") != "a a2 b b2" {
		t.Fatalf("%v, error %v", c.All(), err)
	}
	c.All()[0] = "changed"
	if one, ok := c.Named("a"); !ok || one != "a" {
		t.Errorf("a is %q, %t", one, ok)
	}
	if one, ok := c.Named("c"); ok {
		t.Errorf("c is %q", one)
	}
	from["a/z.yaml"] = from["a/x.yaml"]
	from["b/x.yaml"] = &fstest.MapFile{}
	_, err = Collect(from, "*/*.yaml", self, func(file string, text []byte) ([]string, error) {
		if len(text) == 0 {
			return nil, Fault{File: file, Problem: "the file is empty"}
		}
		return read(file, text)
	})
	const want = `a/z.yaml: name: "b" is taken by a/x.yaml; want a name of its own` + "\n" +
		`a/z.yaml: name: "b2" is taken by a/x.yaml; want a name of its own` + "\n" + "b/x.yaml: the file is empty"
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	if all := (Catalog[string]{}).All(); len(all) != 0 {
		t.Errorf("there is %v", all)
	}
}

// Whatever is in a file: no panic, and faults have a line that the file has.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{"", "text: x\n", "list: [[a], *b]\n", "? [a]\n: b\n", "a: &b x\n<<: *b\n", "\t", "%YAML 2.0\n---\n", "text: \"a\r\nb\"\n---\n- x\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, faults := opened(text)
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > 1+bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r")) {
				t.Errorf("no such line: %#v", fault)
			}
			if fault.Problem == "" || strings.ContainsAny(fault.Error(), "\r\n\x00") {
				t.Errorf("a fault that nobody can read: %#v", fault)
			}
		}
	})
}
