// Package tune owns the search for the smallest preStop sleep, and a grace period
// for it, with which trials lose nothing: what is tried next, when it is enough,
// and what may be said then. It is a pure function of the outcomes so far: it runs
// no trial, reads no file, and its words are data for package report/render. It
// stands below report, as gate does, since all it knows of a trial is a report.Trial.
package tune

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Candidate is what is tried, in whole seconds.
type Candidate struct {
	PreStop int // sleep; 0: no hook
	Grace   int // terminationGracePeriodSeconds
}

// Config says what is searched, and what it may cost. Zero is no default: Defaults
// has those.
type Config struct {
	// Own is what the workload has.
	Own Candidate
	// Max is the longest sleep that is tried, in seconds.
	Max int
	// Trials is how many conclusive trials in a row must lose nothing.
	Trials int
	// Below is how many trials a sleep gets to lose something, before it is taken
	// instead of one second more that lost nothing.
	Below int
	// Inconclusive is how many inconclusive trials of one candidate are repeated.
	Inconclusive int
	// Most bounds all trials together.
	Most int
	// Grace says that the grace period is to be verified by trials, too. Without, it
	// is only derived from those of the sleep.
	Grace bool
	// MaxGrace is the longest grace period that is tried, in seconds.
	MaxGrace int
}

// Defaults are those of the command line.
func Defaults() Config {
	return Config{Max: 30, Trials: 10, Below: 20, Inconclusive: 5, Most: 120, MaxGrace: 300}
}

// Validate reports what cannot be searched with.
func (c Config) Validate() error {
	switch {
	case c.Max < 1:
		return fmt.Errorf("the longest sleep is %d s; want 1 or more", c.Max)
	case c.Trials < 1:
		return fmt.Errorf("%d trials in a row; want 1 or more", c.Trials)
	case c.Below < 1:
		return fmt.Errorf("%d trials for the shorter sleep; want 1 or more", c.Below)
	case c.Inconclusive < 0:
		return fmt.Errorf("%d repeats of inconclusive trials; want 0 or more", c.Inconclusive)
	case c.Most < c.Trials:
		return fmt.Errorf("%d trials in all do not hold the %d in a row; want as many or more", c.Most, c.Trials)
	case c.Own.PreStop < 0, c.Own.Grace < 1:
		return errors.New("what the workload has is unknown")
	case c.MaxGrace < c.Own.Grace:
		return fmt.Errorf("the longest grace period is %d s, and the workload has %d s; want as much or more", c.MaxGrace, c.Own.Grace)
	}
	return nil
}

// A State is how a search stands.
type State string

// The states.
const (
	Searching    State = "searching"    // it has not ended
	Found        State = "found"        // a sleep is verified
	None         State = "none"         // the longest sleep lost something, too
	Unhealable   State = "unhealable"   // what is lost is nothing that a sleep heals
	Inconclusive State = "inconclusive" // too many trials were, or there were too many in all
	Skipped      State = "skipped"      // the cluster cannot do what the scenario needs
)

// probes is how many trials in a row lose nothing before a shorter sleep is tried.
// A sleep that is much too short is refused by the first ones.
const probes = 3

// usualRoom is what a grace period is to leave beside the sleep, in seconds, where the
// workload's own leaves as much: so long that its end does not blur what the sleep does.
const usualRoom = 10

// A Search is under way from New until Next says that it has ended. It is not safe
// for concurrent use. The same outcomes in the same order lead to the same end.
type Search struct {
	config Config
	rows   []*row // in the order in which they were begun
	room   int    // what the grace period leaves beside the sleep, in seconds
	late   time.Duration
	steps  int // upward, from one refused sleep to a longer one
	total  int

	current *Candidate
	sleep   *row // that is verified
	grace   *row // likewise
	state   State
	why     string
}

// A row is a candidate with what its trials showed.
type row struct {
	Candidate
	outcomes     []Outcome
	inRow        int // that lost nothing, since the last that was in doubt
	lost         int // trials
	inconclusive int
	refused      bool // it lost something that a longer sleep, or grace period, heals
	left         bool // given up for one with a longer grace period
}

