package explain

import (
	"slices"
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

// throughEdge is a tale of pods behind an edge that logs where it led every hit; at 6 s
// a is deleted.
func throughEdge() *tale {
	w := newTale()
	w.meta.Edge = "traefik-endpoints-retry"
	w.behind = map[string]string{"a": "10.244.1.2:8080", "b": "10.244.2.2:8080", "c": "10.244.1.3:8080"}
	for i := range w.meta.Streams {
		w.meta.Streams[i].Vantage = history.VantageEdge
	}
	w.deleted("a", 6)
	return w
}

// givenUp is what the edge logs of a hit that its client did not wait for.
func (w *tale) givenUp(pod string) *history.Proxied {
	return &history.Proxied{Edge: "e", Upstream: []string{w.behind[pod]}, Reason: history.EdgeClientGone}
}

// stillTries adds a hit of which the edge's log tells that it tried a pod in vain.
func (w *tale) stillTries(pod string, at float64) {
	w.lose(try{from: at, to: at + 0.001, opened: true, cause: history.Status502, status: 502, first: true,
		proxied: &history.Proxied{Edge: "e", Status: 502, Upstream: []string{w.behind[pod]}, Reason: history.EdgeRefused}})
}

func TestWhatClientsGaveUpAtAnEdge(t *testing.T) {
	elsewhere := func(w *tale) *history.Proxied {
		p := w.givenUp("a")
		p.Upstream[0] = "10.244.9.9:8080"
		return p
	}
	for _, test := range []struct {
		name    string
		tell    func(*tale) // of the hit at 6.3 s, and of what else it takes
		want    string
		pods    string
		way     string
		missing bool
	}{
		{"its last try was at a pod that had ended", func(w *tale) {
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("a")})
		}, Gateway, "a", byAddress, false},
		{"so it was on a kept connection", func(w *tale) {
			w.lose(try{stream: 1, from: 6.3, to: 16.35, opened: true, reusedSince: 1, cause: history.ResponseTimeout, proxied: w.givenUp("a")})
		}, Gateway, "a", byAddress, false},
		{"its last try was at a pod that ended meanwhile, and served others until then", func(w *tale) {
			w.deleted("b", 12)
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("b")})
		}, Gateway, "b", byAddress, false},
		{"its last try was at a pod that ended meanwhile, and began nothing any more", func(w *tale) {
			w.deleted("b", 12)
			w.answers["b"] = span{to: micros(6.2)}
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("b")})
		}, Unexplained, "b", byAddress, false},
		{"its last try was at a pod that had ended, whose log is not whole", func(w *tale) {
			w.event(history.SourcePods, history.EventLogGap, "a", 3)
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("a")})
		}, Unexplained, "a", byAddress, false},
		{"its last try was at a pod that lives", func(w *tale) {
			w.stillTries("a", 6.4)
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("b")})
		}, Unexplained, "b", byAddress, false},
		{"its last try was at nobody knows what", func(w *tale) {
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: elsewhere(w)})
		}, Unexplained, "", byNothing, false},
		{"the edge has no line of it", func(w *tale) {
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout})
		}, Unexplained, "", byNothing, false},
		{"it came to a living pod too late, as the edge still tried one that had ended", func(w *tale) {
			w.stillTries("a", 6.4)
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, served: 16.33, by: "b", proxied: w.givenUp("b")})
		}, Gateway, "a", byElimination, true},
		{"so it did, and the edge tried the ended one no more", func(w *tale) {
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, served: 16.33, by: "b", proxied: w.givenUp("b")})
		}, Unexplained, "b", byLog, false},
		{"so it did, and the edge tried no other", func(w *tale) {
			w.stillTries("a", 6.4)
			p := w.givenUp("b")
			p.Tries = 1
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, served: 16.33, by: "b", proxied: p})
		}, Unexplained, "b", byLog, false},
		{"so it did, and that pod began nothing else", func(w *tale) {
			w.stillTries("a", 6.4)
			w.answers["b"] = span{to: micros(6.2)}
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, served: 16.33, by: "b", proxied: w.givenUp("b")})
		}, Unexplained, "b", byLog, false},
		{"it came to a living pod soon, which took too long", func(w *tale) {
			w.stillTries("a", 6.4)
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, served: 6.31, done: 17, by: "b", proxied: w.givenUp("b")})
		}, Overload, "b", byLog, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := throughEdge()
			test.tell(w)
			w.background(0, 20)
			f := lastFrom(t, w)
			if f.Mechanism != test.want || strings.Join(f.Pods, " ") != test.pods || f.Joins[test.way] != f.Hits || (len(f.Missing) > 0) != test.missing {
				t.Errorf("%s by %v, joins %v, missing %q; want %s by %s, join %s, missing %v", f.Mechanism, f.Pods, f.Joins, f.Missing, test.want, test.pods, test.way, test.missing)
			}
		})
	}
}

