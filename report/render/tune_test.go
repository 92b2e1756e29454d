package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"zarif/report/explain"
	"zarif/report/tune"
)

// searched is a search in which trials lose what lost says of a sleep, fresh by
// mechanism.
func searched(t *testing.T, c tune.Config, lost func(tune.Candidate, int) (kind tune.Kind, fresh, reused map[string]int)) tune.Result {
	t.Helper()
	c.Own.Grace = 30
	s, err := tune.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for {
		at, more := s.Next()
		if !more {
			break
		}
		kind, fresh, reused := lost(at, s.Tried(at))
		o := tune.Outcome{
			Kind: kind, Reason: "one hit in a hundred left 300 ms late", Counted: fresh, Others: reused, Dropped: map[string]int{},
			Cures: map[string]string{explain.IdleRace: "answer with Connection: close", explain.Application: "look at the application"},
			Late:  []time.Duration{1400 * time.Millisecond}, Drains: []time.Duration{300 * time.Millisecond, 400 * time.Millisecond},
			Took: time.Duration(12+at.PreStop) * time.Second, Slowest: 120 * time.Millisecond, Unseen: []string{"no log of requests"},
		}
		for _, n := range fresh {
			o.Dropped["fresh"] += n
		}
		for _, n := range reused {
			o.Dropped["reused"] += n
		}
		s.Add(o)
	}
	return s.Result(tune.Story{Scenario: "shop.rollout", Disruption: "rollout", Cluster: "kind", Replicas: 3, Streams: []string{"fresh"}})
}

// searches are one of each end.
func searches(t *testing.T) map[string]tune.Result {
	usual := tune.Defaults()
	return map[string]tune.Result{
		"found": searched(t, usual, func(c tune.Candidate, n int) (tune.Kind, map[string]int, map[string]int) {
			switch {
			case c.PreStop == 0:
				return tune.Lost, map[string]int{explain.LateEndpoint: 30, explain.GoneAddress: 61}, map[string]int{explain.IdleRace: 4}
			case c.PreStop == 1 && n == 2:
				return tune.Lost, map[string]int{explain.LateEndpoint: 2}, nil
			case c.PreStop == 2 && n == 4:
				return tune.Doubtful, nil, nil
			}
			return tune.Clean, nil, map[string]int{explain.IdleRace: 1}
		}),
		"unhealable": searched(t, usual, func(c tune.Candidate, _ int) (tune.Kind, map[string]int, map[string]int) {
			if c.PreStop == 0 {
				return tune.Lost, map[string]int{explain.LateEndpoint: 30}, nil
			}
			return tune.Lost, map[string]int{explain.Application: 3}, nil
		}),
		"none": searched(t, tune.Config{Max: 2, Trials: 3, Below: 3, Most: 20, MaxGrace: 30}, func(tune.Candidate, int) (tune.Kind, map[string]int, map[string]int) {
			return tune.Lost, map[string]int{explain.GoneAddress: 7}, nil
		}),
		"inconclusive": searched(t, usual, func(c tune.Candidate, n int) (tune.Kind, map[string]int, map[string]int) {
			if c.PreStop == 0 {
				return tune.Lost, map[string]int{explain.GoneAddress: 7}, nil
			}
			if n < 4 {
				return tune.Clean, nil, nil
			}
			return tune.Doubtful, nil, nil
		}),
	}
}

func TestTune(t *testing.T) {
	for name, r := range searches(t) {
		t.Run(name, func(t *testing.T) {
			for kind, write := range map[string]func(*bytes.Buffer) error{
				"txt":  func(w *bytes.Buffer) error { return TuneTable(w, r, Options{}) },
				"md":   func(w *bytes.Buffer) error { return TuneMarkdown(w, r) },
				"json": func(w *bytes.Buffer) error { return TuneJSON(w, r) },
			} {
				var out bytes.Buffer
				if err := write(&out); err != nil {
					t.Fatal(err)
				}
				golden(t, "tune-"+name+"."+kind, out.String())
			}
		})
	}
}

// TestTuneFits a narrow terminal but for its table, and says the same in colour.
func TestTuneFits(t *testing.T) {
	r := searches(t)["found"]
	var plain, colour bytes.Buffer
	if err := TuneTable(&plain, r, Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	if err := TuneTable(&colour, r, Options{Width: 60, Colour: true}); err != nil {
		t.Fatal(err)
	}
	_, words, _ := strings.Cut(plain.String(), "\n\n")
	for line := range strings.Lines(words) {
		if len([]rune(line)) > 61 {
			t.Errorf("%q is longer than 60", line)
		}
	}
	if !strings.Contains(colour.String(), "\x1b[") {
		t.Error("no colour")
	}
}
