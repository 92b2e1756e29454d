package gate

import (
	"fmt"
	"strings"
)

// A Fault is one thing that is wrong with a file of budgets.
type Fault struct {
	File    string
	Line    int    // from 1; 0: the file as a whole
	Field   string // e.g. "budgets[0].p99"; empty: the file as a whole
	Problem string
	Want    string // what would be right; may be empty
}

// Error is one line: "budget.yaml:4: budgets[0].p99: 400 has no unit; want a
// duration with its unit, such as 400ms".
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Field != "" {
		b.WriteString(": " + f.Field)
	}
	b.WriteString(": " + f.Problem)
	if f.Want != "" {
		b.WriteString("; want " + f.Want)
	}
	return b.String()
}

// Faults are all faults of a file, by line. They are never empty as an error.
type Faults []Fault

// Error has one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}
