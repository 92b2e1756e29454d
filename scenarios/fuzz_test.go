package scenarios

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zarif/report/history"
)

// Whatever is in a file: no panic, faults have a line that the file has, and
// what is accepted can be run.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "files/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := load(testKnown(), nil, []source{{"fuzz.yaml", text}}, nil)
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("error %v is not Faults", err)
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Line > 1+bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r")) {
					t.Errorf("no such line: %#v", fault)
				}
				if fault.File != "fuzz.yaml" || fault.Problem == "" || bytes.ContainsAny([]byte(fault.Error()), "\r\n\x00") {
					t.Errorf("a fault that nobody can read: %#v", fault)
				}
			}
			return
		}
		for _, s := range c.Scenarios() {
			for _, stream := range s.Resolve(Overrides{}) {
				runnable(t, s, stream)
			}
		}
		for _, s := range c.Suites() {
			if _, err := c.Select(nil, s.Name); err != nil {
				t.Errorf("suite %s: %v", s.Name, err)
			}
		}
	})
}

func runnable(t *testing.T, s Scenario, r history.Stream) {
	t.Helper()
	switch {
	case s.Name == "", s.DisruptionLimit <= 0, s.Fits(Overrides{}) != nil:
		t.Errorf("scenario: %+v", s)
	case r.Name == "", r.URL == "", r.Method == "", r.Retry == "", r.Vantage == "":
		t.Errorf("%s: something is left to a default: %+v", s.Name, r)
	case r.Rate <= 0, r.Interval() <= 0, r.Work < 0, r.ConnectTimeout < time.Millisecond, r.ResponseTimeout <= r.Work, r.Budget < 0:
		t.Errorf("%s: out of range: %+v", s.Name, r)
	case r.Connection != history.Fresh && r.Connection != history.Reused, (r.Connections > 0) != (r.Connection == history.Reused):
		t.Errorf("%s: connections: %+v", s.Name, r)
	case (len(r.Faults) > 0) != (r.FaultEvery > 0):
		t.Errorf("%s: faults: %+v", s.Name, r)
	}
}
