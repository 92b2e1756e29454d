package claims

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zarif/report"
)

// truth has three values: what is not known is neither. A fact can also be vacuous:
// trials show nothing that it is about, and no more of them would.
type truth int

const (
	unknown truth = iota
	no
	yes
	vacuous
)

func of(b bool) truth {
	if b {
		return yes
	}
	return no
}

// form is what a fact is compared with.
type form int

const (
	formWord form = iota
	formCode
	formRange
	formCauses
)

// A fact is one thing that trials show. Either stream or pods is set. The second
// result is the figure that decides, for a reader.
type fact struct {
	name   string
	form   form
	words  []string
	stream func(c Check, s []report.Stream) (truth, string)
	pods   func(c Check, trials []report.Trial, pods []report.Pod) (truth, string)
}

var facts = []fact{
	{name: "dropped", words: []string{"none", "some"}, stream: dropped},
	{name: "masked", words: []string{"none", "some"}, stream: masked},
	{name: "anyCause", form: formCauses, stream: anyCause},
	{name: "inFlight", words: []string{"kept", "cut"}, pods: inFlight},
	{name: "idle", words: []string{"spared", "cut"}, pods: idle},
	{name: "newConnections", words: []string{"refused", "refusedOrServed", "reset", "served", "hung", "errors"}, pods: newConnections},
	{name: "newAfterSignal", words: []string{"none", "some"}, pods: newAfterSignal},
	{name: "shutdownPart", words: []string{"after", "before"}, pods: shutdownPart},
	{name: "lateHits", words: []string{"none", "some"}, pods: lateHits},
	{name: "signalled", words: []string{"yes", "no"}, pods: signalled},
	{name: "killed", words: []string{"yes", "mostly", "no"}, pods: killed},
	{name: "exitCode", form: formCode, pods: exitCode},
	{name: "exitTime", form: formRange, pods: exitTime},
}

// Facts are the names of all that a check can ask for.
func Facts() (names []string) {
	for _, f := range facts {
		names = append(names, f.name)
	}
	return names
}

func factNamed(name string) (fact, bool) {
	i := slices.IndexFunc(facts, func(f fact) bool { return f.name == name })
	if i < 0 {
		return fact{}, false
	}
	return facts[i], true
}

// dropped: none in no trial, some in one at least.
func dropped(c Check, streams []report.Stream) (truth, string) {
	n, sent, causes := 0, 0, map[string]int{}
	for _, s := range streams {
		n, sent = n+s.Dropped, sent+s.Sent
		for cause, count := range s.Causes {
			causes[cause] += count
		}
	}
	return of((n > 0) == (c.Word == "some")), fmt.Sprintf("%d of %d dropped%s", n, sent, causesText(causes))
}

