// Package compare owns the comparison of two results for a reader: what changed
// from one to the other, by how much, and whether it is more than noise. It decides
// nothing and runs nothing; what may pass is report/gate's, whose statistics it uses.
package compare

import (
	"fmt"
	"slices"

	"zarif/report"
	"zarif/report/gate"
	"zarif/report/history"
)

// Schema names the form of a comparison's JSON. Fields are added freely under it.
const Schema = "zarif.compare/v1"

// A Finding is what became of one number from A to B.
type Finding string

// The findings.
const (
	More    Finding = "more" // of it in B, and not by chance
	Less    Finding = "less"
	Noise   Finding = "noise"   // no more than trials differ anyway
	Unclear Finding = "unclear" // too few trials to tell, or it may be
)

// falseShare is which share of what is called a change may be noise, in the mean.
const falseShare = 0.05

// A Table puts the scenarios of two results side by side.
type Table struct {
	Schema string  `json:"schema"`
	A      Results `json:"a"`
	B      Results `json:"b"`
	// Notes say what else is not the same of the two: what changed may come from that.
	Notes     []string   `json:"notes,omitempty"`
	Tests     int        `json:"tests"`
	Changes   int        `json:"changes"` // numbers that are more or less
	Scenarios []Scenario `json:"scenarios"`
}

// Results is one of the two.
type Results struct {
	Name    string             `json:"name"` // as it was given
	Tool    report.Tool        `json:"tool"`
	Cluster report.ClusterInfo `json:"cluster"`
}

// A Scenario is what changed in one, over its conclusive trials.
type Scenario struct {
	Name    string   `json:"scenario"`
	A       Trials   `json:"a"`
	B       Trials   `json:"b"`
	Reasons []string `json:"reasons,omitempty"` // why it cannot be compared, or not well
	Numbers []Number `json:"numbers"`
}

// Trials are how many there are, and how they came out.
type Trials struct {
	All        int `json:"trials"`
	Conclusive int `json:"conclusive"`
	Passed     int `json:"passed"`
}

// A Number is one metric, or one cause of drops, of a stream or of the trial.
type Number struct {
	Stream string    `json:"stream,omitempty"` // empty: the trial as a whole
	Metric string    `json:"metric"`
	Cause  string    `json:"cause,omitempty"` // of a metric "cause": drops by it per trial
	Title  string    `json:"title"`
	Unit   gate.Unit `json:"unit"`

	// A and B are the mean of counts and shares, and the median of times, over ATrials
	// and BTrials. Absent: unknown.
	A       *float64 `json:"a,omitempty"`
	B       *float64 `json:"b,omitempty"`
	ATrials int      `json:"aTrials"`
	BTrials int      `json:"bTrials"`

	Difference *float64    `json:"difference,omitempty"` // B − A
	CI95       *[2]float64 `json:"ci95,omitempty"`       // of Difference, over trials; absent under 5
	// Effect is the chance that a trial of B has a higher value than one of A.
	Effect *float64 `json:"effect,omitempty"`
	// P is the chance of that much difference, to either side, where there is none;
	// Corrected is that for the number of tests, by the false discovery rate. Absent
	// where all trials have the same value, and where one side has none.
	P         *float64 `json:"p,omitempty"`
	Corrected *float64 `json:"corrected,omitempty"`
	Finding   Finding  `json:"finding"`
}

// Compare holds b against a. Scenarios come in the order of a, then those that only
// b has.
func Compare(nameA, nameB string, a, b report.Results) Table {
	t := Table{Schema: Schema, A: Results{nameA, a.Tool, a.Cluster}, B: Results{nameB, b.Tool, b.Cluster}, Scenarios: []Scenario{}}
	t.Notes = gate.Differences(b, a)
	for _, name := range report.ScenariosOf(a, b) {
		t.Scenarios = append(t.Scenarios, compare(report.SideOf(a, name), report.SideOf(b, name), name))
	}
	t.decide()
	return t
}

func compare(a, b report.Side, name string) Scenario {
	s := Scenario{Name: name, A: trials(a), B: trials(b), Numbers: []Number{}}
	for _, of := range []struct {
		name string
		side report.Side
	}{{"A", a}, {"B", b}} {
		if why := of.side.Open(); why != "" {
			s.Reasons = append(s.Reasons, fmt.Sprintf("%s: %s", of.name, why))
		}
	}
	if len(a.Conclusive) == 0 || len(b.Conclusive) == 0 {
		return s
	}
	for _, stream := range report.StreamsOf(a, b) {
		if other := gate.OtherLoad(b, a, stream); other != "" {
			s.Reasons = append(s.Reasons, fmt.Sprintf("stream %s is not loaded alike: %s", stream, other))
		}
		for _, m := range gate.Metrics() {
			if !m.Trial && m.Name != "any" && m.Name != "added" {
				s.add(number(m, stream, a, b))
			}
		}
		for _, cause := range causes(stream, a, b) {
			s.add(causeNumber(cause, stream, a, b))
		}
	}
	for _, m := range gate.Metrics() {
		if m.Trial {
			s.add(number(m, "", a, b))
		}
	}
	return s
}

// add leaves out what neither side knows.
func (s *Scenario) add(n Number) {
	if n.ATrials+n.BTrials > 0 {
		s.Numbers = append(s.Numbers, n)
	}
}

func trials(s report.Side) (t Trials) {
	t.All, t.Conclusive = len(s.All), len(s.Conclusive)
	for _, trial := range s.All {
		if trial.Verdict == report.Pass {
			t.Passed++
		}
	}
	return t
}

func number(m gate.Metric, stream string, a, b report.Side) Number {
	n := Number{Stream: stream, Metric: m.Name, Title: m.Title, Unit: m.Unit}
	n.fill(m.Values(a.Conclusive, stream), m.Values(b.Conclusive, stream), m.Typical)
	return n
}

func causeNumber(cause, stream string, a, b report.Side) Number {
	n := Number{Stream: stream, Metric: "cause", Cause: cause, Title: "dropped: " + cause, Unit: gate.Count}
	n.fill(counts(cause, stream, a), counts(cause, stream, b), gate.Mean)
	return n
}

func counts(cause, stream string, s report.Side) (values []float64) {
	for _, t := range s.Conclusive {
		for _, st := range t.Streams {
			if st.Name == stream {
				values = append(values, float64(st.Causes[cause]))
			}
		}
	}
	return values
}

// causes are those by which either side dropped hits, in the order of reports.
func causes(stream string, sides ...report.Side) (all []string) {
	found := map[string]bool{}
	for _, s := range sides {
		for _, t := range s.Conclusive {
			for _, st := range t.Streams {
				for cause, n := range st.Causes {
					found[cause] = found[cause] || st.Name == stream && n > 0
				}
			}
		}
	}
	for _, cause := range history.Causes() {
		if found[string(cause)] {
			all = append(all, string(cause))
			delete(found, string(cause))
		}
	}
	var others []string // that this version does not know
	for cause, is := range found {
		if is {
			others = append(others, cause)
		}
	}
	slices.Sort(others)
	return append(all, others...)
}
