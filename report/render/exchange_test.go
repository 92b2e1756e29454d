package render

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

// withSkipped is demo with a scenario that the cluster could not do.
func withSkipped() report.Results {
	r := demo()
	r.Skipped = []report.Skipped{{Scenario: "py-ignore.rollout", Fixture: "py-ignore", Disruption: "rollout", Reason: "deploy py-ignore: this machine has no \"PID namespaces\", none"}}
	return r
}

func TestExchangeGolden(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"demo.csv":           func(w io.Writer) error { return CSV(w, withSkipped()) },
		"nothing.csv":        func(w io.Writer) error { return CSV(w, report.Collect(nil)) },
		"demo.junit.xml":     func(w io.Writer) error { return JUnit(w, withSkipped()) },
		"repeated.junit.xml": func(w io.Writer) error { return JUnit(w, repeated()) },
		"nothing.junit.xml":  func(w io.Writer) error { return JUnit(w, report.Collect(nil)) },
		"block.md":           func(w io.Writer) error { return MarkdownBlock(w, withSkipped()) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%s differs (write it anew with -update):\n%s", golden, out.String())
			}
		})
	}
}

// What a program reads from the rows is what the results say, and it adds up.
func TestCSVAddsUp(t *testing.T) {
	r := withSkipped()
	var out bytes.Buffer
	if err := CSV(&out, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := rows[0]
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Errorf("two columns have one name: %v", names)
	}
	row := 0
	for _, trial := range r.Trials {
		for _, s := range trial.Streams {
			row++
			cell := func(name string) string { return rows[row][slices.Index(names, name)] }
			number := func(name string) int {
				n, err := strconv.Atoi(cell(name))
				if err != nil {
					t.Errorf("%s %s: %s is %q", trial.Scenario, s.Name, name, cell(name))
				}
				return n
			}
			if cell("scenario") != trial.Scenario || cell("stream") != s.Name || number("sent") != s.Sent || number("missed") != s.Missed || cell("verdict") != string(trial.Verdict) {
				t.Errorf("row %d is %q, want %s, %s", row, rows[row], trial.Scenario, s.Name)
			}
			causes := 0
			for _, name := range names {
				if strings.HasPrefix(name, "cause_") {
					causes += number(name)
				}
			}
			if causes != s.Dropped || number("dropped") != s.Dropped {
				t.Errorf("row %d: causes add up to %d, dropped is %d, want %d", row, causes, number("dropped"), s.Dropped)
			}
			if cell("recovery_sent") != "" || cell("send_lag_p99_ms") != "" {
				t.Errorf("row %d tells of a window that did not begin, or of a lag that is unknown", row)
			}
		}
	}
	if last := rows[len(rows)-1]; len(rows) != row+2 || last[slices.Index(names, "verdict")] != "skipped" || last[slices.Index(names, "sent")] != "" {
		t.Errorf("%d rows, the last is %q, want one of what was skipped", len(rows), last)
	}
}

// There is a column for every cause that this version knows.
func TestCSVCauses(t *testing.T) {
	var out bytes.Buffer
	if err := CSV(&out, report.Collect(nil)); err != nil {
		t.Fatal(err)
	}
	for _, cause := range history.Causes() {
		if !strings.Contains(out.String(), ",cause_"+strings.ReplaceAll(string(cause), "-", "_")+",") {
			t.Errorf("no column for %s", cause)
		}
	}
}

func TestJUnitCases(t *testing.T) {
	var out bytes.Buffer
	r := withSkipped()
	r.Trials[3].Reasons = append(r.Trials[3].Reasons, "a\x1b[2Jb <b>&]]>")
	if err := JUnit(&out, r); err != nil {
		t.Fatal(err)
	}
	var got junitReport
	if err := xml.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	outcomes := map[string]int{}
	for _, s := range got.Suites {
		for _, c := range s.Cases {
			switch {
			case c.Failure != nil:
				outcomes["failure: "+c.Failure.Message]++
			case c.Error != nil:
				outcomes["error: "+c.Error.Type]++
			case c.Skipped != nil:
				outcomes["skipped"]++
			default:
				outcomes["ok"]++
			}
		}
	}
	want := map[string]int{"ok": 3, "error: inconclusive": 1, "skipped": 1, "failure: stream reused: drops were expected, none of 4000 hits was dropped": 1}
	if !maps.Equal(outcomes, want) {
		t.Errorf("outcomes %v, want %v", outcomes, want)
	}
	if c := got.junitCounts; c.Tests != 6 || c.Failures != 1 || c.Errors != 1 || c.Skipped != 1 {
		t.Errorf("counts %+v", c)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("a control character")
	}
}
