package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// A mark is a line of a page that begins or ends a block: the part of the page that
// zarif writes; the rest is people's. A page with one block needs no name for it.
type mark struct {
	name     string
	end      bool
	line     int // from 1
	from, to int // the line in the page's bytes, its end of line included
	eol      string
}

// marks are the two lines of a block, as people write them.
func marks(name string) (begin, end string) {
	if name != "" {
		name = " " + name
	}
	return "<!-- zarif:begin" + name + " -->", "<!-- zarif:end" + name + " -->"
}

// markLine is a mark; in the older form the name comes first.
var markLine = regexp.MustCompile(`^[ \t]*<!--[ \t]*zarif(?:[ \t]*:[ \t]*(begin|end)(?:[ \t]+([\w.-]+))?|[ \t]+([\w.-]+):[ \t]*(begin|end))[ \t]*-->[ \t]*$`)

// fenceLine begins or ends a piece of code, in which a mark is only shown.
var fenceLine = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})([^\r\n]*)")

// marksIn are the marks of a page, in their order.
func marksIn(page []byte) (found []mark) {
	fence, at, n := "", 0, 0
	for line := range bytes.Lines(page) {
		n++
		from := at
		at += len(line)
		text := bytes.TrimRight(line, "\r\n")
		if f := fenceLine.FindSubmatch(text); f != nil {
			ticks, rest := string(f[1]), bytes.TrimSpace(f[2])
			switch {
			case fence == "" && (ticks[0] != '`' || !bytes.Contains(rest, []byte("`"))):
				fence = ticks
			case fence != "" && ticks[0] == fence[0] && len(ticks) >= len(fence) && len(rest) == 0:
				fence = ""
			}
			continue
		}
		m := markLine.FindSubmatch(text)
		if m == nil || fence != "" {
			continue
		}
		found = append(found, mark{
			name: string(m[2]) + string(m[3]), end: string(m[1])+string(m[4]) == "end", line: n,
			from: from, to: at, eol: cmp.Or(string(line[len(text):]), "\n"),
		})
	}
	return found
}

// block is the pair of marks of a block; ok is false where the page has neither.
// An end without a name ends whichever block is open.
func block(path string, page []byte, name string) (begin, end mark, ok bool, err error) {
	var open, found *mark
	want, _ := marks(name)
	for _, m := range marksIn(page) {
		switch {
		case !m.end && open != nil:
			return begin, end, false, usage("--update: %s:%d: a block begins in the block that began in line %d; want its end before", path, m.line, open.line)
		case !m.end && m.name == name && found != nil:
			return begin, end, false, usage("--update: %s:%d: %s is there already, in line %d; want one", path, m.line, want, found.line)
		case !m.end:
			open = &m
			if m.name == name {
				found = &m
			}
		case open == nil:
			return begin, end, false, usage("--update: %s:%d: a block ends that did not begin; want its begin before", path, m.line)
		case m.name != "" && m.name != open.name:
			return begin, end, false, usage("--update: %s:%d: the end of block %q, while the one of line %d is %q; want ends in the order of the begins", path, m.line, m.name, open.line, open.name)
		default:
			if open == found {
				begin, end, ok = *open, m, true
			}
			open = nil
		}
	}
	if open != nil {
		_, wantEnd := marks(open.name)
		return begin, end, false, usage("--update: %s:%d: the block does not end; want a line %s below", path, open.line, wantEnd)
	}
	return begin, end, ok, nil
}

// measuredBlock is the block of a stack's page. A page that lacks it gets it at the
// top of its section of that name.
const measuredBlock = "measured"

var measuredHeading = regexp.MustCompile(`(?m)^## Measured\r?\n`)

// updateMarked writes a page's block anew, and leaves the rest as it is, byte for
// byte.
func updateMarked(path, name string, write func(io.Writer) error) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return usage("--update: %v; want a page with a block", err)
	}
	begin, end, ok, err := block(path, page, name)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	wantBegin, wantEnd := marks(name)
	var whole []byte
	if heading := measuredHeading.FindIndex(page); ok {
		inner := bytes.ReplaceAll(text.Bytes(), []byte("\n"), []byte(begin.eol))
		whole = slices.Concat(page[:begin.to], inner, page[end.from:])
	} else if heading != nil && name == measuredBlock {
		at := heading[1]
		whole = slices.Concat(page[:at], []byte("\n"+wantBegin+"\n"), text.Bytes(), []byte(wantEnd+"\n"), page[at:])
	} else {
		return usage("--update: %s:%d: the page ends without a block; want one line %s and, below it, one line %s", path, bytes.Count(page, []byte("\n"))+1, wantBegin, wantEnd)
	}
	if bytes.Equal(whole, page) {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(real, func(w io.Writer) error {
		_, err := w.Write(whole)
		return err
	})
}
