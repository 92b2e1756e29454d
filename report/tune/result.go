package tune

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Schema names the form of a Result as JSON.
const Schema = "zarif.tune/v1"

// confidence is that with which a bound holds.
const confidence = 0.95

// A Result is what a search has come to, also one that is under way or was cut.
// Absent means unknown.
type Result struct {
	Schema     string `json:"schema"`
	Scenario   string `json:"scenario"`
	Disruption string `json:"disruption"`
	Cluster    string `json:"cluster"`
	Modelled   bool   `json:"modelled"` // the cluster is a model of one
	Replicas   int    `json:"replicas"`
	// Streams are those that count.
	Streams []string `json:"streams"`

	State State `json:"state"`
	// PreStop is the smallest sleep that is verified; absent: none is.
	PreStop *int   `json:"preStop_s,omitempty"`
	Grace   *Grace `json:"grace,omitempty"`
	// Own is what the workload has.
	OwnPreStop int `json:"ownPreStop_s"`
	OwnGrace   int `json:"ownGrace_s"`

	Candidates []Row    `json:"candidates"` // by sleep, then by grace period
	Summary    string   `json:"summary"`    // what was found, or why nothing was
	Notes      []string `json:"notes"`      // what else is to be known of it
	Missing    []string `json:"missing"`    // evidence that there was none of
	Stays      []string `json:"stays,omitempty"`
}

// A Row is a candidate with its trials.
type Row struct {
	PreStop      int `json:"preStop_s"`
	Grace        int `json:"grace_s"`
	Trials       int `json:"trials"` // conclusive ones
	Lost         int `json:"lost"`   // of them
	InRow        int `json:"inRow"`  // without a loss or a doubtful one, at the end
	Inconclusive int `json:"inconclusive"`
	// Dropped are hits by stream, over conclusive trials.
	Dropped map[string]int `json:"dropped"`
	// Doubted are hits of the streams that count that inconclusive trials dropped.
	Doubted    int            `json:"doubted,omitempty"`
	Mechanisms map[string]int `json:"mechanisms"` // of the hits of the streams that count
	Killed     int            `json:"killed"`     // pods, by SIGKILL at the end of the grace period
	// Took is the median of how long the disruption lasted, and Costs how much more
	// that is than without a sleep.
	Took  *float64 `json:"took_s,omitempty"`
	Costs *float64 `json:"costs_s,omitempty"`
	// LossBelow is what the chance of a trial to lose something is below, with 95 %
	// confidence; absent: a trial lost something, or there was none.
	LossBelow *float64 `json:"lossBelow95,omitempty"`
	Verdict   string   `json:"verdict"` // one of the Row verdicts
}

// What a row is.
const (
	RowFound   = "smallest"  // verified
	RowEnough  = "lost none" // too few trials to be verified by, or a shorter one is verified
	RowRefused = "lost"
	RowKilled  = "killed" // its grace period was too short
	RowOpen    = "open"   // no conclusive trial
)

// A Grace is the grace period for the sleep that was found.
type Grace struct {
	Seconds int `json:"seconds"`
	// Verified by trials that ran with it; else it is derived from what those with a
	// longer one needed.
	Verified bool `json:"verified"`
	// Longest is the longest time from the end of the sleep to an exit, of Sample exits.
	Longest float64 `json:"longest_s"`
	Sample  int     `json:"sample"`
}

// A Story is what of a search its outcomes do not tell.
type Story struct {
	Scenario, Disruption, Cluster string
	Modelled                      bool
	Replicas                      int
	// Stateful says that each pod is waited for before the next one goes.
	Stateful bool
	Streams  []string // that count
	Cut      bool     // it was interrupted
}

// LossBelow is the upper bound of the chance of a trial to lose something, with 95 %
// confidence, where so many lost nothing: the chance for which that happens one time
// in twenty (Clopper–Pearson with no success).
func LossBelow(trials int) float64 {
	return 1 - math.Pow(1-confidence, 1/float64(trials))
}

// TrialsFor is how many trials in a row must lose nothing for LossBelow to be no
// more than a bound.
func TrialsFor(bound float64) int {
	return int(math.Ceil(math.Log(1-confidence) / math.Log(1-bound)))
}

