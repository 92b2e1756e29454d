package document

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Fault is one thing that is wrong with what the user gave: a file, or
// arguments.
type Fault struct {
	File    string // as it was given; "stdin"; empty for arguments
	Line    int    // from 1; 0: the file as a whole, or arguments
	Field   string // e.g. "scenarios[0].streams[1].rate"; empty: the file as a whole
	Problem string
	Want    string // what would be right; may be empty
}

// Error is one line: "mine.yaml:12: scenarios[0].streams[0].rate: -5 is
// negative; want a rate above 0, in hits per second".
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			b.WriteString(":" + strconv.Itoa(f.Line))
		}
		b.WriteString(": ")
	}
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Problem)
	if f.Want != "" {
		b.WriteString("; want " + f.Want)
	}
	return b.String()
}

// Faults are several. They are never empty as an error.
type Faults []Fault

// Error has one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single faults to errors.As.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, fault := range f {
		errs[i] = fault
	}
	return errs
}

// Err is f as an error, by file in the order given and then by line; nil when there
// are none.
func (f Faults) Err(files ...string) error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)),
			cmp.Compare(a.Line, b.Line),
		)
	})
	return f
}
