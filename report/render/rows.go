package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zarif/report"
)

// A group is one scenario as it is shown: what holds for all of its streams, and a
// row for each of them.
type group struct {
	scenario string // with the number of trials where there are several
	exits    []string
	verdict  string
	state    state
	rows     []row
}

// A row is one stream of a scenario over all of its trials. Several lines of one
// cell are separate texts.
type row struct {
	stream     string
	rate       string // scheduled, e.g. "100/s"
	sent       string
	dropped    []string // in all, and per trial
	share      string
	causes     []string
	masked     string
	missed     string
	unresolved string
	latency    string
	outage     string
	expected   string
	state      state
}

// state is what colour repeats of a text.
type state int

const (
	plain state = iota
	good
	bad
	open
)

// groupsOf is what every renderer shows, in the order of the results.
func groupsOf(r report.Results) []group {
	groups := make([]group, 0, len(r.Scenarios))
	for _, sc := range r.Scenarios {
		var trials []report.Trial
		for _, t := range r.Trials {
			if t.Scenario == sc.Scenario {
				trials = append(trials, t)
			}
		}
		g := group{scenario: clean(sc.Scenario), exits: exits(trials), verdict: verdict(sc), state: stateOf(sc, trials)}
		if sc.Trials > 1 {
			g.scenario += fmt.Sprintf(" ×%d", sc.Trials)
		}
		for _, s := range sc.Streams {
			g.rows = append(g.rows, rowOf(s, trials))
		}
		groups = append(groups, g)
	}
	return groups
}

func stateOf(sc report.ScenarioSummary, trials []report.Trial) state {
	switch {
	case sc.AsExpected:
		return good
	case slices.ContainsFunc(trials, func(t report.Trial) bool { return t.Verdict != report.Inconclusive && !t.AsExpected }):
		return bad
	}
	return open
}

// verdict is "fail", or with several trials "4 fail, 1 inconclusive".
func verdict(sc report.ScenarioSummary) string {
	if sc.Trials == 1 {
		return string(sc.Verdict)
	}
	var parts []string
	for _, v := range []report.Verdict{report.Fail, report.Inconclusive, report.Pass} {
		if n := sc.Verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}

func rowOf(sum report.StreamSummary, trials []report.Trial) row {
	r := row{
		stream: clean(sum.Name), sent: count(sum.Sent), dropped: []string{count(sum.Dropped)}, share: share(sum.Dropped, sum.Sent),
		masked: count(sum.Masked), missed: count(sum.Missed), unresolved: count(sum.Unresolved),
	}
	if len(trials) > 1 && sum.Dropped > 0 {
		r.dropped = append(r.dropped, between(sum.DroppedMin, sum.DroppedMax)+" each")
	}
	causes := map[string]int{}
	var rates []float64
	var worst report.Latency
	var longest report.Outage
	answered, asExpected, decided := false, 0, 0
	for _, t := range trials {
		i := slices.IndexFunc(t.Streams, func(s report.Stream) bool { return s.Name == sum.Name })
		if i < 0 {
			continue
		}
		s := t.Streams[i]
		rates = append(rates, s.Rate)
		for cause, n := range s.Causes {
			causes[cause] += n
		}
		if l := s.Windows["disruption"].Latency; l != nil {
			answered = true
			worst.P50, worst.P99, worst.Max = max(worst.P50, l.P50), max(worst.P99, l.P99), max(worst.Max, l.Max)
		}
		for _, o := range s.Outages {
			if o.Duration() > longest.Duration() {
				longest = o
			}
		}
		if t.Verdict != report.Inconclusive {
			decided++
		}
		if s.AsExpected {
			asExpected++
		}
	}
	r.rate = perSecond(rates)
	r.causes, r.latency, r.outage = listCauses(causes), "–", "–"
	if answered {
		r.latency = fmt.Sprintf("%s/%s/%s", millis(worst.P50), millis(worst.P99), millis(worst.Max))
	}
	if longest.Dropped > 0 {
		r.outage = span(longest.Duration())
	}
	r.expected, r.state = expectation(sum.Expected, asExpected, decided, len(trials))
	return r
}

// perSecond is the rate of a stream in all trials, "100/s", or "50–100/s" where
// they differ.
func perSecond(rates []float64) string {
	if len(rates) == 0 || slices.Max(rates) <= 0 {
		return "–"
	}
	text := func(rate float64) string { return strconv.FormatFloat(rate, 'g', 4, 64) }
	low, high := text(slices.Min(rates)), text(slices.Max(rates))
	if low != high {
		return low + "–" + high + "/s"
	}
	return high + "/s"
}

// expectation is what was expected and whether it came: "none: yes", "pass: NO",
// "some: ?" where that is open, and with several trials "none: NO, 4 of 5".
func expectation(expected string, met, decided, trials int) (string, state) {
	expected = clean(cmp.Or(expected, "pass"))
	switch {
	case met == trials && trials == 1:
		return expected + ": yes", good
	case met == trials:
		return fmt.Sprintf("%s: yes, %d of %d", expected, met, trials), good
	case decided == 0:
		return expected + ": ?", open
	case trials == 1:
		return expected + ": NO", bad
	case met < decided:
		return fmt.Sprintf("%s: NO, %d of %d", expected, met, trials), bad
	}
	return fmt.Sprintf("%s: ?, %d of %d", expected, met, trials), open
}