// New begins a search.
func New(c Config) (*Search, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("search a preStop sleep: %w", err)
	}
	return &Search{config: c, room: min(usualRoom, c.Own.Grace-min(c.Own.PreStop, c.Own.Grace-1)), state: Searching}, nil
}

// Next is the candidate of the next trial; false: the search has ended.
func (s *Search) Next() (Candidate, bool) {
	if s.state != Searching {
		return Candidate{}, false
	}
	c := s.choose()
	switch {
	case s.state != Searching:
		return Candidate{}, false
	case s.total >= s.config.Most:
		s.end(Inconclusive, fmt.Sprintf("all of %d trials were spent", s.config.Most))
		return Candidate{}, false
	}
	s.current = &c
	return c, true
}

// Add takes in the outcome of a trial of the candidate that Next returned last.
func (s *Search) Add(o Outcome) {
	if s.state != Searching || s.current == nil {
		panic("tune: an outcome that nobody asked for")
	}
	r := s.row(*s.current)
	s.current = nil
	s.total++
	r.outcomes = append(r.outcomes, o)
	for _, late := range o.Late {
		s.late = max(s.late, late)
	}
	switch o.Kind {
	case Skip:
		s.end(Skipped, o.Reason)
	case Doubtful:
		s.doubtful(r, o)
	case Lost:
		s.refuse(r, o)
	default:
		r.inRow++
	}
}

// doubtful repeats an inconclusive trial. One that lost something, too, breaks the
// row: leaving it out would make a row of those that happened to be undisturbed.
func (s *Search) doubtful(r *row, o Outcome) {
	r.inconclusive++
	if o.dropped() > 0 {
		r.inRow = 0
	}
	if r.inconclusive > s.config.Inconclusive {
		s.end(Inconclusive, fmt.Sprintf("%s with %s were inconclusive, the last one: %s", plural(r.inconclusive, "trial"), r.name(), o.Reason))
	}
}

// refuse takes in a loss.
func (s *Search) refuse(r *row, o Outcome) {
	r.lost++
	r.inRow = 0
	switch {
	case o.healable() > 0 && (s.sleep == nil || o.Killed == 0):
		r.refused = true
		s.sleep = nil // that it was verified was luck: no grace period has to do with it
	case s.sleep != nil && o.Killed > 0: // the grace period was too short
	case o.onlyKilled() && s.config.Grace && r.Grace < s.config.MaxGrace:
		r.left = true
		s.room = min(2*(r.Grace-r.PreStop), s.config.MaxGrace-r.PreStop)
	default:
		s.end(Unhealable, "")
	}
}

func (s *Search) end(state State, why string) { s.state, s.why = state, why }

// row is that of a candidate, begun where it is new.
func (s *Search) row(c Candidate) *row {
	if r := s.find(c); r != nil {
		return r
	}
	r := &row{Candidate: c}
	s.rows = append(s.rows, r)
	return r
}

func (s *Search) find(c Candidate) *row {
	i := slices.IndexFunc(s.rows, func(r *row) bool { return r.Candidate == c })
	if i < 0 {
		return nil
	}
	return s.rows[i]
}

// Tried is how many trials a candidate has had, inconclusive ones included.
func (s *Search) Tried(c Candidate) int {
	if r := s.find(c); r != nil {
		return len(r.outcomes)
	}
	return 0
}

// ordered are the rows by sleep and grace period.
func (s *Search) ordered() []*row {
	return slices.SortedFunc(slices.Values(s.rows), func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.PreStop, b.PreStop), cmp.Compare(a.Grace, b.Grace))
	})
}

func (r *row) conclusive() int { return len(r.outcomes) - r.inconclusive }

func (c Candidate) name() string {
	if c.PreStop == 0 {
		return "no preStop sleep"
	}
	return fmt.Sprintf("a preStop sleep of %d s", c.PreStop)
}
