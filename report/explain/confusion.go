package explain

import (
	"cmp"
	"slices"

	"zarif/report"
)

// A Confusion sets what was provoked against what was found, over all trials of
// some results. Every lost hit, dropped or masked, is in exactly one row and one
// column of it.
type Confusion struct {
	// Mechanisms are the columns: those that were provoked or found, in the order in
	// which mechanisms are asked.
	Mechanisms []string       `json:"mechanisms"`
	Rows       []ConfusionRow `json:"rows"`
	// Lost = Provoked + Beside + Outside + Unsaid, over all rows.
	Lost     int `json:"lost"`
	Provoked int `json:"provoked"` // by what was provoked
	Beside   int `json:"beside"`   // by what was said to lose hits beside it
	Outside  int `json:"outside"`  // by anything else
	Unsaid   int `json:"unsaid"`   // in streams of which nobody said what loses their hits
}

// A ConfusionRow is one stream of one scenario.
type ConfusionRow struct {
	Provokes string         `json:"provokes,omitempty"` // absent: nobody said
	Besides  []string       `json:"besides,omitempty"`
	Scenario string         `json:"scenario"`
	Stream   string         `json:"stream"`
	Trials   int            `json:"trials"`
	Missing  int            `json:"missing"`      // of them, in which what was provoked lost none
	Open     int            `json:"inconclusive"` // of them
	Lost     int            `json:"lost"`
	Found    map[string]int `json:"found"` // lost hits by mechanism
	Outside  int            `json:"outside"`
}

// Confuse sets the findings of trials against what their suites say that they
// provoke. Streams of which nobody said that have a row where they lost hits.
func Confuse(trials []report.Trial) Confusion {
	c := Confusion{Rows: []ConfusionRow{}, Mechanisms: []string{}}
	for i := range trials {
		for k := range trials[i].Streams {
			c.add(&trials[i], &trials[i].Streams[k])
		}
	}
	for i := range trials {
		for k := range trials[i].Streams {
			c.count(&trials[i], &trials[i].Streams[k])
		}
	}
	place := map[string]int{"": len(mechanisms())} // what nobody said comes last
	for i, m := range mechanisms() {
		place[m.name] = i
	}
	slices.SortStableFunc(c.Rows, func(a, b ConfusionRow) int { return cmp.Compare(place[a.Provokes], place[b.Provokes]) })
	for _, m := range mechanisms() {
		if slices.ContainsFunc(c.Rows, func(r ConfusionRow) bool { return r.Found[m.name] > 0 || r.Provokes == m.name }) {
			c.Mechanisms = append(c.Mechanisms, m.name)
		}
	}
	return c
}

func (c *Confusion) add(t *report.Trial, s *report.Stream) {
	in := foundOf(t, s)
	if s.Provokes == "" && in.lost == 0 {
		return
	}
	i := c.row(t, s)
	if i < 0 {
		i = len(c.Rows)
		c.Rows = append(c.Rows, ConfusionRow{Provokes: s.Provokes, Besides: s.Besides, Scenario: t.Scenario, Stream: s.Name, Found: map[string]int{}})
	}
	r := &c.Rows[i]
	r.Lost += in.lost
	c.Lost += in.lost
	for name, n := range in.by {
		r.Found[name] += n
	}
	if s.Provokes == "" {
		c.Unsaid += in.lost
		return
	}
	if in.by[s.Provokes] == 0 {
		r.Missing++
	}
	outside, _ := in.outside(s)
	r.Outside += outside
	c.Outside += outside
	c.Provoked += in.by[s.Provokes]
	c.Beside += in.lost - outside - in.by[s.Provokes]
}

// count adds a trial to its stream's row, if there is one.
func (c *Confusion) count(t *report.Trial, s *report.Stream) {
	i := c.row(t, s)
	if i < 0 {
		return
	}
	c.Rows[i].Trials++
	if t.Verdict == report.Inconclusive {
		c.Rows[i].Open++
	}
}

// row is the place of the stream's; trials whose suites say something else have
// their own. -1: there is none.
func (c *Confusion) row(t *report.Trial, s *report.Stream) int {
	return slices.IndexFunc(c.Rows, func(r ConfusionRow) bool {
		return r.Scenario == t.Scenario && r.Stream == s.Name && r.Provokes == s.Provokes && slices.Equal(r.Besides, s.Besides)
	})
}
