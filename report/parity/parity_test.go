package parity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zarif/report"
)

// trial is one trial of the scenario s with the stream fresh: causes of its drops,
// of 1,000 hits.
func trial(v report.Verdict, expected string, causes map[string]int) report.Trial {
	st := report.Stream{Name: "fresh", Expected: expected, Causes: causes}
	st.Sent = 1000
	for _, n := range causes {
		st.Dropped += n
	}
	st.OK = st.Sent - st.Dropped
	switch expected {
	case report.ExpectNone:
		st.AsExpected = st.Dropped == 0
	case report.ExpectSome:
		st.AsExpected = st.Dropped > 0
	default:
		st.AsExpected = true
	}
	return report.Trial{Scenario: "s", Verdict: v, Limits: report.Limits{Budget: map[string]int{}}, Streams: []report.Stream{st}}
}

// drops are trials that dropped so many hits each, for one cause.
func drops(expected, cause string, counts ...int) (all []report.Trial) {
	for _, n := range counts {
		v, causes := report.Pass, map[string]int{}
		if n > 0 {
			v, causes = report.Fail, map[string]int{cause: n}
		}
		all = append(all, trial(v, expected, causes))
	}
	return all
}

func open(n int) (all []report.Trial) {
	for range n {
		all = append(all, trial(report.Inconclusive, "", map[string]int{"refused": 500}))
	}
	return all
}

func results(kind string, trials ...report.Trial) report.Results {
	for i := range trials {
		trials[i].Trial = i + 1
		trials[i].Meta.Cluster.Type = kind
	}
	return report.Collect(trials)
}

