package scenarios

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestReadable(t *testing.T) {
	for rate, want := range map[float64]float64{
		100: 100, 99.9: 80, 75: 60, 15: 15, 14.99: 10, 2.25: 2, 2.5: 2.5, 1.999: 1.5, 1: 1, 0.3: 0.3, 0.07: 0.06, 12345: 10000,
	} {
		if got := readable(rate); math.Abs(got-want) > 1e-9 {
			t.Errorf("readable(%v) = %v, want %v", rate, got, want)
		}
	}
	tenth := 0.1
	if got := readable(3 * tenth); math.Abs(got-0.3) > 1e-9 {
		t.Errorf("readable(3 × 0.1) = %v", got)
	}
	if readable(0) != 0 || readable(-1) != 0 {
		t.Error("a rate for less than nothing")
	}
}

// Whatever nobody fixed is scaled by one factor to half of what the pods carry.
func TestRates(t *testing.T) {
	for _, test := range []struct {
		name       string
		pods, each int
		streams    string
		rate       float64 // from the command line
		want       []float64
		fits       bool
	}{
		{"room enough", 3, 1000, "[fresh, reused, slow]", 0, []float64{100, 100, 10}, true},
		{"nothing is known", 3, 0, "[fresh, reused, slow]", 0, []float64{100, 100, 10}, true},
		{"just enough", 2, 10, "[fresh, reused]", 0, []float64{100, 100}, true},
		{"one worker a pod", 3, 1, "[fresh, reused]", 0, []float64{15, 15}, true},
		{"four workers a pod", 3, 4, "[fresh, reused, slow]", 0, []float64{20, 20, 2}, true},
		{"slow alone", 3, 4, "[slow]", 0, []float64{3}, true},
		{"no rate is scaled below 1/s", 3, 1, "[slow]", 0, []float64{1}, false},
		{"a fixed rate stays", 3, 4, "[{name: fresh, rate: 40}, reused, slow]", 0, []float64{40, 15, 1.5}, true},
		{"a fixed rate that is too high", 3, 4, "[{name: fresh, rate: 121}]", 0, []float64{121}, false},
		{"one fixed below 1/s", 3, 1, "[{name: slow, rate: 0.5}]", 0, []float64{0.5}, true},
		{"from the command line", 3, 4, "[fresh, reused, slow]", 40, []float64{40, 40, 1}, true},
		{"too much from the command line", 3, 4, "[fresh, reused]", 61, []float64{61, 61}, false},
		{"a url is nobody's load", 1, 1, "[{name: fresh, vantage: host, url: 'http://127.0.0.1/', work: 5s}]", 0, []float64{100}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := testKnown()
			k.Fixtures[0].Concurrency = 0 // what the file itself is held against
			c, err := load(k, nil, []source{{"f", []byte("scenarios: [{name: x, fixture: go-exit, disruption: none, streams: " + test.streams + "}]")}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := c.Scenario("x")
			s.room = room{fixture: "go-exit", pods: test.pods, each: test.each}
			var got []float64
			for _, r := range s.Resolve(Overrides{Rate: test.rate}) {
				got = append(got, r.Rate)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("rates %v, want %v", got, test.want)
			}
			if err := s.Fits(Overrides{Rate: test.rate}); (err == nil) != test.fits {
				t.Errorf("fits %v: %v", test.fits, err)
			}
		})
	}
}

func TestARateFromTheCommandLineThatIsTooHigh(t *testing.T) {
	s, _ := loaded(t, "", own).Scenario("other") // go-drain under kill: 2 pods of 100
	err := s.Fits(Overrides{Rate: 1200})
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 1 {
		t.Fatalf("error %v", err)
	}
	want := "mine.yaml:4: --rate: 1200/s is too high for other: the streams keep 120 requests under way at once (rate × work), " +
		"more than half of what 2 pods of go-drain serve at once while disrupted (100 each); want at most 1000/s"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if s, _ := loaded(t, "", "").Scenario("go-exit.rollout"); !strings.HasPrefix(s.Fits(Overrides{Rate: 5000}).Error(), "--rate: 5000/s is too high for go-exit.rollout:") {
		t.Error(s.Fits(Overrides{Rate: 5000}))
	}
}