// Result puts together what the search has come to.
func (s *Search) Result(of Story) Result {
	r := Result{
		Schema: Schema, Scenario: of.Scenario, Disruption: of.Disruption, Cluster: of.Cluster, Modelled: of.Modelled,
		Replicas: of.Replicas, Streams: of.Streams, State: s.state,
		OwnPreStop: s.config.Own.PreStop, OwnGrace: s.config.Own.Grace,
		Candidates: []Row{}, Notes: []string{}, Missing: []string{},
	}
	zero := s.median(0)
	for _, row := range s.ordered() {
		if len(row.outcomes) == 0 {
			continue
		}
		r.Candidates = append(r.Candidates, s.reported(row, zero))
		for _, o := range row.outcomes {
			r.Missing = union(r.Missing, o.Unseen)
			r.Stays = union(r.Stays, o.Stays)
		}
	}
	if s.state == Found {
		r.PreStop = &s.sleep.PreStop
		r.Grace = s.graceFound()
	}
	w := words{s, of, &r}
	r.Summary, r.Notes = w.summary(), append(r.Notes, w.notes()...)
	return r
}

func union(all, more []string) []string {
	for _, text := range more {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// reported is a row as it is shown; zero is the median without a sleep.
func (s *Search) reported(r *row, zero time.Duration) Row {
	out := Row{
		PreStop: r.PreStop, Grace: r.Grace, Trials: r.conclusive(), Lost: r.lost, InRow: r.inRow, Inconclusive: r.inconclusive,
		Dropped: map[string]int{}, Mechanisms: map[string]int{}, Killed: r.killed(),
	}
	for _, o := range r.outcomes {
		if o.Kind == Doubtful || o.Kind == Skip {
			out.Doubted += o.dropped()
			continue
		}
		for stream, n := range o.Dropped {
			out.Dropped[stream] += n
		}
		for mechanism, n := range o.Counted {
			out.Mechanisms[mechanism] += n
		}
	}
	if median := medianOf(r.outcomes); median > 0 {
		out.Took = new(median.Seconds())
		if zero > 0 {
			out.Costs = new((median - zero).Seconds())
		}
	}
	if r.lost == 0 && r.inRow > 0 {
		out.LossBelow = new(LossBelow(r.inRow))
	}
	out.Verdict = s.verdict(r)
	return out
}

func (s *Search) verdict(r *row) string {
	switch {
	case r.lost > 0 && !r.left && (s.sleep == nil || r.PreStop != s.sleep.PreStop || r.killed() == 0):
		return RowRefused
	case r.lost > 0 || r.killed() > 0 && s.sleep != nil && r.PreStop == s.sleep.PreStop && r != s.sleep:
		return RowKilled
	case s.state == Found && r == cmpRow(s.grace, s.sleep):
		return RowFound
	case r.conclusive() > 0:
		return RowEnough
	}
	return RowOpen
}

// cmpRow is the first row there is.
func cmpRow(a, b *row) *row {
	if a != nil {
		return a
	}
	return b
}

// median is how long the disruption lasted with a sleep; 0: unknown.
func (s *Search) median(sleep int) time.Duration {
	var all []Outcome
	for _, r := range s.rows {
		if r.PreStop == sleep {
			all = append(all, r.outcomes...)
		}
	}
	return medianOf(all)
}

// medianOf is that of the conclusive ones; 0: unknown.
func medianOf(outcomes []Outcome) time.Duration {
	var took []time.Duration
	for _, o := range outcomes {
		if (o.Kind == Clean || o.Kind == Lost) && o.Took > 0 {
			took = append(took, o.Took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return (took[(len(took)-1)/2] + took[len(took)/2]) / 2
}

// graceFound is the grace period for the verified sleep; nil: none can be said.
func (s *Search) graceFound() *Grace {
	derived, ok := s.derived()
	g := &Grace{Seconds: derived.seconds, Longest: derived.longest.Seconds(), Sample: derived.sample}
	switch {
	case s.grace != nil:
		g.Seconds, g.Verified = s.grace.Grace, true
	case s.config.Grace || !ok:
		return nil
	case g.Seconds >= s.sleep.Grace:
		// A longer one than what the trials had is no better known than theirs.
		g.Seconds, g.Verified = s.sleep.Grace, true
	}
	return g
}

// most is what most of the hits of all counts were lost to, by how many.
func most(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
}

// powRoot is the n-th root.
func powRoot(x float64, n int) float64 { return math.Pow(x, 1/float64(n)) }
