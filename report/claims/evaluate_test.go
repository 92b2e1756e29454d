package claims

import (
	"strings"
	"testing"

	"zarif/report"
	"zarif/report/history"
)

// trial is a conclusive one of a fixture under rollout; change says what is special.
func trialOf(fixture string, change func(*report.Trial)) report.Trial {
	t := report.Trial{
		Fixture: fixture, Disruption: "rollout", Verdict: report.Fail,
		Streams: []report.Stream{{Name: "fresh", Counts: report.Counts{Sent: 100, OK: 100}, Causes: map[string]int{}}},
		Pods: []report.Pod{{
			Name: "a", TakenAway: true, ExitCode: new(0), GraceUsed: new(1.0), ExitedPrecision: new(100.0), Killed: new(false),
			Signals: &[]string{"SIGTERM"}, LateHits: new(0), Drain: &report.Drain{InFlight: &report.InFlight{}},
		}, {Name: "b"}},
	}
	if change != nil {
		change(&t)
	}
	return t
}

func three(t report.Trial) []report.Trial { return []report.Trial{t, t, t} }

func drops(n int, cause string) func(*report.Trial) {
	return func(t *report.Trial) {
		t.Streams[0].Dropped, t.Streams[0].Causes[cause] = n, n
	}
}

func ask(t *testing.T, true_ string, half string, trials []report.Trial, known ...string) Answer {
	t.Helper()
	text := "claim: 1\nsentence: It is so.\nsource: {letter: F, title: heard}\ntrue:\n"
	for _, c := range strings.Split(true_, " & ") {
		text += "  - {" + c + "}\n"
	}
	if half != "" {
		text += "half:\n  - under: a condition\n    when: [{" + half + "}]\n"
	}
	c, err := Decode("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Evaluate([]Claim{c}, trials, known, 0)[0]
}

func TestAnswers(t *testing.T) {
	const none, some = "of: x.rollout, stream: fresh, dropped: none", "of: x.rollout, stream: fresh, dropped: some"
	x := func(change func(*report.Trial)) []report.Trial { return three(trialOf("x", change)) }
	for _, c := range []struct {
		name, true_, half string
		trials            []report.Trial
		want              string
	}{
		{"true", none, "", x(nil), True},
		{"false", none, "", x(drops(1, "reset")), False},
		{"half", none, "of: x.rollout, killed: no", x(drops(1, "reset")), HalfTrue},
		{"not even half", none, "of: x.rollout, killed: yes", x(drops(1, "reset")), False},
		{"one trial of three is enough for some", some, "", append(x(nil)[:2], trialOf("x", drops(1, "reset"))), True},
		{"nothing measured", none, "", nil, NotMeasured},
		{"too few trials", none, "", x(nil)[:2], NotMeasured},
		{"a loss in too few trials", none, "", x(drops(1, "reset"))[:2], NotMeasured},
		{"inconclusive ones do not count", none, "", x(func(t *report.Trial) { t.Verdict = report.Inconclusive }), NotMeasured},
		{"another stream", "of: x.rollout, stream: slow, dropped: none", "", x(nil), NotMeasured},
		{"another disruption", "of: x.kill, stream: fresh, dropped: none", "", x(nil), NotMeasured},
		{"behind an edge it is another", none, "", x(func(t *report.Trial) { t.Edge = "nginx-service" }), NotMeasured},
		{"behind an edge", "of: x.rollout, edge: 'nginx-*', stream: fresh, dropped: none", "", x(func(t *report.Trial) { t.Edge = "nginx-service" }), True},
		{"one fails, one is unknown", none + " & of: y.rollout, killed: no", "", x(drops(1, "reset")), False},
		{"one holds, one is unknown", none + " & of: y.rollout, killed: no", "", x(nil), NotMeasured},
		{"half is unknown", none, "of: y.rollout, killed: no", x(drops(1, "reset")), NotMeasured},
		{"cause", "of: x.rollout, stream: fresh, anyCause: [refused, reset]", "", x(drops(1, "reset")), True},
		{"another cause", "of: x.rollout, stream: fresh, anyCause: [refused]", "", x(drops(1, "reset")), False},
		{"of several", "of: ['x.*', y.rollout], stream: fresh, dropped: none", "", append(x(nil), three(trialOf("y", nil))...), True},
		{"one of several", "of: ['x.*', y.rollout], stream: fresh, dropped: none", "", append(x(nil), three(trialOf("y", drops(1, "reset")))...), False},
		{"one of several is missing", "of: ['x.*', y.rollout], stream: fresh, dropped: none", "", x(nil), NotMeasured},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, c.true_, c.half, c.trials)
			if a.Answer != c.want || (a.Under != "") != (c.want == HalfTrue) || (len(a.Missing) > 0) != (c.want == NotMeasured) {
				t.Errorf("%+v, want %s", a, c.want)
			}
			if c.want != NotMeasured && len(a.Figures) == 0 {
				t.Error("no figures beside the answer")
			}
		})
	}
}

