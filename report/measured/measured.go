// Package measured owns what a set-up's page says of it: trials of one set-up put
// together, column by column. It draws no verdict, and leaves open what the trials
// do not tell.
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

// Enough is how many conclusive trials a row should rest on.
const Enough = 3

// A Row is one set-up under one disruption.
type Row struct {
	Setup      string `json:"setup"`
	Disruption string `json:"disruption"`
	Conclusive int    `json:"conclusive"` // trials that the row rests on
	Left       int    `json:"left"`       // trials that were inconclusive, and are left out

	// New is what new connections met while pods were draining; zero: none is known to
	// have come.
	New report.Met `json:"new"`
	// InFlight are the requests that were being served when pods were asked to end;
	// nil: the application does not log them.
	InFlight *report.InFlight `json:"inFlight,omitempty"`
	Idle     report.Idle      `json:"idle"`
	// ExitCodes counts pods by their exit code; -1: unknown.
	ExitCodes map[int]int `json:"exitCodes"`
	// ExitLeast and ExitMost are from deletion to exit, in seconds; nil: no exit was seen.
	ExitLeast *float64 `json:"exitLeast_s,omitempty"`
	ExitMost  *float64 `json:"exitMost_s,omitempty"`

	Streams map[string]Losses `json:"streams"` // by stream
}

// Losses are those of a stream over all trials.
type Losses struct {
	Sent    int            `json:"sent"`
	Dropped int            `json:"dropped"`
	Causes  map[string]int `json:"causes"`
}

// Rows puts the trials of the set-ups named together, without those behind an edge,
// in the order of the names and then of the disruptions.
func Rows(trials []report.Trial, setups []string) []Row {
	type key struct{ setup, disruption string }
	rows := map[key]*Row{}
	for _, t := range trials {
		if t.Edge != "" || t.Skipped != "" || !slices.Contains(setups, t.Fixture) {
			continue
		}
		k := key{t.Fixture, t.Disruption}
		if rows[k] == nil {
			rows[k] = &Row{Setup: t.Fixture, Disruption: t.Disruption, ExitCodes: map[int]int{}, Streams: map[string]Losses{}}
		}
		rows[k].add(t)
	}
	out := make([]Row, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(slices.Index(setups, a.Setup), slices.Index(setups, b.Setup)), strings.Compare(a.Disruption, b.Disruption))
	})
	return out
}

func (r *Row) add(t report.Trial) {
	if t.Verdict == report.Inconclusive {
		r.Left++
		return
	}
	r.Conclusive++
	if m := t.NewWhileDraining; m != nil {
		r.New = report.Met{
			Served: r.New.Served + m.Served, Refused: r.New.Refused + m.Refused, Reset: r.New.Reset + m.Reset,
			Hung: r.New.Hung + m.Hung, Errors: r.New.Errors + m.Errors, Other: r.New.Other + m.Other,
		}
	}
	for _, p := range t.Pods {
		if p.Drain != nil {
			r.pod(p)
		}
	}
	for _, s := range t.Streams {
		l := r.Streams[s.Name]
		l.Sent, l.Dropped = l.Sent+s.Sent, l.Dropped+s.Dropped
		if l.Causes == nil {
			l.Causes = map[string]int{}
		}
		for cause, n := range s.Causes {
			l.Causes[cause] += n
		}
		r.Streams[s.Name] = l
	}
}

// pod adds one that was asked to end.
func (r *Row) pod(p report.Pod) {
	if f := p.Drain.InFlight; f != nil {
		if r.InFlight == nil {
			r.InFlight = &report.InFlight{}
		}
		r.InFlight.Kept += f.Kept
		r.InFlight.Cut += f.Cut
		r.InFlight.Unknown += f.Unknown
	}
	i := p.Drain.Idle
	r.Idle = report.Idle{Told: r.Idle.Told + i.Told, Closed: r.Idle.Closed + i.Closed, Cut: r.Idle.Cut + i.Cut, Other: r.Idle.Other + i.Other}
	code := -1
	if p.ExitCode != nil {
		code = *p.ExitCode
	}
	r.ExitCodes[code]++
	if p.GraceUsed == nil {
		return
	}
	least, most := *p.GraceUsed, *p.GraceUsed
	if p.ExitedPrecision != nil {
		most += *p.ExitedPrecision / 1000
	}
	if r.ExitLeast == nil || least < *r.ExitLeast {
		r.ExitLeast = &least
	}
	if r.ExitMost == nil || most > *r.ExitMost {
		r.ExitMost = &most
	}
}

// On says what conclusive trials of the set-ups were measured on and with, each
// kind of it once.
func On(trials []report.Trial, setups []string) (lines []string) {
	found := map[string]time.Time{}
	for _, t := range trials {
		if t.Verdict == report.Inconclusive || t.Skipped != "" || t.Edge != "" || !slices.Contains(setups, t.Fixture) {
			continue
		}
		c := t.Meta.Cluster
		text := fmt.Sprintf("cluster %s, Kubernetes %s, %d nodes", c.Type, cmp.Or(c.Kubernetes, "unknown"), len(c.Nodes))
		if c.Modelled {
			text = fmt.Sprintf("the local cluster, which models Kubernetes %s", cmp.Or(c.Kubernetes, "unknown"))
		}
		if parts := versions(t); parts != "" {
			text = parts + "; " + text
		}
		text += fmt.Sprintf("; zarif %s", cmp.Or(t.Meta.Tool.Version, "unknown"))
		if first, known := found[text]; !known || t.Started.Before(first) {
			found[text] = t.Started
		}
	}
	for _, text := range slices.Sorted(maps.Keys(found)) {
		lines = append(lines, fmt.Sprintf("%s; %s", text, found[text].UTC().Format(time.DateOnly)))
	}
	return lines
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