func TestCompare(t *testing.T) {
	const refused, hung = "refused", "connect-timeout"
	mix := func(causes map[string]int) []report.Trial {
		var all []report.Trial
		for range 3 {
			all = append(all, trial(report.Fail, "", causes))
		}
		return all
	}
	for _, c := range []struct {
		name   string
		a, b   []report.Trial
		want   Agreement
		reason string
	}{
		{"both never dropped anything", drops("none", "", 0, 0, 0), drops("none", "", 0, 0, 0), Agree, ""},
		{"both dropped as much for the same cause", drops("some", refused, 50, 60, 55), drops("some", refused, 40, 70, 60), Agree, ""},
		{"only one dropped", drops("", refused, 50, 60, 55), drops("", "", 0, 0, 0), Differ, "passed in 0 of 3 trials on kind and in 3 of 3 on local"},
		{"one of many trials dropped what none should", drops("none", refused, 0, 0, 0, 0, 0), drops("none", refused, 0, 0, 0, 0, 1), Differ,
			"as expected (none dropped) in 5 of 5 trials on kind and in 4 of 5 on local"},
		{"one of many trials was lucky", drops("some", refused, 50, 50, 50, 50, 0), drops("some", refused, 50, 50, 50, 50, 50), Agree, ""},
		{"most trials did not drop what all should", drops("some", refused, 50, 50, 0, 0, 0), drops("some", refused, 50, 50, 50, 50, 50), Differ,
			"as expected (some dropped) in 2 of 5"},
		{"only one side ran as a suite, and both dropped", drops("some", refused, 50, 50, 50), drops("", refused, 50, 50, 50), Agree, ""},
		{"only one side ran as a suite, and the other dropped what none should", drops("none", refused, 0, 0, 0), drops("", refused, 0, 0, 1), Differ,
			"as expected (none dropped) in 3 of 3 trials on kind and in 2 of 3 on local"},
		{"sometimes on both, though nothing was expected", drops("none", refused, 0, 0, 5, 6, 4), drops("none", refused, 0, 4, 5, 6, 0), Agree, ""},
		{"mostly the same, and whatever comes is expected", drops("any", refused, 5, 5, 5, 5, 4), drops("any", refused, 4, 6, 5, 5, 0), Agree, ""},
		{"a matter of luck on both", drops("any", refused, 2, 2, 2, 0, 0), drops("any", refused, 2, 2, 0, 0, 0), Agree, ""},
		{"mostly other verdicts", drops("any", refused, 5, 6, 5, 5, 4), drops("any", refused, 4, 0, 0, 0, 0), Differ, "passed in 0 of 5"},

		{"a factor of three", drops("", refused, 30, 30, 30), drops("", refused, 90, 90, 90), Agree, ""},
		{"more than a factor of three", drops("", refused, 30, 30, 30), drops("", refused, 200, 200, 200), Differ, "differ by a factor of 6.7, the limit is 3"},
		{"more, the other way round", drops("", refused, 200, 200, 200), drops("", refused, 30, 30, 30), Differ, "differ by a factor of 6.7, the limit is 3"},
		{"more, but of very few", drops("", refused, 1, 1, 1), drops("", refused, 4, 4, 3), Inconclusive, "factor of 3.7, the limit is 3, which may be chance"},
		{"more, by one trial alone", drops("any", refused, 4, 4, 4, 4, 4), drops("any", refused, 2, 2, 150, 1, 2), Inconclusive, "which may be chance"},

		{"another main cause", mix(map[string]int{refused: 60, hung: 10}), mix(map[string]int{refused: 10, hung: 60}), Differ,
			"the main cause is refused on kind and connect-timeout on local"},
		{"two causes that come as often", mix(map[string]int{refused: 33, hung: 30}), mix(map[string]int{refused: 30, hung: 33}), Agree, ""},
		{"the same among other causes", mix(map[string]int{refused: 60, "reset": 10}), mix(map[string]int{refused: 50, "closed": 20}), Agree, ""},
		{"too few drops to tell the main cause", drops("", "reset", 1, 1, 1), drops("", "closed", 1, 1, 1), Inconclusive, "of too few drops to tell"},

		{"inconclusive trials do not count", append(drops("", refused, 50, 50), open(1)...), drops("", refused, 50, 50, 50), Agree, ""},
		{"half of them inconclusive", append(drops("", refused, 50, 50), open(2)...), drops("", refused, 50, 50, 50, 50), Inconclusive, "kind: only 2 of 4 trials are conclusive"},
		{"all of them inconclusive on both", open(3), open(3), Inconclusive, "local: none of its 3 trials is conclusive"},
		{"only one side has it", drops("", refused, 50), nil, Inconclusive, "local: it was not run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := results("kind", c.a...), results("local", c.b...)
			b.Cluster.Type = "local"
			got := Compare(a, b)
			if got.Agreement != c.want || len(got.Scenarios) != 1 || got.Scenarios[0].Agreement != c.want {
				t.Errorf("agreement %s, want %s: %v", got.Agreement, c.want, reasons(got))
			}
			if all := strings.Join(reasons(got), "\n"); c.want == Agree && all != "" || !strings.Contains(all, c.reason) {
				t.Errorf("reasons %q, want one with %q", all, c.reason)
			}
			if code := map[Agreement]int{Agree: 0, Differ: 1, Inconclusive: 3}[c.want]; got.ExitCode() != code {
				t.Errorf("exit code %d, want %d", got.ExitCode(), code)
			}
			if back := Compare(b, a); back.Agreement != got.Agreement {
				t.Errorf("the other way round: %s", back.Agreement)
			}
		})
	}
}

func reasons(t Table) (all []string) {
	for _, s := range t.Scenarios {
		all = append(all, s.Reasons...)
		for _, st := range s.Streams {
			all = append(all, st.Reasons...)
		}
	}
	return all
}

// A difference is the news, whatever else is open; and nothing at all is open.
func TestScenariosTogether(t *testing.T) {
	named := func(name string, trials []report.Trial) []report.Trial {
		for i := range trials {
			trials[i].Scenario = name
		}
		return trials
	}
	same := drops("", "refused", 50, 50)
	for _, c := range []struct {
		name string
		a, b []report.Trial
		want Agreement
	}{
		{"nothing", nil, nil, Inconclusive},
		{"a difference and an open one", append(named("x", drops("", "refused", 50, 50)), named("y", open(2))...),
			append(named("x", drops("", "", 0, 0)), named("y", open(2))...), Differ},
		{"agreement and an open one", append(named("x", same), named("y", open(2))...), append(named("x", same), named("y", open(2))...), Inconclusive},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Compare(results("kind", c.a...), results("kind", c.b...)); got.Agreement != c.want {
				t.Errorf("agreement %s, want %s: %v", got.Agreement, c.want, reasons(got))
			}
		})
	}
}

