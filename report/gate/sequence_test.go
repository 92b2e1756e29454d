package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zarif/report"
)

// A tape plays trials that are on it when more are asked for.
type tape struct {
	drops map[string][]int
	has   map[string]int
	asked []string
	fails error
}

func (p *tape) results() report.Results {
	r := resultsOf()
	for _, name := range []string{"shop.rollout", "till.rollout"} {
		r.Trials = append(r.Trials, trialsWith(name, day, p.drops[name][:p.has[name]]...)...)
	}
	return r
}

func (p *tape) More(_ context.Context, scenarios []string, n int) (report.Results, error) {
	p.asked = append(p.asked, fmt.Sprint(strings.Join(scenarios, ","), " ", n))
	if p.fails != nil {
		return report.Results{}, p.fails
	}
	for _, name := range scenarios {
		p.has[name] = n
	}
	return p.results(), nil
}

func TestRunAddsTrialsUntilItIsClear(t *testing.T) {
	base := resultsOf(trialsWith("shop.rollout", day.Add(-time.Hour), repeat(0, 10)...), trialsWith("till.rollout", day.Add(-time.Hour), repeat(0, 10)...))
	never, always, late := repeat(0, 40), repeat(9, 40), append(repeat(0, 2), repeat(9, 38)...)
	sometimes := slices.Repeat([]int{0, 0, 0, 9}, 10)
	full := errors.New("the disk is full")
	for _, tc := range []struct {
		name       string
		shop, till []int
		most       int
		fails      error
		want       Outcome
		asked      []string
	}{
		{"ok at once", never, never, 0, nil, OK, nil},
		{"worse at once", always, never, 0, nil, Worse, nil},
		{"ok when there are enough", never, never, 12, nil, OK, []string{"shop.rollout,till.rollout 6"}},
		{"only what is open", never, late, 20, nil, Worse, []string{"shop.rollout,till.rollout 8", "till.rollout 13"}},
		{"the limit", sometimes, never, 8, nil, Inconclusive, []string{"shop.rollout,till.rollout 6", "shop.rollout 8"}},
		{"no limit", sometimes, never, 0, nil, OK, nil},
		{"fails", never, never, 12, full, Inconclusive, []string{"shop.rollout,till.rollout 6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &tape{drops: map[string][]int{"shop.rollout": tc.shop, "till.rollout": tc.till}, has: map[string]int{"shop.rollout": 3, "till.rollout": 3}, fails: tc.fails}
			r, err := Run(t.Context(), Config{Baseline: &base, MaxTrials: tc.most}, p.results(), p)
			if !errors.Is(err, tc.fails) {
				t.Fatal(err)
			}
			if r.Outcome != tc.want || !slices.Equal(p.asked, tc.asked) {
				t.Errorf("%s, asked for %q; want %s, %q\n%+v", r.Outcome, p.asked, tc.want, tc.asked, r)
			}
		})
	}
}
