package main

import (
	"fmt"
	"strings"
	"testing"

	"zarif/report/history"
)

func TestCarried(t *testing.T) {
	for name, c := range map[string]struct {
		rates    []float64
		capacity float64
		want     int
	}{
		"all":                        {[]float64{200, 200}, 800, 2},
		"as many as fit":             {[]float64{200, 200, 200, 200, 200}, 800, 4},
		"one that does not fit":      {[]float64{5000}, 800, 1},
		"the highest count":          {[]float64{10, 10, 10, 10, 700}, 720, 3},
		"not exactly":                {[]float64{300, 300, 300}, 899, 2},
		"none at all, which is none": {nil, 800, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := carried(c.rates, c.capacity); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

// The number is in the help, where users look for it.
func TestHelpSaysTheRule(t *testing.T) {
	if want := fmt.Sprintf("no more than %d hits per second and core", hitsPerCore); !strings.Contains(newRun(streams{}).Long, want) {
		t.Errorf("zarif run --help does not say %q", want)
	}
}

func TestAtOnce(t *testing.T) {
	two := []history.Stream{{Rate: 100}, {Rate: 100}}
	s := session{runOptions: runOptions{trials: 50}, planned: []planned{{meta: history.Meta{Streams: two}}}}
	if n, why := s.atOnce(clusterKind); n != 1 || why != "" {
		t.Errorf("kind: %d (%s), want 1", n, why)
	}
	if n, why := s.atOnce(clusterLocal); n < 2 || n > 50 || !strings.Contains(why, "of 50 trials at a time") {
		t.Errorf("local: %d (%s), want some and a reason", n, why)
	}
	s.parallel = 7
	if n, why := s.atOnce(clusterKind); n != 7 || !strings.Contains(why, "share the nodes") {
		t.Errorf("kind, asked for: %d (%s), want 7 and a warning", n, why)
	}
	if n, why := s.atOnce(clusterLocal); n != 7 || why != "" {
		t.Errorf("local, asked for: %d (%s), want 7", n, why)
	}
	s.parallel, s.trials = 0, 1
	if n, why := s.atOnce(clusterLocal); n != 1 || why != "" {
		t.Errorf("one trial: %d (%s), want 1 and nothing to say", n, why)
	}
}
