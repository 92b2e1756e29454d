// Package parity owns the comparison of two results folders, scenario by
// scenario: whether what one cluster showed is what the other showed. It is how a
// model of a cluster is held against a real one. It reads results and runs nothing.
package parity

import (
	"cmp"

	"zarif/report"
)

// Agreement is whether two clusters showed the same.
type Agreement string

// The agreements. What is inconclusive on either side is never agreement.
const (
	Agree        Agreement = "agree"
	Differ       Agreement = "differ"
	Inconclusive Agreement = "inconclusive"
)

// and is the agreement of two things together: a difference is one whatever else
// remains open.
func (a Agreement) and(b Agreement) Agreement {
	switch {
	case a == Differ || b == Differ:
		return Differ
	case a == Inconclusive || b == Inconclusive:
		return Inconclusive
	}
	return Agree
}

// A Table puts the scenarios of two results side by side.
type Table struct {
	A, B      Cluster
	Scenarios []Scenario
	// Agreement is that of all scenarios; without one it is Inconclusive.
	Agreement Agreement
}

// A Cluster is where one side's trials ran.
type Cluster struct {
	Name string // its type; a and b where both are of one type
	report.ClusterInfo
}

// A Scenario is what the trials of one scenario showed on both clusters.
type Scenario struct {
	Name    string
	A, B    Trials
	Streams []Stream
	// Agreement is that of the trials' verdicts and of all streams.
	Agreement Agreement
	Reasons   []string // why Agreement is not Agree, of what is not a stream's
}

// A Stream is what became of one stream's hits on both clusters.
type Stream struct {
	Name      string
	Expected  string // what a suite expects of it; empty: nothing was said
	A, B      Drops
	Agreement Agreement
	Reasons   []string // why Agreement is not Agree
}

// ExitCode is 0 where all agrees, 1 where something differs, and else 3.
func (t Table) ExitCode() int {
	switch t.Agreement {
	case Agree:
		return 0
	case Differ:
		return 1
	}
	return 3
}

// Compare holds the results of two clusters against each other. Scenarios come in
// the order of a, then those that only b has.
func Compare(a, b report.Results) Table {
	t := Table{A: Cluster{a.Cluster.Type, a.Cluster}, B: Cluster{b.Cluster.Type, b.Cluster}}
	if t.A.Name == t.B.Name {
		t.A.Name, t.B.Name = "a", "b"
	}
	for _, name := range report.ScenariosOf(a, b) {
		t.Scenarios = append(t.Scenarios, t.compare(side{report.SideOf(a, name)}, side{report.SideOf(b, name)}, name))
	}
	for i, s := range t.Scenarios {
		if i == 0 {
			t.Agreement = s.Agreement
		}
		t.Agreement = t.Agreement.and(s.Agreement)
	}
	if len(t.Scenarios) == 0 {
		t.Agreement = Inconclusive
	}
	return t
}

// compare holds one scenario against itself.
func (t *Table) compare(a, b side, name string) Scenario {
	s := Scenario{Name: name, A: a.describe(), B: b.describe(), Agreement: Agree}
	for _, of := range []struct {
		cluster string
		side    side
	}{{t.A.Name, a}, {t.B.Name, b}} {
		if why := of.side.Open(); why != "" {
			s.Agreement = Inconclusive
			s.Reasons = append(s.Reasons, of.cluster+": "+why)
		}
	}
	settled := s.Agreement == Agree
	if settled {
		s.Agreement, s.Reasons = t.verdicts(a.verdicts(), b.verdicts())
	}
	for _, name := range report.StreamsOf(a.Side, b.Side) {
		st := Stream{Name: name, A: a.drops(name), B: b.drops(name), Agreement: Inconclusive}
		st.Expected = cmp.Or(a.expected(name), b.expected(name))
		if settled {
			st.Agreement, st.Reasons = t.judge(a, b, &st)
		}
		s.Agreement = s.Agreement.and(st.Agreement)
		s.Streams = append(s.Streams, st)
	}
	return s
}
