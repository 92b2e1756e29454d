package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"zarif/report/gate"
)

// GateJUnit writes a test suite per scenario and a test case per check, as CI
// systems read it. What is worse is a failure; what is inconclusive is an error,
// since it must not look as if it had passed.
func GateJUnit(w io.Writer, r gate.Report) error {
	out := junitReport{Name: "zarif gate"}
	for _, s := range r.Scenarios {
		suite := junitSuite{Name: clean(s.Name)}
		add := func(name string, o gate.Outcome, text string) {
			c := junitCase{Suite: clean(s.Name), Name: clean(name), Time: "0", Out: text}
			switch o {
			case gate.Worse:
				c.Failure, c.Out = &junitText{Message: text, Type: string(o)}, ""
				suite.Failures++
			case gate.Inconclusive:
				c.Error, c.Out = &junitText{Message: text, Type: string(o)}, ""
				suite.Errors++
			}
			suite.Tests++
			suite.Cases = append(suite.Cases, c)
		}
		for _, c := range s.Checks {
			add(fmt.Sprintf("%s (%s)", c.Where(), c.Against), c.Outcome, clean(strings.TrimSuffix(gateBrief(c)+": "+c.Reason, ": ")))
		}
		if len(s.Reasons) > 0 || len(s.Checks) == 0 {
			add("trials", gate.Inconclusive, clean(strings.Join(s.Reasons, "; ")))
		}
		suite.Time = "0"
		out.Tests, out.Failures, out.Errors = out.Tests+suite.Tests, out.Failures+suite.Failures, out.Errors+suite.Errors
		out.Suites = append(out.Suites, suite)
	}
	out.Time = "0"
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write the gate as JUnit XML: %w", err)
	}
	return written(w, "the gate", xml.Header+string(text)+"\n")
}

// mostAnnotations is how many annotations of one kind GitHub shows of a step.
const mostAnnotations = 10

// GateAnnotations writes r as workflow commands of GitHub Actions: an error for
// what is worse, and a warning for what is inconclusive.
func GateAnnotations(w io.Writer, r gate.Report) error {
	var out strings.Builder
	for _, kind := range []struct {
		command string
		outcome gate.Outcome
	}{{"error", gate.Worse}, {"warning", gate.Inconclusive}} {
		lines := gateReasons(r, kind.outcome)
		if more := len(lines) - mostAnnotations; more > 0 {
			lines = append(lines[:mostAnnotations-1:mostAnnotations-1], fmt.Sprintf("and %d more: the summary of the job has them", more+1))
		}
		for _, line := range lines {
			fmt.Fprintf(&out, "::%s title=zarif gate::%s\n", kind.command, commandData(line))
		}
	}
	return written(w, "the gate", out.String())
}

// commandData is text as the message of a workflow command.
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}