func TestFactsOfPods(t *testing.T) {
	first := func(change func(*report.Pod)) func(*report.Trial) {
		return func(t *report.Trial) { change(&t.Pods[0]) }
	}
	flying := func(kept, cut, unknown int) func(*report.Trial) {
		return first(func(p *report.Pod) { p.Drain.InFlight = &report.InFlight{Kept: kept, Cut: cut, Unknown: unknown} })
	}
	met := func(m report.Met) func(*report.Trial) {
		return func(t *report.Trial) { t.NewWhileDraining = &m }
	}
	for _, c := range []struct {
		name, check string
		change      func(*report.Trial)
		want        string
	}{
		{"kept", "inFlight: kept", flying(2, 0, 0), True},
		{"kept but one", "inFlight: kept", flying(2, 1, 0), False},
		{"cut", "inFlight: cut", flying(2, 1, 0), True},
		{"one is unknown", "inFlight: kept", flying(2, 0, 1), NotMeasured},
		{"none was in flight", "inFlight: kept", flying(0, 0, 0), NotMeasured},
		{"no log", "inFlight: kept", first(func(p *report.Pod) { p.Drain.InFlight = nil }), NotMeasured},
		{"idle cut", "idle: cut", first(func(p *report.Pod) { p.Drain.Idle = report.Idle{Told: 1, Cut: 1} }), True},
		{"idle spared", "idle: spared", first(func(p *report.Pod) { p.Drain.Idle = report.Idle{Told: 1, Closed: 1} }), True},
		{"none was idle", "idle: spared", nil, NotMeasured},
		{"refused", "newConnections: refused", met(report.Met{Refused: 2}), True},
		{"refused and reset", "newConnections: refused", met(report.Met{Refused: 2, Reset: 1}), False},
		{"refused after a while", "newConnections: refusedOrServed", met(report.Met{Served: 1, Refused: 2}), True},
		{"never refused", "newConnections: refusedOrServed", met(report.Met{Served: 1}), False},
		{"reset besides", "newConnections: refusedOrServed", met(report.Met{Served: 1, Refused: 2, Reset: 1}), False},
		{"none came", "newConnections: refused", nil, NotMeasured},
		{"signalled", "signalled: yes", nil, True},
		{"not signalled", "signalled: no", first(func(p *report.Pod) { p.Signals = &[]string{} }), True},
		{"unknown whether signalled", "signalled: no", first(func(p *report.Pod) { p.Signals = nil }), NotMeasured},
		{"killed", "killed: yes", first(func(p *report.Pod) { p.Killed = new(true) }), True},
		{"not killed", "killed: yes", nil, False},
		{"exit code", "exitCode: 0", nil, True},
		{"another exit code", "exitCode: 143", nil, False},
		{"exit time", "exitTime: {atLeast: 500ms, atMost: 2s}", nil, True},
		{"too late", "exitTime: {atMost: 900ms}", nil, False},
		{"too early", "exitTime: {atLeast: 2s}", nil, False},
		{"on the edge of what is known", "exitTime: {atMost: 1050ms}", nil, NotMeasured},
		{"late hits", "lateHits: none", nil, True},
		{"of those with the code", "exited: 0, inFlight: kept", flying(1, 0, 0), True},
		{"none with the code", "exited: 143, inFlight: kept", flying(1, 0, 0), NotMeasured},
		{"new after an unknown signal", "newAfterSignal: none", nil, NotMeasured},
		{"new after the signal", "newAfterSignal: some", met(report.Met{Served: 1}), True},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := ask(t, "of: x.rollout, "+c.check, "", three(trialOf("x", c.change))); a.Answer != c.want {
				t.Errorf("%+v, want %s", a, c.want)
			}
		})
	}
}

