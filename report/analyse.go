package report

import (
	"errors"
	"iter"

	"zarif/report/history"
)

// Analyse turns one history, its records in any order, into a trial. A history
// that is cut or has no end mark is analysed as far as it goes and inconclusive;
// bytes that are no history, or one without a Meta, are errors.
func Analyse(records iter.Seq2[history.Record, error]) (Trial, error) {
	return Trial{}, errors.ErrUnsupported
}
