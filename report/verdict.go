package report

import (
	"fmt"
	"strings"
	"time"

	"zarif/report/history"
)

const (
	// missedPermille of a stream's hits may be missed before its load is not punctual.
	missedPermille = 1
	// sendLagLimit is the p99 of the send lag above which load is not punctual, in
	// milliseconds; on two cores with three nodes a rollout showed 54.
	sendLagLimit = 200
)

// A doubt is a reason for a trial not to be a pass. A grave one questions what was
// counted, or that the disruption was what caused it, and so rules out a fail too.
type doubt struct {
	grave bool
	text  string
}

// judgement collects what speaks against a pass.
type judgement struct {
	ev      *evidence
	trial   *Trial
	tallies []tally
	windows windows
	doubts  []doubt
}

// judge decides a trial's verdict and reasons.
//
// fail: a stream dropped more than its budget, the baseline was clean, the load
// punctual, and the history can be trusted, even when the disruption never
// completed. pass: within budget, and nothing speaks against it. Otherwise it is
// inconclusive. Drops of hits that asked for a fault count towards the budget but
// do not soil the baseline. Drops in the warm-up count in every sum, but nothing had
// been done to the target yet: they stand against a pass and never make a fail.
func (j *judgement) judge(pods *lives) {
	over := j.overBudget()
	j.history()
	j.windowsSeen()
	for i := range j.trial.Streams {
		j.beforehand(i)
		j.punctual(&j.trial.Streams[i])
		j.unresolved(&j.trial.Streams[i])
	}
	j.disruption()
	j.exposure(pods)
	j.restarts(pods)
	j.contradictions()

	grave := false
	reasons := []string{}
	for _, d := range j.doubts {
		grave = grave || d.grave
		reasons = append(reasons, d.text)
	}
	switch {
	case len(over) > 0 && !grave:
		j.trial.Verdict = Fail
		reasons = append(over, reasons...)
	case len(over) == 0 && len(reasons) == 0:
		j.trial.Verdict = Pass
	default:
		j.trial.Verdict = Inconclusive
		reasons = append(reasons, over...)
	}
	j.trial.Reasons = reasons
}

func (j *judgement) doubt(format string, args ...any) {
	j.doubts = append(j.doubts, doubt{text: fmt.Sprintf(format, args...)})
}

func (j *judgement) grave(format string, args ...any) {
	j.doubts = append(j.doubts, doubt{grave: true, text: fmt.Sprintf(format, args...)})
}

// overBudget says which streams dropped more than their budget.
func (j *judgement) overBudget() (over []string) {
	for i := range j.trial.Streams {
		s, budget := &j.trial.Streams[i], j.ev.meta.Streams[i].Budget
		if j.held(i) > budget {
			over = append(over, overBudget(s, budget))
		}
	}
	return over
}

func overBudget(s *Stream, budget int) string {
	return fmt.Sprintf("stream %s: %d of %d hits were dropped, its budget is %d", s.Name, s.Dropped, s.Sent, budget)
}

// held is how many of a stream's drops are held against its budget.
func (j *judgement) held(i int) int {
	return j.trial.Streams[i].Dropped - j.tallies[i].dropped[history.WindowWarmup]
}

// beforehand doubts a stream that dropped hits, or lost sight of some, before
// anything had been done to the target.
func (j *judgement) beforehand(i int) {
	s := &j.trial.Streams[i]
	if n := j.tallies[i].dropped[history.WindowBaseline]; n > 0 {
		j.grave("stream %s: the baseline dropped %d of %d hits, before anything was done to the target",
			s.Name, n, s.Windows[history.WindowBaseline].Sent)
	}
	if n := s.Windows[history.WindowBaseline].Unresolved; n > 0 {
		j.grave("stream %s: the end of %d hits of the baseline is unknown", s.Name, n)
	}
	if n := j.tallies[i].dropped[history.WindowWarmup]; n > 0 {
		j.doubt("stream %s: the warm-up dropped %d of %d hits, before anything was done to the target",
			s.Name, n, s.Windows[history.WindowWarmup].Sent)
	}
}

// punctual doubts a stream whose load was not what was asked for.
func (j *judgement) punctual(s *Stream) {
	if s.Missed*1000 > s.Scheduled*missedPermille {
		j.grave("stream %s: %d of %d hits were missed, more than 0.1 %%: this machine could not keep up", s.Name, s.Missed, s.Scheduled)
	}
	if s.SendLag != nil && s.SendLag.P99 > sendLagLimit {
		j.grave("stream %s: one hit in a hundred left %.0f ms late or more, the limit is %d ms: this machine could not keep up",
			s.Name, s.SendLag.P99, sendLagLimit)
	}
}

func (j *judgement) unresolved(s *Stream) {
	if s.Unresolved > 0 {
		j.doubt("stream %s: the end of %d of %d hits is unknown", s.Name, s.Unresolved, s.Sent)
	}
}

// contradictions doubt both what the client and what the servers say.
func (j *judgement) contradictions() {
	if l := j.trial.Ledger; l != nil && l.ContradictionsTotal > 0 {
		j.grave("the server's log and the client's hits contradict each other in %d places, first: %s",
			l.ContradictionsTotal, l.Contradictions[0].Text)
	}
}

// restarts doubt a trial in which a container restarted that should not have.
func (j *judgement) restarts(pods *lives) {
	total := 0
	var which []string
	for _, l := range pods.list {
		if n := l.restartsSeen(); n > 0 {
			total += n
			which = append(which, fmt.Sprintf("%s %d×", l.name, n))
		}
	}
	if allowed := j.ev.meta.Restarts; total > allowed {
		j.doubt("containers restarted %d times (%s), the disruption %s accounts for %d", total, strings.Join(which, ", "), j.ev.meta.Disruption, allowed)
	}
}

// exposure doubts that a stream could have shown anything.
func (j *judgement) exposure(pods *lives) {
	if j.ev.meta.Disruption == "none" || j.windows.disruption < 0 {
		return
	}
	x := j.ev.exposure(j.windows, pods)
	for i := range j.trial.Streams {
		name := j.trial.Streams[i].Name
		answered, during := j.ev.exposed(i, j.windows, pods, x)
		needed := hitsNeeded(&j.ev.meta.Streams[i])
		switch {
		case x.pods == 0:
			j.doubt("stream %s was not exposed: no pod was seen to be taken away", name)
		case j.ev.meta.Users && during >= needed:
			j.unnamed(i, pods)
		case answered == 0 && !j.ev.meta.Users:
			j.doubt("stream %s was not exposed: none of its baseline hits was answered by a pod that the disruption took away (%d were)", name, x.pods)
		case during < needed:
			j.doubt("stream %s was not exposed: only %d of its hits fell between the first deletion and %s after the last exit, it takes %d",
				name, during, exposedAfter.Duration().Round(time.Second), needed)
		}
	}
}
