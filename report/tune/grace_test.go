package tune_test

import (
	"testing"
	"time"

	"zarif/report/explain"
	"zarif/report/tune"
)

// drainsIn is a workload that takes so long to drain beyond its sleep, in seconds, and
// loses something where its grace period does not hold that.
func drainsIn(seconds int, sleep int) truth {
	killed := func(c tune.Candidate) bool { return c.Grace < c.PreStop+seconds }
	return truth{
		loses: func(c tune.Candidate) float64 {
			if c.PreStop < sleep || killed(c) {
				return 1
			}
			return 0
		},
		mechanism: func(c tune.Candidate) string {
			if killed(c) && c.PreStop >= sleep {
				return explain.InFlightKilled
			}
			return explain.LateEndpoint
		},
		late: time.Duration(sleep)*time.Second - 100*time.Millisecond, drain: time.Duration(seconds) * time.Second, killed: killed,
	}
}

func TestGrace(t *testing.T) {
	tests := map[string]struct {
		of       truth
		own      tune.Candidate
		search   bool
		state    tune.State
		grace    int // 0: none can be said
		verified bool
	}{
		"derived":                          {drainsIn(4, 2), tune.Candidate{Grace: 30}, false, tune.Found, 8, false},
		"a short drain has a second":       {drainsIn(0, 2), tune.Candidate{Grace: 30}, false, tune.Found, 3, false},
		"no longer than what trials had":   {drainsIn(8, 2), tune.Candidate{Grace: 14}, false, tune.Found, 14, true},
		"verified":                         {drainsIn(4, 2), tune.Candidate{Grace: 30}, true, tune.Found, 8, true},
		"the workload's own is too short":  {drainsIn(40, 2), tune.Candidate{Grace: 30}, false, tune.Unhealable, 0, false},
		"and a longer one is searched":     {drainsIn(40, 2), tune.Candidate{Grace: 30}, true, tune.Found, 62, true},
		"none is long enough":              {drainsIn(900, 2), tune.Candidate{Grace: 30}, true, tune.Unhealable, 0, false},
		"the workload sleeps for long now": {drainsIn(4, 2), tune.Candidate{PreStop: 29, Grace: 30}, false, tune.Found, 8, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := tune.Defaults()
			c.Own, c.Grace = test.own, test.search
			w := search(t, c, test.of, 1)
			r := w.result()
			if r.State != test.state {
				t.Fatalf("%s: %s; %v", r.State, r.Summary, w.trials)
			}
			switch {
			case test.grace == 0 && r.Grace != nil:
				t.Errorf("grace %+v, want none", *r.Grace)
			case test.grace == 0:
			case r.Grace == nil:
				t.Errorf("no grace period: %s", r.Notes)
			case r.Grace.Seconds != test.grace || r.Grace.Verified != test.verified:
				t.Errorf("grace %+v, want %d, verified %v", *r.Grace, test.grace, test.verified)
			}
			if r.Grace != nil && r.Grace.Verified {
				n := 0
				for i, at := range w.trials {
					if at.PreStop == *r.PreStop && at.Grace == r.Grace.Seconds && w.outcomes[i].Kind == tune.Clean && w.outcomes[i].Killed == 0 {
						n++
					}
				}
				if n < c.Trials {
					t.Errorf("said to be verified by %d trials", n)
				}
			}
		})
	}
}

// TestKilledWithoutLoss: pods that are always killed lead to a sleep, and to no grace
// period: how long they would have taken is not known.
func TestKilledWithoutLoss(t *testing.T) {
	of := truth{loses: threshold(2), late: 1500 * time.Millisecond, killed: func(tune.Candidate) bool { return true }}
	c := tune.Defaults()
	if r := search(t, c, of, 1).result(); r.State != tune.Found || *r.PreStop != 2 || r.Grace != nil {
		t.Errorf("%s %+v %v", r.State, r.Grace, r.Notes)
	}
	c.Grace = true
	if r := search(t, c, of, 1).result(); r.State != tune.Found || *r.PreStop != 2 || r.Grace != nil {
		t.Errorf("%s %+v %v", r.State, r.Grace, r.Notes)
	}
}

// TestLuckyBelow: a sleep that was verified, and loses something while its grace period
// is, was verified by luck, and a longer one is searched.
func TestLuckyBelow(t *testing.T) {
	c := tune.Defaults()
	c.Own.Grace, c.Grace, c.Trials = 30, true, 3
	s, err := tune.New(c)
	if err != nil {
		t.Fatal(err)
	}
	of := drainsIn(1, 2)
	for {
		next, more := s.Next()
		if !more {
			break
		}
		o := of.trial(next, lot())
		if next.PreStop == 2 && next.Grace < 30 {
			o.Kind, o.Counted = tune.Lost, map[string]int{explain.GoneAddress: 1}
		}
		s.Add(o)
	}
	r := s.Result(tune.Story{})
	if r.State != tune.Found || *r.PreStop != 3 {
		t.Errorf("%s %v, want 3 s: %+v", r.State, r.PreStop, r.Candidates)
	}
}