// One pod in many that does not tell, or that did otherwise, need not decide.
func TestAmongPods(t *testing.T) {
	pods := func(n int, first func(*report.Pod), others func(*report.Pod)) []report.Trial {
		return three(trialOf("x", func(t *report.Trial) {
			t.Pods = nil
			for i := range n {
				p := report.Pod{Drain: &report.Drain{}}
				if i == 0 {
					first(&p)
				} else {
					others(&p)
				}
				t.Pods = append(t.Pods, p)
			}
		}))
	}
	unknown := func(*report.Pod) {}
	silent := func(p *report.Pod) { p.Signals = &[]string{} }
	wasKilled := func(is bool) func(*report.Pod) { return func(p *report.Pod) { p.Killed = &is } }
	for _, c := range []struct {
		name, check string
		trials      []report.Trial
		want        string
	}{
		{"one log in three was cut", "signalled: no", pods(3, unknown, silent), True},
		{"all were", "signalled: no", pods(3, unknown, unknown), NotMeasured},
		{"one in three was not killed", "killed: mostly", pods(3, wasKilled(false), wasKilled(true)), True},
		{"that is not all", "killed: yes", pods(3, wasKilled(false), wasKilled(true)), False},
		{"half is not most", "killed: mostly", pods(2, wasKilled(false), wasKilled(true)), False},
		{"nobody knows", "killed: mostly", pods(3, unknown, unknown), NotMeasured},
	} {
		if a := ask(t, "of: x.rollout, "+c.check, "", c.trials); a.Answer != c.want {
			t.Errorf("%s: %+v, want %s", c.name, a, c.want)
		}
	}
}

// How many scenarios it must hold for is said by the check.
func TestQuantified(t *testing.T) {
	for _, c := range []struct {
		of                  string
		held, against, open int
		want                truth
	}{
		{"", 2, 0, 0, yes}, {forAll, 2, 0, 0, yes}, {"", 2, 1, 5, no}, {"", 2, 0, 1, unknown},
		{forSome, 1, 9, 9, yes}, {forSome, 0, 9, 1, unknown}, {forSome, 0, 9, 0, no},
		{forMost, 9, 1, 0, yes}, {forMost, 8, 1, 0, no}, {forMost, 8, 1, 1, unknown}, {forMost, 18, 1, 1, yes}, {forMost, 0, 0, 2, unknown},
	} {
		if got := quantified(c.of, c.held, c.against, c.open); got != c.want {
			t.Errorf("%q of %d, %d, %d: %d, want %d", c.of, c.held, c.against, c.open, got, c.want)
		}
	}
	trials := append(three(trialOf("x", nil)), three(trialOf("y", drops(1, "reset")))...)
	for check, want := range map[string]string{"for: some": True, "for: most": False, "for: all": False} {
		if a := ask(t, "of: ['x.*', 'y.*'], stream: fresh, dropped: none, "+check, "", trials); a.Answer != want {
			t.Errorf("%s: %+v, want %s", check, a, want)
		}
	}
}

// A scenario in which nothing came to a draining pod says nothing about what would
// have, and does not leave the others' question open.
func TestVacuous(t *testing.T) {
	refused := trialOf("x", func(t *report.Trial) { t.NewWhileDraining = &report.Met{Refused: 2} })
	trials := append(three(refused), three(trialOf("x-prestop", nil))...)
	if a := ask(t, "of: 'x*.rollout', newConnections: refused", "", trials); a.Answer != True || len(a.Figures) != 1 {
		t.Errorf("%+v", a)
	}
	if a := ask(t, "of: 'x*.rollout', newConnections: served, for: some", "", trials); a.Answer != False {
		t.Errorf("%+v", a)
	}
	if a := ask(t, "of: x-prestop.rollout, newConnections: refused", "", trials); a.Answer != NotMeasured || len(a.Missing) != 1 {
		t.Errorf("%+v", a)
	}
}

