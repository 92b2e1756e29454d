package report

import (
	"fmt"
	"slices"
)

// A Side is what one results folder holds of one scenario.
type Side struct {
	All        []Trial
	Conclusive []Trial // those of All that decide anything
	Skipped    string  // why there are none; empty: it was not skipped
}

// SideOf is that of results; empty where they have nothing of the scenario.
func SideOf(r Results, scenario string) (s Side) {
	of := 0
	for i := range r.Trials {
		if r.Trials[i].Scenario == scenario {
			of++
		}
	}
	s.All, s.Conclusive = make([]Trial, 0, of), make([]Trial, 0, of)
	for i := range r.Trials {
		t := &r.Trials[i]
		if t.Scenario != scenario {
			continue
		}
		s.All = append(s.All, *t)
		if t.Verdict != Inconclusive {
			s.Conclusive = append(s.Conclusive, *t)
		}
	}
	for _, k := range r.Skipped {
		if k.Scenario == scenario {
			s.Skipped = k.Reason
		}
	}
	return s
}

// Open is why the side shows too little to be held against anything: it takes
// trials, and more than half of them conclusive, since those that are not may be the
// ones that would have been worse. Empty: it shows enough.
func (s Side) Open() string {
	switch n, all := len(s.Conclusive), len(s.All); {
	case s.Skipped != "":
		return "skipped: " + s.Skipped
	case all == 0:
		return "it was not run"
	case all == 1 && n == 0:
		return "its only trial is inconclusive"
	case n == 0:
		return fmt.Sprintf("none of its %d trials is conclusive", all)
	case 2*n <= all:
		return fmt.Sprintf("only %d of %d trials are conclusive", n, all)
	}
	return ""
}

// ScenariosOf are the names of all scenarios of several results, each once, in
// their order.
func ScenariosOf(results ...Results) (all []string) {
	for _, r := range results {
		for _, t := range r.Trials {
			all = once(all, t.Scenario)
		}
		for _, s := range r.Skipped {
			all = once(all, s.Scenario)
		}
	}
	return all
}

// StreamsOf are the names of all streams of several sides, each once, in their order.
func StreamsOf(sides ...Side) (all []string) {
	for _, s := range sides {
		for _, t := range s.All {
			for _, stream := range t.Streams {
				all = once(all, stream.Name)
			}
		}
	}
	return all
}

// once adds a name that is not there.
func once(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
