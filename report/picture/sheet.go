// Package picture owns the SVG pictures of results: a matrix of all scenarios, and
// for each trial its hits and its pods' lives over time. It draws no conclusions:
// what it shows is in report.Results, and what report.Hits tells of a history.
//
// The same results make the same picture, byte for byte. A picture asks nothing of a
// network, brings its own background, and follows the reader's colour scheme; colours
// are those of Okabe and Ito, and none of them is the only carrier of meaning.
package picture

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	svg "github.com/ajstarks/svgo/float"
)

// A sheet is a picture that is being drawn. Sizes are CSS pixels.
type sheet struct {
	*svg.SVG
	out           bytes.Buffer
	width, height float64
}

// newSheet begins a picture: its name and, for who cannot see it, what it says.
func newSheet(width, height float64, title, said string) *sheet {
	s := &sheet{width: width, height: height}
	s.SVG = svg.New(&s.out)
	s.Decimals = 1
	s.Startview(width, height, 0, 0, width, height)
	s.Title(clean(title))
	s.Desc(clean(said))
	s.Style("text/css", style())
	s.Def()
	for _, h := range hatches {
		s.Pattern(h.id, 0, 0, 6, 6, "user", `patternTransform="rotate(45)"`)
		s.Rect(0, 0, 6, 6, class(h.ground))
		s.Rect(0, 0, h.width, 6, class(h.line))
		s.PatternEnd()
	}
	s.DefEnd()
	s.Rect(0, 0, width, height, class("sheet"))
	return s
}

// finish writes the picture.
func (s *sheet) finish(w io.Writer) error {
	s.End()
	// The library names itself in a comment; a picture is ours to name.
	text := s.out.Bytes()
	if from := bytes.Index(text, []byte("<!--")); from >= 0 {
		if to := bytes.Index(text, []byte("-->\n")); to > from {
			text = slices.Concat(text[:from], text[to+len("-->\n"):])
		}
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// text writes a line at its baseline; classes say how.
func (s *sheet) text(x, y float64, text, classes string) {
	s.Text(x, y, clean(text), class(classes))
}

// told is a shape with a text that a browser shows when it is pointed at.
func (s *sheet) told(text string, draw func()) {
	s.Group()
	s.Title(clean(text))
	draw()
	s.Gend()
}

func class(names string) string { return `class="` + names + `"` }

// clean is text on one line and without control characters, since it may come from
// a file or from an error; the library escapes the rest.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && !unicode.IsSpace(c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}
