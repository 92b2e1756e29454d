package render

import (
	"io"

	"zarif/report"
)

// Table writes r for a terminal: a row per scenario and stream, why a trial is
// inconclusive or not as expected, and how to read it.
func Table(w io.Writer, r report.Results, o Options) error { return nil }
