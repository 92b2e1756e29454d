package gate

import (
	"fmt"
	"slices"

	"zarif/report"
)

// A Side is what one results folder holds of one scenario.
type Side struct {
	All        []report.Trial
	Conclusive []report.Trial // those of All that decide anything
	Skipped    string         // why there are none; empty: it was not skipped
}

// SideOf is that of results; empty where they have nothing of the scenario.
func SideOf(r report.Results, scenario string) (s Side) {
	for _, t := range r.Trials {
		if t.Scenario != scenario {
			continue
		}
		s.All = append(s.All, t)
		if t.Verdict != report.Inconclusive {
			s.Conclusive = append(s.Conclusive, t)
		}
	}
	for _, k := range r.Skipped {
		if k.Scenario == scenario {
			s.Skipped = k.Reason
		}
	}
	return s
}

// Open is why the side shows too little for anything to pass: it takes trials, and
// more than half of them conclusive, since those that are not may be the ones that
// would have been worse. Empty: it shows enough.
func (s Side) Open() string {
	switch n := len(s.Conclusive); {
	case s.Skipped != "":
		return "skipped: " + s.Skipped
	case len(s.All) == 0:
		return "it was not run"
	case n == 0:
		return fmt.Sprintf("none of its %s is conclusive", plural(len(s.All), "trial"))
	case 2*n <= len(s.All):
		return fmt.Sprintf("only %d of %d trials are conclusive", n, len(s.All))
	}
	return ""
}

// ScenariosOf are the names of all scenarios of several results, each once, in
// their order.
func ScenariosOf(results ...report.Results) (all []string) {
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, r := range results {
		for _, t := range r.Trials {
			add(t.Scenario)
		}
		for _, s := range r.Skipped {
			add(s.Scenario)
		}
	}
	return all
}

// StreamsOf are the names of all streams of several sides, each once, in their order.
func StreamsOf(sides ...Side) (all []string) {
	for _, s := range sides {
		for _, t := range s.All {
			for _, stream := range t.Streams {
				if !slices.Contains(all, stream.Name) {
					all = append(all, stream.Name)
				}
			}
		}
	}
	return all
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