func TestSkippedIsNotAgreement(t *testing.T) {
	a, b := results("kind", drops("", "refused", 50)...), report.Results{}
	b.Skipped = []report.Skipped{{Scenario: "s", Reason: "no PID namespaces"}}
	got := Compare(a, b)
	if got.Agreement != Inconclusive || !strings.Contains(fmt.Sprint(reasons(got)), "skipped: no PID namespaces") {
		t.Errorf("%s: %v", got.Agreement, reasons(got))
	}
	got = Compare(b, b)
	if got.Agreement != Inconclusive || len(got.Scenarios) != 1 {
		t.Errorf("skipped on both: %s, %d scenarios", got.Agreement, len(got.Scenarios))
	}
}

func TestStreamsOfOneSideOnly(t *testing.T) {
	a, b := drops("", "refused", 50, 50), drops("", "refused", 50, 50)
	for i := range b {
		b[i].Streams[0].Name = "reused"
	}
	got := Compare(results("kind", a...), results("local", b...))
	if s := got.Scenarios[0]; len(s.Streams) != 2 || s.Agreement != Inconclusive {
		t.Errorf("%s: %+v", s.Agreement, s.Streams)
	}
}

func TestWhatIsShownOfTrials(t *testing.T) {
	began := time.Unix(1000, 0)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	pod := func(code int, grace, precision float64, notReady, last time.Time) report.Pod {
		return report.Pod{Role: report.RoleOld, TakenAway: true, ExitCode: &code, GraceUsed: &grace, ExitedPrecision: &precision,
			EndpointNotReady: notReady, LastNewConnection: last}
	}
	one := trial(report.Fail, "", map[string]int{"refused": 7})
	one.Streams[0].Outages = []report.Outage{{Start: at(0), End: at(100), Dropped: 2}, {Start: at(500), End: at(900), Dropped: 5}}
	one.Pods = []report.Pod{
		pod(0, 0.5, 100, at(100), at(250)),
		pod(0, 0.2, 0, at(100), at(90)),
		pod(137, 30, 0, at(100), time.Time{}),
		{Role: report.RoleOld, TakenAway: true},
		{Role: report.RoleNew, TakenAway: true, ExitCode: new(1)},
		{Role: report.RoleOld, ExitCode: new(1)},
	}
	undecided := trial(report.Inconclusive, "", map[string]int{"reset": 100})
	undecided.Pods = one.Pods
	second := trial(report.Fail, "", map[string]int{"refused": 3, "reset": 1})
	s := Compare(results("kind", one, undecided, second), report.Results{}).Scenarios[0]

	exits := []Exit{{Code: "0", Pods: 2, Timed: true, Min: 200 * time.Millisecond, Max: 600 * time.Millisecond},
		{Code: "137", Pods: 1, Timed: true, Min: 30 * time.Second, Max: 30 * time.Second}, {Code: "unknown", Pods: 1}}
	if fmt.Sprint(s.A.Exits) != fmt.Sprint(exits) {
		t.Errorf("exits %v, want %v", s.A.Exits, exits)
	}
	if want := []time.Duration{-10 * time.Millisecond, 150 * time.Millisecond}; fmt.Sprint(s.A.LastConnections) != fmt.Sprint(want) {
		t.Errorf("last new connections %v, want %v", s.A.LastConnections, want)
	}
	if s.A.Verdicts[report.Fail] != 2 || s.A.Verdicts[report.Inconclusive] != 1 {
		t.Errorf("verdicts %v", s.A.Verdicts)
	}
	d := s.Streams[0].A
	if d.Sent != 2000 || d.Dropped != 11 || d.Causes["refused"] != 10 || d.Causes["reset"] != 1 || d.Outage != 400*time.Millisecond {
		t.Errorf("drops %+v", d)
	}
	if d.Rate() != 11.0/2000 || (Drops{}).Rate() != 0 {
		t.Errorf("rates %v and %v", d.Rate(), (Drops{}).Rate())
	}
}