// What is known and was not measured leaves a pattern open.
func TestAPatternMeansAllThatThereIs(t *testing.T) {
	trials := three(trialOf("x-prestop", nil))
	const check = "of: '*-prestop.rollout', stream: fresh, dropped: none"
	if a := ask(t, check, "", trials, "x-prestop.rollout"); a.Answer != True {
		t.Errorf("%+v", a)
	}
	a := ask(t, check, "", trials, "x-prestop.rollout", "y-prestop.rollout")
	if a.Answer != NotMeasured || len(a.Missing) != 1 || a.Missing[0] != "y-prestop.rollout fresh: 0 of 3 conclusive trials" {
		t.Errorf("%+v", a)
	}
}

// Trials of a model do not count beside real ones, and are told where they do.
func TestModelled(t *testing.T) {
	model := trialOf("x", drops(1, "reset"))
	model.Meta.Cluster = history.ClusterInfo{Type: "local", Modelled: true}
	const check = "of: x.rollout, stream: fresh, dropped: none"
	if a := ask(t, check, "", three(model)); a.Answer != False || !a.Modelled {
		t.Errorf("%+v", a)
	}
	if a := ask(t, check, "", append(three(model), three(trialOf("x", nil))...)); a.Answer != True || a.Modelled {
		t.Errorf("%+v", a)
	}
}

// A check can ask for many deletions, of all that it is about together.
func TestDeletions(t *testing.T) {
	trials := append(three(trialOf("x", nil)), three(trialOf("y", nil))...)
	const both = "of: [x.rollout, y.rollout], killed: no, deletions: "
	if a := ask(t, both+"6", "", trials); a.Answer != True {
		t.Errorf("of 6 deletions: %+v", a)
	}
	a := ask(t, both+"7", "", trials)
	if want := "x.rollout, y.rollout: 6 of 7 deletions"; a.Answer != NotMeasured || len(a.Missing) != 1 || a.Missing[0] != want {
		t.Errorf("of 7 deletions: %+v, want %s", a, want)
	}
	// What speaks against it does so however few there are.
	if a := ask(t, "of: x.rollout, killed: yes, deletions: 7", "", trials); a.Answer != False {
		t.Errorf("against it: %+v", a)
	}
}

// A fact about pods can be asked of the trials that have a stream.
func TestWith(t *testing.T) {
	busy := trialOf("x", func(t *report.Trial) { t.Streams[0].Name, t.Pods[0].Killed = "busy", new(true) })
	trials := append(three(trialOf("x", nil)), three(busy)...)
	for checks, want := range map[string]string{
		"of: x.rollout, with: busy, killed: yes": True, "of: x.rollout, with: fresh, killed: no": True,
		"of: x.rollout, with: slow, killed: no": NotMeasured, "of: x.rollout, killed: no": False,
	} {
		if a := ask(t, checks, "", trials); a.Answer != want {
			t.Errorf("%s: %+v, want %s", checks, a, want)
		}
	}
}

func TestTheShutdownPart(t *testing.T) {
	hook := func(underWay ...int) []report.Trial {
		return three(trialOf("x", func(t *report.Trial) {
			t.Pods = nil
			for _, n := range underWay {
				d := &report.Drain{Hook: &report.Hook{UnderWay: n}}
				if n < 0 {
					d.Hook = nil
				}
				t.Pods = append(t.Pods, report.Pod{Drain: d})
			}
		}))
	}
	for _, c := range []struct {
		name, word string
		trials     []report.Trial
		want       string
	}{
		{"after", "after", hook(0, 0), True},
		{"under a request", "after", hook(0, 1), False},
		{"under a request, as claimed", "before", hook(0, 1), True},
		{"never under one", "before", hook(0, 0), False},
		{"one did not tell", "after", hook(0, -1), NotMeasured},
		{"one did not tell, another one did", "after", hook(1, -1), False},
		{"none told", "after", hook(-1), NotMeasured},
	} {
		if a := ask(t, "of: x.rollout, shutdownPart: "+c.word, "", c.trials); a.Answer != c.want {
			t.Errorf("%s: %+v, want %s", c.name, a, c.want)
		}
	}
}
