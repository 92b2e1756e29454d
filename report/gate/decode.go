package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"zarif/document"
)

// limitable are the metrics that a budget can limit.
func limitable() []string { return []string{"drops", "rate", "outage", "p99", "time", "exit", "kills"} }

const wantBudget = "budgets or baseline, or both"

// Decode reads a file of budgets. Its error is document.Faults, with every one there
// is.
func Decode(file string, text []byte) (*Budget, error) {
	var faults document.Faults
	b := &Budget{File: file, Share: DefaultShare, Tolerances: map[string]Tolerance{}}
	if root, ok := document.Open(file, text, wantBudget, &faults); ok {
		root.Take(document.Table{
			"share": share(&b.Share),
			"budgets": func(p document.Place) {
				for _, item := range p.Some("a list with one entry or more") {
					b.Entries = append(b.Entries, entry(item))
				}
			},
			"baseline": func(p document.Place) { tolerances(p, b.Tolerances) },
		})
		if len(faults) == 0 && len(b.Entries) == 0 && len(b.Tolerances) == 0 {
			root.Fault("it says nothing", wantBudget)
		}
	}
	if err := faults.Err(file); err != nil {
		return nil, err
	}
	return b, nil
}

// entry reads one budget.
func entry(p document.Place) Entry {
	e := Entry{Line: p.Node.Line, Limits: map[string]float64{}}
	known := document.Table{
		"scenarios": patterns(&e.Scenarios),
		"streams":   patterns(&e.Streams),
		"share":     func(p document.Place) { e.Share = new(float64); share(e.Share)(p) },
	}
	before := p.Faults()
	for _, name := range limitable() {
		m, _ := Named(name)
		known[name] = func(p document.Place) {
			if v, ok := value(p, m.Unit); ok {
				e.Limits[name] = v
			}
		}
	}
	p.Take(known)
	if p.Faults() == before && len(e.Limits) == 0 {
		p.Fault("it limits nothing", "one or more of "+strings.Join(limitable(), ", "))
	}
	return e
}

// patterns reads one, or a list of them.
func patterns(into *[]string) func(document.Place) {
	return func(p document.Place) {
		all := []document.Place{p}
		if p.Node.Kind == yaml.SequenceNode {
			all = p.Some("a pattern, or a list of them")
		}
		for _, one := range all {
			var pattern string
			if one.Pattern(&pattern) {
				*into = append(*into, pattern)
			}
		}
	}
}

// tolerances reads how much worse than the baseline is still not worse, by metric.
func tolerances(p document.Place, into map[string]Tolerance) {
	known := document.Table{}
	for _, m := range Metrics() {
		known[m.Name] = func(p document.Place) {
			if t, ok := tolerance(p, m); ok {
				into[m.Name] = t
			}
		}
	}
	before := p.Faults()
	p.Take(known)
	if p.Faults() == before && len(into) == 0 {
		p.Fault("it says nothing", "one or more of "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
}

func tolerance(p document.Place, m Metric) (t Tolerance, ok bool) {
	if p.Node.Kind == yaml.ScalarNode {
		if p.Node.Value != "skip" {
			p.Fault(said(p)+" is no tolerance", fmt.Sprintf("skip, or times (1 or more) and plus (%s)", plusOf(m)))
		}
		return Tolerance{Skip: true}, p.Node.Value == "skip"
	}
	if m.Name == "any" {
		p.Fault("a trial with a drop has no tolerance", "skip")
		return t, false
	}
	before := p.Faults()
	t.Times = 1
	p.Take(document.Table{
		"times": func(p document.Place) {
			if v, ok := number(p, "a factor from 1 to 100, such as 1.25", func(v float64) bool { return v >= 1 && v <= 100 }); ok {
				t.Times = v
			}
		},
		"plus": func(p document.Place) { t.Plus, _ = value(p, m.Unit) },
	})
	return t, p.Faults() == before
}

func plusOf(m Metric) string {
	switch m.Unit {
	case Count:
		return "a whole number"
	case Share:
		return "a percentage"
	}
	return "a duration"
}
