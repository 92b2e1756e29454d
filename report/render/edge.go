package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// edges says, for every stream that went through an edge and lost something or was
// sent again there, whose the errors are and what the edge repeated, and of every
// one whether the edge's log lacks lines.
func edges(r report.Results) (lines []string) {
	for _, sc := range r.Scenarios {
		for _, sum := range sc.Streams {
			if text := edgeOf(sum.Name, trialsOf(r, sc.Scenario)); text != "" {
				lines = append(lines, clean(fmt.Sprintf("%s, %s: %s", sc.Scenario, sum.Name, text)))
			}
		}
	}
	return lines
}

func trialsOf(r report.Results, scenario string) (trials []report.Trial) {
	for _, t := range r.Trials {
		if t.Scenario == scenario {
			trials = append(trials, t)
		}
	}
	return trials
}

// edgeOf adds a stream's edges up over trials; empty: there is nothing to say.
func edgeOf(stream string, trials []report.Trial) string {
	all := report.Edge{Origins: map[string]map[string]int{}}
	for _, t := range trials {
		for _, s := range t.Streams {
			if s.Name != stream || s.Edge == nil {
				continue
			}
			all.Retried += s.Edge.Retried
			all.Saved += s.Edge.Saved
			all.Answered += s.Edge.Answered
			all.Lost += s.Edge.Lost
			for cause, origins := range s.Edge.Origins {
				if all.Origins[cause] == nil {
					all.Origins[cause] = map[string]int{}
				}
				for origin, n := range origins {
					all.Origins[cause][origin] += n
				}
			}
		}
	}
	var parts []string
	causes := map[string]int{}
	for cause, origins := range all.Origins {
		for _, n := range origins {
			causes[cause] += n
		}
	}
	for _, cause := range listCauses(causes) {
		name, _, _ := strings.Cut(cause, " ")
		parts = append(parts, cause+" ("+originsOf(all.Origins[name])+")")
	}
	if all.Retried > 0 {
		parts = append(parts, fmt.Sprintf("sent again by the edge %s, of which ok %s", count(all.Retried), count(all.Saved)))
	}
	if all.Lost > 0 {
		parts = append(parts, fmt.Sprintf("the log is not whole: it lacks %s of %s answered hits, so that unlogged tells nothing", count(all.Lost), count(all.Answered)))
	}
	return strings.Join(parts, "; ")
}

// originsOf is e.g. "edge: refused 9, reset 3; application 2".
func originsOf(origins map[string]int) string {
	var own, others []string
	for _, origin := range ranked(origins) {
		text := clean(origin) + " " + count(origins[origin])
		switch origin {
		case report.OriginApplication, report.OriginDelivered, report.OriginUnlogged:
			others = append(others, text)
		default:
			own = append(own, text)
		}
	}
	var parts []string
	if len(own) > 0 {
		parts = append(parts, history.VantageEdge+": "+strings.Join(own, ", "))
	}
	return strings.Join(append(parts, others...), "; ")
}

// ranked are the keys, the largest count first.
func ranked(counts map[string]int) []string {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	return names
}

// howToReadEdges is the line under what the edges tell; empty where they tell nothing.
func howToReadEdges(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "Through an edge: edge = its own answer, and why its last try at a pod failed; application = the pod's answer; " +
		"delivered = the edge holds it for answered; unlogged = no line of the edge tells of it."
}
