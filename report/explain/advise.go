package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"zarif/report"
)

// Advise puts the advice that its trials carry into every scenario. It asks for
// trials that were explained; without findings there is none.
func Advise(r *report.Results) {
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		var trials []report.Trial
		for _, t := range r.Trials {
			if t.Scenario == s.Scenario {
				trials = append(trials, t)
			}
		}
		s.Advice = advice(trials)
	}
}

// families are mechanisms with one cure, and what says it.
var families = []struct {
	mechanisms []string
	say        func([]report.Trial, *report.Advice)
}{
	{[]string{LateEndpoint, GoneAddress, NeverServed, StaleEntry}, stay},
	{[]string{IdleRace}, tellClients},
	{[]string{InFlightCut, Truncated}, finish},
	{[]string{InFlightKilled}, longerGrace},
	{[]string{NotReady}, nil},
	{[]string{NoEndpoint}, nil},
	{[]string{Overload}, nil},
	{[]string{Gateway}, nil},
	{[]string{Application}, nil},
}

// advice is that of one scenario, what would save most hits first.
func advice(trials []report.Trial) (list []report.Advice) {
	general := map[string]string{}
	for _, m := range mechanisms() {
		general[m.name] = m.advice
	}
	for _, family := range families {
		a := report.Advice{}
		for _, t := range trials {
			for _, f := range t.Findings {
				if slices.Contains(family.mechanisms, f.Mechanism) {
					a.Hits += f.Hits
					if !slices.Contains(a.Mechanisms, f.Mechanism) {
						a.Mechanisms = append(a.Mechanisms, f.Mechanism)
					}
				}
			}
		}
		if a.Hits == 0 {
			continue
		}
		slices.Sort(a.Mechanisms)
		a.Text = general[family.mechanisms[0]]
		switch {
		case family.say != nil && killedOnly(trials):
			a.Text = killedAdvice
		case family.say != nil:
			family.say(trials, &a)
		case slices.Contains(a.Mechanisms, Gateway) && spentOn(trials):
			a.Text += patience
		}
		list = append(list, a)
	}
	slices.SortStableFunc(list, func(a, b report.Advice) int { return cmp.Compare(b.Hits, a.Hits) })
	return list
}

const killedAdvice = "the processes were killed, not asked to end: no hook and no handler runs then. What repeats requests helps (the edge, the client), and a readiness probe that takes the pod out of service soon"

// killedOnly reports whether no pod was deleted: then nothing was asked to end.
func killedOnly(trials []report.Trial) bool {
	for _, t := range trials {
		for _, p := range t.Pods {
			if p.TakenAway && !p.Deleted.IsZero() {
				return false
			}
		}
	}
	return true
}

// stay says for how long pods should go on serving: as long as new connections
// were still led to one after its deletion.
func stay(trials []report.Trial, a *report.Advice) {
	var late sample
	for _, t := range trials {
		for _, p := range t.Pods {
			if !p.TakenAway || p.Deleted.IsZero() {
				continue
			}
			if !p.LastAttempt.IsZero() {
				late = append(late, max(0, p.LastAttempt.Sub(p.Deleted).Seconds()))
			}
		}
	}
	if len(late) == 0 {
		return
	}
	sleep := max(1, math.Ceil(late.longest()))
	a.Sample = len(late)
	a.Covers = new(late.covers())
	a.Cost = new(sleep)
	a.Text = fmt.Sprintf("preStop sleep %.0f s (longest of %s %.1f s, rounded up; %s); you have %s. "+
		"It keeps each pod %.0f s longer; a Deployment does not wait for pods that end, so that a rollout of %s is over that much later in all, a StatefulSet's that much per pod",
		sleep, plural(len(late), "deletion"), late.longest(), carried(late), had(trials), sleep, plural(replicas(trials), "pod"))
}

// carried says what the longest of a sample covers, and how many trials it takes
// where that is not enough.
func carried(s sample) string {
	if len(s) >= needed() {
		return fmt.Sprintf("covers ≥ %.0f %% at 95 %% confidence", math.Floor(100*s.covers()))
	}
	return fmt.Sprintf("%d deletions are too few to say that it covers 90 %% at 95 %% confidence, that takes %d", len(s), needed())
}

func had(trials []report.Trial) string { return cmp.Or(trials[0].Meta.PreStop, "none") }

func replicas(trials []report.Trial) int { return trials[0].Meta.Replicas }

func tellClients(_ []report.Trial, a *report.Advice) {
	a.Text = fmt.Sprintf("send Connection: close while draining, and close idle connections only after that: %s closed under a request", was(a.Hits, "kept-alive connection"))
}

// finish says how long requests take that were to be finished.
func finish(trials []report.Trial, a *report.Advice) {
	a.Text = fmt.Sprintf("handle SIGTERM by finishing what was begun: %s cut off", was(a.Hits, "request"))
	if slowest := slowest(trials); slowest > 0 {
		a.Text += fmt.Sprintf("; the slowest answer took %.2f s, and the grace period is %s", slowest, trials[0].Meta.Grace)
	}
}

func longerGrace(trials []report.Trial, a *report.Advice) {
	m := trials[0].Meta
	a.Text = fmt.Sprintf("%s still being served when the grace period of %s was over", was(a.Hits, "request"), m.Grace)
	hook := 0.0
	if n, err := fmt.Sscanf(m.PreStop, "sleep %f", &hook); err == nil && n == 1 {
		a.Text += fmt.Sprintf(", of which preStop leaves %.0f s", m.Grace.Seconds()-hook)
	}
	if slowest := slowest(trials); slowest > 0 {
		a.Text += fmt.Sprintf("; the slowest request that was answered took %.2f s", slowest)
	}
	a.Text += ": raise terminationGracePeriodSeconds, or bring the work down"
}

// slowest is the longest latency of an answered hit, in seconds; 0: none was.
func slowest(trials []report.Trial) (longest float64) {
	for _, t := range trials {
		for _, s := range t.Streams {
			for _, w := range s.Windows {
				if w.Latency != nil {
					longest = max(longest, w.Latency.Max/1000)
				}
			}
		}
	}
	return longest
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// was is plural with its verb.
func was(n int, what string) string {
	verb := "were"
	if n == 1 {
		verb = "was"
	}
	return strings.Join([]string{plural(n, what), verb}, " ")
}
