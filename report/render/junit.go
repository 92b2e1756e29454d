package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"zarif/report"
)

// The form of JUnit XML that CI systems read.
type (
	junitReport struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string `xml:"name,attr"`
		Timestamp string `xml:"timestamp,attr,omitempty"`
		junitCounts
		Properties *junitProperties `xml:"properties"`
		Cases      []junitCase      `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"` // seconds
	}
	junitProperties struct {
		All []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Suite   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    string     `xml:"time,attr"`
		Failure *junitText `xml:"failure"`
		Error   *junitText `xml:"error"`
		Skipped *junitText `xml:"skipped"`
		Out     string     `xml:"system-out,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a test suite per scenario and a test case per trial. A case passes
// when the trial was as expected, so that one which lost requests passes where that
// was expected; a definite verdict that was not expected is a failure, a surprising
// pass included; an inconclusive trial is an error, since nothing was shown; a
// scenario that the cluster cannot do is one skipped case.
func JUnit(w io.Writer, r report.Results) error {
	out := junitReport{Name: "zarif"}
	total := time.Duration(0)
	for _, sc := range r.Scenarios {
		suite, took := junitScenario(r, sc.Scenario)
		total += took
		out.Suites = append(out.Suites, suite)
	}
	for _, s := range r.Skipped {
		out.Suites = append(out.Suites, junitSuite{
			Name: clean(s.Scenario), junitCounts: junitCounts{Tests: 1, Skipped: 1, Time: junitSeconds(0)},
			Cases: []junitCase{{Suite: clean(s.Scenario), Name: "skipped", Time: junitSeconds(0), Skipped: &junitText{Message: clean(s.Reason)}}},
		})
	}
	for _, s := range out.Suites {
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
		out.Skipped += s.Skipped
	}
	out.Time = junitSeconds(total)
	return writeJUnit(w, out)
}

func writeJUnit(w io.Writer, out junitReport) error {
	text, err := xml.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	return nil
}

func junitScenario(r report.Results, scenario string) (suite junitSuite, took time.Duration) {
	suite.Name = clean(scenario)
	for _, t := range trialsOf(r, scenario) {
		if suite.Timestamp == "" {
			// The form has no zone; UTC is what readers take it for.
			suite.Timestamp = t.Started.UTC().Format("2006-01-02T15:04:05")
			suite.Properties = propertiesOf(r, t)
		}
		c := junitTrial(t)
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Error != nil {
			suite.Errors++
		}
		took += duration(t)
	}
	suite.Time = junitSeconds(took)
	return suite, took
}

// propertiesOf say what a scenario's trials ran on; nil where nothing is known.
func propertiesOf(r report.Results, t report.Trial) *junitProperties {
	var all []junitProperty
	for _, p := range []junitProperty{
		{"fixture", t.Fixture}, {"disruption", t.Disruption}, {"edge", t.Edge}, {"suite", t.Suite},
		{"cluster", r.Cluster.Type}, {"kubernetes", r.Cluster.Kubernetes}, {"zarif", r.Tool.Version},
	} {
		if p.Value = clean(p.Value); p.Value != "" {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &junitProperties{all}
}

func junitTrial(t report.Trial) junitCase {
	c := junitCase{Suite: clean(t.Scenario), Name: "trial " + strconv.Itoa(t.Trial), Time: junitSeconds(duration(t)), Out: junitOut(t)}
	reasons := reasonsOf(&t)
	text := &junitText{Message: strings.Join(reasons, "; "), Text: strings.Join(reasons, "\n")}
	switch {
	case t.Verdict == report.Inconclusive:
		text.Type = string(t.Verdict)
		c.Error = text
	case !t.AsExpected:
		text.Type = "not-as-expected"
		c.Failure = text
	}
	return c
}

// junitOut is what was counted, a line per stream.
func junitOut(t report.Trial) string {
	lines := []string{fmt.Sprintf("verdict %s, seed %d", t.Verdict, t.Seed)}
	for _, s := range t.Streams {
		line := fmt.Sprintf("%s: %d of %d dropped", clean(s.Name), s.Dropped, s.Sent)
		if causes := listCauses(s.Causes); len(causes) > 0 {
			line += " (" + strings.Join(causes, ", ") + ")"
		}
		line += fmt.Sprintf(", %d masked, %d missed, %d unresolved", s.Masked, s.Missed, s.Unresolved)
		if s.Expected != "" {
			line += ", expected " + clean(s.Expected)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// duration is how long a trial took as far as its history tells.
func duration(t report.Trial) time.Duration {
	if t.Started.IsZero() || t.Finished.Before(t.Started) {
		return 0
	}
	return t.Finished.Sub(t.Started)
}

func junitSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
