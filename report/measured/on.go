package measured

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zarif/report"
)

// Where says what trials that are conclusive were measured on, each kind of it once,
// with the days on which.
func Where(trials []report.Trial) []string { return on(trials, false) }

// on does; with versions also with what was in the images.
func on(trials []report.Trial, with bool) (lines []string) {
	type span struct{ first, last time.Time }
	found := map[string]span{}
	for _, t := range trials {
		if t.Verdict == report.Inconclusive || t.Skipped != "" {
			continue
		}
		text := place(t)
		if parts := versions(t); with && parts != "" {
			text = parts + "; " + text
		}
		text += fmt.Sprintf("; zarif %s", cmp.Or(t.Meta.Tool.Version, "unknown"))
		s, known := found[text]
		if !known || t.Started.Before(s.first) {
			s.first = t.Started
		}
		if t.Started.After(s.last) {
			s.last = t.Started
		}
		found[text] = s
	}
	for _, text := range slices.Sorted(maps.Keys(found)) {
		day, last := found[text].first.UTC().Format(time.DateOnly), found[text].last.UTC().Format(time.DateOnly)
		if last != day {
			day += " to " + last
		}
		lines = append(lines, text+"; "+day)
	}
	return lines
}

// place is the cluster, and the machine where all of its nodes share one.
func place(t report.Trial) string {
	c := t.Meta.Cluster
	text := fmt.Sprintf("cluster %s, Kubernetes %s, %d nodes", c.Type, cmp.Or(c.Kubernetes, "unknown"), len(c.Nodes))
	if c.Modelled {
		text = fmt.Sprintf("the local cluster, which models Kubernetes %s", cmp.Or(c.Kubernetes, "unknown"))
	}
	if c.Cores > 0 {
		text += fmt.Sprintf(", on a machine with %d cores", c.Cores)
	}
	return text
}

// versions is what the trial's images had in them, and the Debian beneath.
func versions(t report.Trial) string {
	var parts []string
	for _, image := range t.Images {
		parts = append(parts, image.Versions...)
		if image.Base != "" {
			parts = append(parts, "upon "+image.Base)
		}
	}
	return strings.Join(parts, ", ")
}
