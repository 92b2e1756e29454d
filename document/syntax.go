package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// unreadable finds what the YAML reader would refuse without naming a line.
func unreadable(text []byte) (line int, problem, want string) {
	line = 1
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return line, fmt.Sprintf("byte %#02x is not UTF-8", rest[0]), "YAML in UTF-8"
		case r == '\n':
			line++
		case r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			return line, fmt.Sprintf("there is a control character, %U", r), "text without it, or an escape in double quotes"
		}
		rest = rest[size:]
	}
	return 0, "", ""
}

// What the YAML parser itself says, as opposed to its scanner: the two count
// lines differently in their errors, which carry nothing but text.
var parserSays = []string{
	"did not find expected <document start>", "found undefined tag handle", "did not find expected node content",
	"did not find expected '-' indicator", "did not find expected key", "did not find expected ',' or ']'",
	"did not find expected ',' or '}'", "found duplicate %YAML directive", "found incompatible YAML document",
	"found duplicate %TAG directive",
}

var (
	lineOf   = regexp.MustCompile(`^yaml: line (\d+): `)
	anchorOf = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntax makes a fault of an error of the YAML package, which leaves the line
// out when it is the first: behind a comment it never is.
func syntax(text []byte, err error) (line int, problem, want string) {
	if behind := firstError(append([]byte("#\n"), text...)); behind != nil {
		err = behind
	}
	says := err.Error()
	if m := lineOf.FindStringSubmatch(says); m != nil {
		line, _ = strconv.Atoi(m[1])
		says = strings.TrimPrefix(says, m[0])
		if !slices.Contains(parserSays, says) {
			line--
		}
	}
	line = min(max(1, line), 1+bytes.Count(text, []byte("\n")))
	says = strings.TrimPrefix(says, "yaml: ")
	if m := anchorOf.FindStringSubmatch(says); m != nil {
		return max(1, lineWith(text, "*"+m[1])), "there is no anchor &" + Short(m[1]), "the value itself"
	}
	if tab := tabbed(text, line); tab == line && says == noToken || tab > 0 && slices.Contains(tabSays, says) {
		return tab, "a tab indents this line", "spaces"
	}
	return line, "this is not YAML: " + says, ""
}

// noToken is what the scanner says of a tab at the beginning of a line, and of
// much else.
const noToken = "found character that cannot start any token"

// What it says of a tab with the line where the value before it began.
var tabSays = []string{
	"found a tab character that violates indentation",
	"found a tab character where an indentation space is expected",
}

// tabbed is the first line, from the given one on, that a tab indents; 0: none.
func tabbed(text []byte, from int) int {
	for i, line := range bytes.Split(text, []byte("\n")) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if i+1 >= from && bytes.ContainsRune(indent, '\t') {
			return i + 1
		}
	}
	return 0
}

func firstError(text []byte) error {
	in := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if err := in.Decode(&doc); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func lineWith(text []byte, what string) int {
	before, _, found := bytes.Cut(text, []byte(what))
	if !found {
		return 0
	}
	return 1 + bytes.Count(before, []byte("\n"))
}
