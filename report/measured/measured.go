// Package measured owns what a set-up's page says of it: trials of one set-up put
// together, column by column. It draws no verdict, and leaves open what the trials
// do not tell.
package measured

import (
	"cmp"
	"slices"
	"strings"

	"zarif/report"
)

// Enough is how many conclusive trials a row, and each stream in it, should rest on.
const Enough = 3

// A Page is what is said of one stack.
type Page struct {
	Rows    []Row
	Without []string // set-ups of which no trial is there
	On      []string // what the rows were measured on and with
}

// PageOf puts trials together, which may be of several runs, with one row for each
// set-up and disruption, in the order of setups and then of the disruptions. Trials
// behind an edge are left out, and those of a modelled cluster beside those of a
// real one.
func PageOf(trials []report.Trial, setups []string) Page {
	counted := counted(trials, setups)
	p := Page{Rows: rows(counted, setups), On: on(counted, true)}
	for _, setup := range setups {
		if !slices.ContainsFunc(p.Rows, func(r Row) bool { return r.Setup == setup }) {
			p.Without = append(p.Without, setup)
		}
	}
	return p
}

// counted are the trials that rows are made of.
func counted(trials []report.Trial, setups []string) (out []report.Trial) {
	type key struct{ setup, disruption string }
	real := map[key]bool{}
	for _, t := range trials {
		if t.Edge != "" || t.Skipped != "" || !slices.Contains(setups, t.Fixture) {
			continue
		}
		out = append(out, t)
		if !t.Meta.Cluster.Modelled {
			real[key{t.Fixture, t.Disruption}] = true
		}
	}
	return slices.DeleteFunc(out, func(t report.Trial) bool { return t.Meta.Cluster.Modelled && real[key{t.Fixture, t.Disruption}] })
}

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

// Losses are those of a stream over all conclusive trials that have it.
type Losses struct {
	Trials    int            `json:"trials"`
	RateLeast float64        `json:"rateLeast"` // hits per second
	RateMost  float64        `json:"rateMost"`
	Sent      int            `json:"sent"`
	Dropped   int            `json:"dropped"`
	Causes    map[string]int `json:"causes"`
}

func rows(trials []report.Trial, setups []string) (all []Row) {
	for _, t := range trials {
		i := slices.IndexFunc(all, func(r Row) bool { return r.Setup == t.Fixture && r.Disruption == t.Disruption })
		if i < 0 {
			i = len(all)
			all = append(all, Row{Setup: t.Fixture, Disruption: t.Disruption, ExitCodes: map[int]int{}, Streams: map[string]Losses{}})
		}
		all[i].add(t)
	}
	slices.SortFunc(all, func(a, b Row) int {
		return cmp.Or(cmp.Compare(slices.Index(setups, a.Setup), slices.Index(setups, b.Setup)), strings.Compare(a.Disruption, b.Disruption))
	})
	return all
}

// Few reports whether the row, or a stream in it, rests on fewer trials than it should.
func (r Row) Few() bool {
	for _, l := range r.Streams {
		if l.Trials < Enough {
			return true
		}
	}
	return r.Conclusive < Enough
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
		r.Streams[s.Name] = r.Streams[s.Name].and(s)
	}
}

func (l Losses) and(s report.Stream) Losses {
	if l.Trials == 0 {
		l = Losses{RateLeast: s.Rate, RateMost: s.Rate, Causes: map[string]int{}}
	}
	l.Trials++
	l.RateLeast, l.RateMost = min(l.RateLeast, s.Rate), max(l.RateMost, s.Rate)
	l.Sent, l.Dropped = l.Sent+s.Sent, l.Dropped+s.Dropped
	for cause, n := range s.Causes {
		l.Causes[cause] += n
	}
	return l
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
