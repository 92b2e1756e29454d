package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
)

// A marked block is the part of a page that zarif writes; the rest is people's.
func marks(name string) (begin, end string) {
	return "<!-- zarif " + name + ": begin -->", "<!-- zarif " + name + ": end -->"
}

// measuredHeading is the line below which a page without marks gets its block.
const measuredHeading = "\n## Measured\n"

// updateMarked writes a page's marked block anew, and leaves the rest as it is. A
// page without the marks gets them at the top of its section Measured.
func updateMarked(path, name string, write func(io.Writer) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return usage("--update: %v; want a page with a block for %s", err, name)
	}
	begin, end := marks(name)
	if at := bytes.Index(text, []byte(measuredHeading)); at >= 0 && !bytes.Contains(text, []byte(begin)) {
		at += len(measuredHeading)
		text = slices.Concat(text[:at], []byte("\n"+begin+"\n"+end+"\n"), text[at:])
	}
	from, to := bytes.Index(text, []byte(begin)), bytes.Index(text, []byte(end))
	if from < 0 || to < from || bytes.Count(text, []byte(begin)) != 1 {
		return usage("--update: %s has no block for %s; want one line %s and, below it, one line %s", path, name, begin, end)
	}
	var block bytes.Buffer
	if err := write(&block); err != nil {
		return err
	}
	return writeWhole(path, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s%s\n%s%s", text[:from], begin, block.Bytes(), text[to:])
		return err
	})
}
