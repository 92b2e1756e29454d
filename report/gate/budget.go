package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"zarif/document"
	"zarif/report"
)

// DefaultShare is the part of the trials that may be over a limit where nothing
// else is said.
const DefaultShare = 0.1

// A Budget is what a file of budgets says.
type Budget struct {
	File    string
	Share   float64 // for entries that say none, 0 to 0.5
	Entries []Entry // for the same metric the last one that matches decides
	// Tolerances say by metric how much worse than the baseline is still not worse,
	// beside DefaultTolerances.
	Tolerances map[string]Tolerance
}

// An Entry limits metrics of some scenarios and streams.
type Entry struct {
	Line      int
	Scenarios []string           // patterns (path.Match); empty: all
	Streams   []string           // patterns; empty: all. They do not choose metrics of a trial.
	Share     *float64           // nil: that of the budget
	Limits    map[string]float64 // by metric, in its unit
}

// A Tolerance is how much worse than the baseline is still not worse: what is up to
// Times the baseline's value, and Plus on top, in the metric's unit.
type Tolerance struct {
	Times float64
	Plus  float64
	Skip  bool // the metric is not held against the baseline
}

// applied is a value of the baseline as it is compared.
func (t Tolerance) applied(v float64) float64 {
	if v <= 0 {
		return v + t.Plus
	}
	return v*t.Times + t.Plus
}

// DefaultTolerances are those of the metrics that are held against a baseline where
// nothing else is said. A metric that is not here is not held against it. Drops have
// none; times and latencies are those of a machine, too, which may be busier today.
func DefaultTolerances() map[string]Tolerance {
	return map[string]Tolerance{
		"drops":  {Times: 1},
		"any":    {Times: 1},
		"outage": {Times: 1.25, Plus: 100},
		"added":  {Times: 1.25, Plus: 100},
		"time":   {Times: 1.25, Plus: 5},
		"kills":  {Times: 1},
	}
}

// tolerances are those that hold: the file's above the default ones.
func (b *Budget) tolerances() map[string]Tolerance {
	all := DefaultTolerances()
	if b != nil {
		for name, t := range b.Tolerances {
			all[name] = t
		}
	}
	return all
}

// A limit is what one metric of one stream is held to.
type limit struct {
	most  float64
	share float64 // of the trials may be over it
	from  string  // where it is written, for people
}

// limit is the one that holds for a metric; stream is not looked at for one of a trial.
func (b *Budget) limit(m Metric, scenario, stream string) (l limit, ok bool) {
	if b == nil {
		return l, false
	}
	for _, e := range b.Entries {
		most, has := e.Limits[m.Name]
		if !has || !e.holds(scenario) || !m.Trial && len(e.Streams) > 0 && !matches(e.Streams, stream) {
			continue
		}
		l, ok = limit{most: most, share: b.Share, from: fmt.Sprintf("%s:%d", b.File, e.Line)}, true
		if e.Share != nil {
			l.share = *e.Share
		}
	}
	return l, ok
}

// holds reports whether some entry is for a scenario.
func (b *Budget) holds(scenario string) bool {
	return b != nil && slices.ContainsFunc(b.Entries, func(e Entry) bool { return e.holds(scenario) })
}

func (e Entry) holds(scenario string) bool {
	return len(e.Scenarios) == 0 || matches(e.Scenarios, scenario)
}

// Idle are the faults of entries that limit nothing in results, most likely since a
// name is not spelt as it is there.
func (b *Budget) Idle(r report.Results) (faults document.Faults) {
	names := report.ScenariosOf(r)
	var streams []string
	for _, name := range names {
		streams = append(streams, report.StreamsOf(report.SideOf(r, name))...)
	}
	for i, e := range b.Entries {
		for _, of := range []struct {
			field    string
			patterns []string
			names    []string
		}{{"scenarios", e.Scenarios, names}, {"streams", e.Streams, streams}} {
			for _, pattern := range of.patterns {
				if !slices.ContainsFunc(of.names, func(name string) bool { return matches([]string{pattern}, name) }) {
					faults = append(faults, document.Fault{
						File: b.File, Line: e.Line, Field: fmt.Sprintf("budgets[%d].%s", i, of.field),
						Problem: fmt.Sprintf("%q matches nothing in these results", pattern), Want: listed(of.names),
					})
				}
			}
		}
	}
	return faults
}

func listed(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == 0 {
		return "results that have some"
	}
	if more := len(names) - 20; more > 0 {
		names = append(names[:20:20], fmt.Sprintf("one of %d more", more))
	}
	return "a pattern for " + strings.Join(names, ", ")
}

// own is the budget that the scenarios of results state themselves: the drops of
// every stream of which a suite expects none, or nothing is said. What was skipped is open.
func own(r report.Results) *Budget {
	b := &Budget{File: "the scenario itself", Share: DefaultShare}
	for _, k := range r.Skipped {
		b.Entries = append(b.Entries, Entry{Scenarios: []string{quoted(k.Scenario)}, Limits: map[string]float64{"drops": 0}})
	}
	for _, t := range r.Trials {
		for _, s := range t.Streams {
			most, known := t.Limits.Budget[s.Name]
			if known && s.Expected != report.ExpectSome && s.Expected != report.ExpectAny {
				b.Entries = append(b.Entries, Entry{
					Scenarios: []string{quoted(t.Scenario)}, Streams: []string{quoted(s.Name)},
					Limits: map[string]float64{"drops": float64(most)},
				})
			}
		}
	}
	return b
}

// quoted is a name as the pattern of nothing but itself.
func quoted(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// good reports whether v can be a share of trials.
func goodShare(v float64) bool { return v >= 0 && v <= 0.5 && !math.IsNaN(v) }