func causesText(causes map[string]int) string {
	var parts []string
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		parts = append(parts, fmt.Sprintf("%s %d", cause, causes[cause]))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func masked(c Check, streams []report.Stream) (truth, string) {
	n, sent := 0, 0
	for _, s := range streams {
		n, sent = n+s.Masked, sent+s.Sent
	}
	return of((n > 0) == (c.Word == "some")), fmt.Sprintf("%d of %d sent again by the client", n, sent)
}

// anyCause: at least one hit was dropped with one of the causes.
func anyCause(c Check, streams []report.Stream) (truth, string) {
	_, figure := dropped(c, streams)
	for _, s := range streams {
		for _, cause := range c.Causes {
			if s.Causes[cause] > 0 {
				return yes, figure
			}
		}
	}
	return no, figure
}

// inFlight: kept is every request that was being served when its pod was asked to
// end, cut is one at least that was not. Where none was, neither is known.
func inFlight(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	var sum report.InFlight
	for _, p := range pods {
		if p.Drain != nil && p.Drain.InFlight != nil {
			sum.Kept += p.Drain.InFlight.Kept
			sum.Cut += p.Drain.InFlight.Cut
			sum.Unknown += p.Drain.InFlight.Unknown
		}
	}
	figure := fmt.Sprintf("in flight %d kept, %d cut", sum.Kept, sum.Cut)
	if sum.Unknown > 0 {
		figure += fmt.Sprintf(", %d unknown", sum.Unknown)
	}
	switch {
	case sum.Cut > 0:
		return of(c.Word == "cut"), figure
	case sum.Kept > 0 && sum.Unknown == 0:
		return of(c.Word == "kept"), figure
	}
	return unknown, figure
}

// shutdownPart: after is the part of every application that its framework runs at
// the end begun when no request was being served any more, before is one at least
// begun under one.
func shutdownPart(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	began, early := 0, 0
	for _, p := range pods {
		if p.Drain != nil && p.Drain.Hook != nil {
			if began++; p.Drain.Hook.UnderWay > 0 {
				early++
			}
		}
	}
	figure := fmt.Sprintf("the shutdown part began in %d of %d pods, in %d of them while requests were being served", began, len(pods), early)
	switch {
	case early > 0:
		return of(c.Word == "before"), figure
	case began > 0 && began == len(pods):
		return of(c.Word == "after"), figure
	}
	return unknown, figure
}

// idle: cut is a kept-alive connection at least that was closed under a request.
func idle(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	var sum report.Idle
	for _, p := range pods {
		if p.Drain != nil {
			sum.Told += p.Drain.Idle.Told
			sum.Closed += p.Drain.Idle.Closed
			sum.Cut += p.Drain.Idle.Cut
		}
	}
	figure := fmt.Sprintf("idle connections: %d told to close, %d closed, %d closed under a request", sum.Told, sum.Closed, sum.Cut)
	if sum == (report.Idle{}) {
		return unknown, figure
	}
	return of((sum.Cut > 0) == (c.Word == "cut")), figure
}

// newConnections: all that are known to have come to a draining pod met this;
// refusedOrServed is either, and both came.
func newConnections(c Check, trials []report.Trial, _ []report.Pod) (truth, string) {
	met := map[string]int{}
	for _, t := range trials {
		if m := t.NewWhileDraining; m != nil {
			met["served"] += m.Served
			met["refused"] += m.Refused
			met["reset"] += m.Reset
			met["hung"] += m.Hung
			met["errors"] += m.Errors
			met["other"] += m.Other
		}
	}
	maps.DeleteFunc(met, func(_ string, n int) bool { return n == 0 })
	figure := "new connections while draining" + causesText(met)
	if len(met) == 0 {
		return vacuous, "no new connection is known to have come while draining"
	}
	if c.Word == "refusedOrServed" {
		return of(len(met) == 2 && met["refused"] > 0 && met["served"] > 0), figure
	}
	return of(len(met) == 1 && met[c.Word] > 0), figure
}

// newAfterSignal: a new connection came to a pod after it had been asked to end.
func newAfterSignal(c Check, trials []report.Trial, pods []report.Pod) (truth, string) {
	after, latest, blind := 0, time.Duration(0), false
	for _, p := range pods {
		switch {
		case p.SIGTERM.IsZero():
			blind = true
		case p.LastNewConnection.After(p.SIGTERM):
			after++
			latest = max(latest, p.LastNewConnection.Sub(p.SIGTERM))
		}
	}
	met := 0
	for _, t := range trials {
		if m := t.NewWhileDraining; m != nil {
			met += m.Served + m.Refused + m.Reset + m.Hung + m.Errors + m.Other
		}
	}
	figure := fmt.Sprintf("new connections after the signal: %d, to %d of %d pods", met, after, len(pods))
	if latest > 0 {
		figure += fmt.Sprintf(", up to %.1f s after it", latest.Seconds())
	}
	if after == 0 && met == 0 && blind {
		return unknown, figure + " (not every signal was logged)"
	}
	return of((after > 0 || met > 0) == (c.Word == "some")), figure
}

func lateHits(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	late, known := 0, false
	for _, p := range pods {
		if p.LateHits != nil {
			late, known = late+*p.LateHits, true
		}
	}
	if !known {
		return unknown, "no deletion was seen"
	}
	return of((late > 0) == (c.Word == "some")), fmt.Sprintf("%d hits reached %d pods after their deletion", late, len(pods))
}
