package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"zarif/report/history"
)

// Collect puts trials together. Scenarios come in the order of their run, or,
// where that is unknown, in which their first trials were started; trials of one by
// number. Tool and cluster are those of the trial that was started first.
func Collect(trials []Trial) Results {
	r := Results{Schema: Schema, Trials: []Trial{}, Scenarios: []ScenarioSummary{}}
	for i, t := range ordered(trials) {
		if i == 0 || t.Started.Before(r.Started) {
			r.Started = t.Started
			r.Tool, r.Cluster = toolOf(t.Meta.Tool), clusterOf(t.Meta.Cluster)
		}
		if t.Finished.After(r.Finished) {
			r.Finished = t.Finished
		}
		if t.Skipped != "" {
			r.skip(t)
			continue
		}
		r.Trials = append(r.Trials, t)
	}
	r.AsExpected = len(r.Trials) > 0 && len(r.Skipped) == 0 && !slices.ContainsFunc(r.Trials, func(t Trial) bool { return !t.AsExpected })
	for from := 0; from < len(r.Trials); {
		to := from
		for to < len(r.Trials) && r.Trials[to].Scenario == r.Trials[from].Scenario {
			to++
		}
		r.Scenarios = append(r.Scenarios, summarise(r.Trials[from:to]))
		from = to
	}
	return r
}

// skip lists a scenario once, however many of its trials were tried.
func (r *Results) skip(t Trial) {
	if !slices.ContainsFunc(r.Skipped, func(s Skipped) bool { return s.Scenario == t.Scenario }) {
		r.Skipped = append(r.Skipped, Skipped{Scenario: t.Scenario, Fixture: t.Fixture, Disruption: t.Disruption, Suite: t.Suite, Reason: t.Skipped})
	}
}

// ordered is a sorted copy.
func ordered(trials []Trial) []Trial {
	began := map[string]time.Time{}
	for _, t := range trials {
		if first, known := began[t.Scenario]; !known || t.Started.Before(first) {
			began[t.Scenario] = t.Started
		}
	}
	trials = append([]Trial{}, trials...)
	slices.SortStableFunc(trials, func(a, b Trial) int {
		return cmp.Or(cmp.Compare(a.Meta.Place, b.Meta.Place), began[a.Scenario].Compare(began[b.Scenario]), strings.Compare(a.Scenario, b.Scenario),
			cmp.Compare(a.Trial, b.Trial), a.Started.Compare(b.Started))
	})
	return trials
}

func toolOf(t history.Tool) Tool {
	return Tool{Version: t.Version, Commit: t.Commit, Dirty: t.Dirty, Argv: append([]string{}, t.Argv...), Go: t.Go}
}

func clusterOf(c history.ClusterInfo) ClusterInfo {
	return ClusterInfo{
		Type: c.Type, Name: c.Name, Kubernetes: c.Kubernetes, Nodes: c.Nodes, ProxyMode: c.ProxyMode, CNI: c.CNI,
		Image: c.Image, Modelled: c.Modelled, Delays: c.Delays, Why: c.Why,
	}
}

// summarise adds up the trials of one scenario.
func summarise(trials []Trial) ScenarioSummary {
	first := trials[0]
	sum := ScenarioSummary{
		Scenario: first.Scenario, Fixture: first.Fixture, Disruption: first.Disruption, Trials: len(trials),
		Verdict: Pass, Verdicts: map[Verdict]int{}, AsExpected: true, Streams: []StreamSummary{},
	}
	var names []string
	for _, t := range trials {
		sum.Verdicts[t.Verdict]++
		sum.AsExpected = sum.AsExpected && t.AsExpected
		for _, s := range t.Streams {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	switch {
	case sum.Verdicts[Fail] > 0:
		sum.Verdict = Fail
	case sum.Verdicts[Inconclusive] > 0:
		sum.Verdict = Inconclusive
	}
	for _, name := range names {
		sum.Streams = append(sum.Streams, summariseStream(name, trials))
	}
	return sum
}

func summariseStream(name string, trials []Trial) StreamSummary {
	sum := StreamSummary{Name: name, AsExpected: true}
	var shares []share
	for _, t := range trials {
		i := slices.IndexFunc(t.Streams, func(s Stream) bool { return s.Name == name })
		if i < 0 {
			continue
		}
		s := t.Streams[i]
		sum.Expected = s.Expected
		sum.AsExpected = sum.AsExpected && s.AsExpected
		sum.Sent += s.Sent
		sum.Dropped += s.Dropped
		sum.Masked += s.Masked
		sum.Missed += s.Missed
		sum.Unresolved += s.Unresolved
		if len(shares) == 0 || s.Dropped < sum.DroppedMin {
			sum.DroppedMin = s.Dropped
		}
		sum.DroppedMax = max(sum.DroppedMax, s.Dropped)
		shares = append(shares, share{dropped: s.Dropped, sent: s.Sent})
	}
	if sum.Sent > 0 {
		sum.Rate = new(float64(sum.Dropped) / float64(sum.Sent))
	}
	sum.CI95 = interval(shares)
	return sum
}
