// Package render owns how results are shown: one renderer per file. It draws no
// conclusions; what it shows is in report.Results.
package render

import (
	"io"

	"zarif/report"
)

// Options say how a table is drawn.
type Options struct {
	Width  int  // columns of the terminal; 0: 160
	Colour bool // only for a terminal; never the only carrier of meaning
}

// JSON writes results.json.
func JSON(w io.Writer, r report.Results) error { return report.WriteJSON(w, r) }