// lastFrom is the finding that has the hit of 6.3 s, the last that was told.
func lastFrom(t *testing.T, w *tale) report.Finding {
	t.Helper()
	var id string
	for _, r := range w.records {
		if r.Hit != nil && (r.Hit.Cause.Dropped() || r.Hit.Masked()) {
			id = history.HitID(r.Hit.Stream, r.Hit.Seq)
		}
	}
	for _, f := range examined(t, w.all()).Findings {
		if slices.Contains(f.HitIDs, id) {
			return f
		}
	}
	t.Fatalf("no finding has hit %s", id)
	return report.Finding{}
}

// An error of the edge's own, for a reason that its log leaves open.
func TestAnEdgesErrorForSomeReason(t *testing.T) {
	for _, test := range []struct {
		name string
		hit  try
		pod  string // that it tried
		want string
	}{
		{"as the pod ended", try{from: 5.99, to: 6.05}, "a", Gateway},
		{"as the pod ended amid the request", try{from: 5.99, to: 6.05, served: 5.995, by: "a"}, "a", Gateway},
		{"of a pod that ended, and had answered", try{from: 5.99, to: 6.05, served: 5.995, done: 6.01, by: "a"}, "a", Unexplained},
		{"of a pod that served on", try{from: 5.99, to: 6.05}, "b", Unexplained},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := throughEdge()
			test.hit.opened, test.hit.first, test.hit.cause, test.hit.status = true, true, history.Status502, 502
			test.hit.proxied = &history.Proxied{Edge: "e", Status: 502, Upstream: []string{w.behind[test.pod]}, Reason: history.EdgeOther}
			w.lose(test.hit)
			w.background(0, 20)
			if f := lastFrom(t, w); f.Mechanism != test.want || (len(f.Missing) > 0) != (test.want == Gateway) {
				t.Errorf("%s, missing %q; want %s", f.Mechanism, f.Missing, test.want)
			}
		})
	}
}

// Between a client and an edge no pod behind it can lose anything, although the edge
// had tried one that had ended.
func TestTheWayToAnEdgeIsNoPods(t *testing.T) {
	for name, hit := range map[string]try{
		"refused":                           {from: 6.3, to: 6.301, cause: history.Refused},
		"refused, and sent again":           {from: 6.3, to: 6.301, cause: history.Refused, masked: true},
		"silent":                            {from: 6.3, to: 11.3, cause: history.ConnectTimeout},
		"reset on a kept connection":        {stream: 1, from: 6.01, to: 6.03, opened: true, reusedSince: 1, cause: history.Reset},
		"closed on a kept connection":       {stream: 1, from: 6.01, to: 6.03, opened: true, reusedSince: 1, cause: history.Closed},
		"reset on a new one":                {from: 6.01, to: 6.03, opened: true, cause: history.Reset},
		"closed on a new one":               {from: 6.01, to: 6.03, opened: true, cause: history.Closed},
		"silence on a kept connection":      {stream: 1, from: 6.3, to: 16.3, opened: true, reusedSince: 1, cause: history.ResponseTimeout},
		"silence on a new one":              {from: 6.01, to: 16.03, opened: true, cause: history.ResponseTimeout},
		"cut, though the pod had answered":  {from: 5.99, to: 6.03, opened: true, first: true, pod: "a", cause: history.Truncated, served: 5.995, done: 6.01, by: "a"},
		"cut, and the pod's log is unknown": {from: 5.99, to: 6.03, opened: true, first: true, pod: "a", cause: history.Truncated},
	} {
		t.Run(name, func(t *testing.T) {
			w := throughEdge()
			hit.proxied = &history.Proxied{Edge: "e", Status: 200, UpstreamStatus: 200, Upstream: []string{w.behind["a"]}} // delivered, it says
			w.lose(hit)
			w.background(0, 20)
			if f := lastFrom(t, w); f.Mechanism != Unexplained {
				t.Errorf("%s by %v, joins %v; want %s", f.Mechanism, f.Pods, f.Joins, Unexplained)
			}
		})
	}
}

// The edge's own patience is advised on only where it was what lost hits.
func TestAdviceOnAnEdgesPatience(t *testing.T) {
	for _, inVain := range []bool{true, false} {
		w := throughEdge()
		w.stillTries("a", 6.4)
		if inVain {
			w.lose(try{from: 6.3, to: 16.35, opened: true, cause: history.ResponseTimeout, proxied: w.givenUp("a")})
		}
		w.background(0, 20)
		r := Collect([]report.Trial{examined(t, w.all())})
		if len(r.Scenarios) != 1 || len(r.Scenarios[0].Advice) != 1 {
			t.Fatalf("%+v, want one scenario with one advice", r.Scenarios)
		}
		if text := r.Scenarios[0].Advice[0].Text; strings.HasSuffix(text, patience) != inVain {
			t.Errorf("hits that were tried in vain %v: %q", inVain, text)
		}
	}
}
