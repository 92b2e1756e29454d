package parity

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"zarif/report"
)

// A side is what one cluster showed of one scenario.
type side struct{ report.Side }

// Trials are what a scenario's trials showed beside its streams.
type Trials struct {
	Verdicts map[report.Verdict]int // of all trials
	Exits    []Exit                 // of the pods that were taken away, by code
	// LastConnections are, of each pod that was taken away and for which both are
	// known, the times from endpointNotReady to its last new connection, in order.
	LastConnections []time.Duration
}

// An Exit is one way in which pods ended.
type Exit struct {
	Code     string // "unknown" where it is
	Pods     int
	Timed    bool          // Min and Max are known: the pods were deleted
	Min, Max time.Duration // from deletion to exit
}

func (s side) describe() Trials {
	d := Trials{Verdicts: map[report.Verdict]int{}}
	for _, t := range s.All {
		d.Verdicts[t.Verdict]++
	}
	for _, t := range s.Conclusive {
		for _, p := range t.Pods {
			if p.Role != report.RoleOld || !p.TakenAway {
				continue
			}
			d.Exits = addExit(d.Exits, p)
			if !p.EndpointNotReady.IsZero() && !p.LastNewConnection.IsZero() {
				d.LastConnections = append(d.LastConnections, p.LastNewConnection.Sub(p.EndpointNotReady))
			}
		}
	}
	slices.SortFunc(d.Exits, func(a, b Exit) int {
		return cmp.Or(cmp.Compare(len(a.Code), len(b.Code)), cmp.Compare(a.Code, b.Code), cmp.Compare(b.Pods, a.Pods))
	})
	slices.Sort(d.LastConnections)
	return d
}

func addExit(exits []Exit, p report.Pod) []Exit {
	one := Exit{Code: "unknown", Pods: 1, Timed: p.GraceUsed != nil}
	if p.ExitCode != nil {
		one.Code = fmt.Sprint(*p.ExitCode)
	}
	if one.Timed {
		one.Min = time.Duration(*p.GraceUsed * float64(time.Second))
		one.Max = one.Min
		if p.ExitedPrecision != nil {
			one.Max += time.Duration(*p.ExitedPrecision * float64(time.Millisecond))
		}
	}
	i := slices.IndexFunc(exits, func(e Exit) bool { return e.Code == one.Code && e.Timed == one.Timed })
	if i < 0 {
		return append(exits, one)
	}
	e := &exits[i]
	e.Pods, e.Min, e.Max = e.Pods+1, min(e.Min, one.Min), max(e.Max, one.Max)
	return exits
}

// Drops are what became of a stream's hits, over all conclusive trials.
type Drops struct {
	Sent, Dropped int
	Causes        map[string]int
	Outage        time.Duration // the longest
}

// Rate is the share of sent hits that was dropped; 0 if none was sent.
func (d Drops) Rate() float64 {
	if d.Sent == 0 {
		return 0
	}
	return float64(d.Dropped) / float64(d.Sent)
}

// of are a stream's records in the conclusive trials.
func (s side) of(stream string) (all []report.Stream) {
	for _, t := range s.Conclusive {
		for _, st := range t.Streams {
			if st.Name == stream {
				all = append(all, st)
			}
		}
	}
	return all
}

func (s side) drops(stream string) Drops {
	d := Drops{Causes: map[string]int{}}
	for _, st := range s.of(stream) {
		d.Sent += st.Sent
		d.Dropped += st.Dropped
		for cause, n := range st.Causes {
			d.Causes[cause] += n
		}
		for _, o := range st.Outages {
			d.Outage = max(d.Outage, o.Duration())
		}
	}
	return d
}

func (s side) expected(stream string) string {
	for _, st := range s.of(stream) {
		return st.Expected
	}
	return ""
}
