package explain

import (
	"fmt"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A remark's kinds, in the order in which they are reported.
const (
	SignalUnheard = "signal-unheard" // SIGTERM never reached the application
	GraceTooShort = "grace-too-short"
	HookFailed    = "prestop-failed"
	Restarted     = "restarted"
	ExitCode      = "exit-code"
	SlowExit      = "slow-exit"
)

// slowExit is how many seconds more than its preStop sleep a pod may take to exit
// before that is remarked on. Some that go on serving for a few seconds do so with
// good reason: it is the cure for most losses.
const slowExit = 10

// remarks are about the pods that were taken away, hit or no hit.
func (c *inquiry) remarks(t *report.Trial) (list []report.Remark) {
	table := []struct {
		kind, summary, advice string
		holds                 func(*report.Pod) (evidence string, ok bool)
	}{
		{SignalUnheard, "SIGTERM never reached the application: it ended only by SIGKILL, with its grace period used up",
			"run the application as PID 1 or under one that passes signals on (exec form of the command, tini), and handle SIGTERM", c.unheard},
		{GraceTooShort, "the grace period was shorter than preStop and drain together",
			"raise terminationGracePeriodSeconds, or shorten the drain", c.tooShort},
		{HookFailed, "the preStop hook failed or did not run to its end",
			"run the hook's command in the image by hand: a hook that fails is no delay", c.hookFailed},
		{Restarted, "a container was started again that the disruption did not stop", "look at why it ended: its own log, OOM, liveness probe", c.restarted},
		{ExitCode, "the application did not exit with 0", "handle SIGTERM and exit with 0 once drained, or monitoring takes every rollout for a crash", c.exitCode},
		{SlowExit, "pods took long to exit, so that the rollout was over late", "close idle connections when draining, and leave out what nobody waits for", c.slow},
	}
	for _, row := range table {
		r := report.Remark{Kind: row.kind, Summary: row.summary, Advice: row.advice, Pods: []string{}, Evidence: []string{}}
		for i := range t.Pods {
			if text, ok := row.holds(&t.Pods[i]); ok {
				r.Pods = append(r.Pods, t.Pods[i].Name)
				r.Evidence = append(r.Evidence, fmt.Sprintf("pod %s: %s", t.Pods[i].Name, text))
			}
		}
		if waited := overLate(t); row.kind == SlowExit && len(r.Pods) > 0 && waited > 0 {
			r.Evidence = append(r.Evidence, fmt.Sprintf("the last old pod had exited %.1f s after the last new one was ready: by so much the rollout was over later", waited.Seconds()))
		}
		if len(r.Pods) > 0 {
			r.ID = fmt.Sprintf("r%d", len(list)+1)
			list = append(list, r)
		}
	}
	return list
}

// overLate is for how long a rollout waited for old pods alone; 0: it did not, or it
// was none.
func overLate(t *report.Trial) time.Duration {
	var ready, exited time.Time
	for _, p := range t.Pods {
		switch {
		case p.Role == report.RoleNew && p.Ready.After(ready):
			ready = p.Ready
		case p.Role == report.RoleOld && p.TakenAway && p.Exited.After(exited):
			exited = p.Exited
		}
	}
	if t.Disruption != "rollout" || ready.IsZero() || exited.IsZero() {
		return 0
	}
	return max(0, exited.Sub(ready))
}

func killed(p *report.Pod) bool {
	return p.TakenAway && p.Killed != nil && *p.Killed && p.GraceUsed != nil
}

// unheard takes a log that was read to its end and holds no signal: a kill leaves
// no exit line, but nothing was written that was not read.
func (c *inquiry) unheard(p *report.Pod) (string, bool) {
	if !killed(p) || p.Signals == nil || len(*p.Signals) > 0 || c.forced(p) {
		return "", false
	}
	return fmt.Sprintf("exit code 137 after %.1f s of %.0f s grace, and no signal in its log, which was read to its end", *p.GraceUsed, *p.GraceLimit), true
}

func (c *inquiry) tooShort(p *report.Pod) (string, bool) {
	if !killed(p) || p.Signals != nil && len(*p.Signals) == 0 || c.forced(p) {
		return "", false
	}
	text := fmt.Sprintf("killed after %.1f s of %.0f s grace", *p.GraceUsed, *p.GraceLimit)
	if p.Signals == nil {
		return text + "; whether it had heard SIGTERM is not known, since its log does not tell", true
	}
	return text + "; it had heard " + strings.Join(*p.Signals, ", "), true
}

func (c *inquiry) hookFailed(p *report.Pod) (string, bool) {
	of := c.byName[p.Name]
	if of == nil {
		return "", false
	}
	for _, e := range of.cluster {
		if e.Attrs["reason"] == "FailedPreStopHook" {
			return "FailedPreStopHook: " + e.Attrs["message"], true
		}
	}
	hook, signal := history.MicrosOf(c.preStopSleep()), of.latest().signal
	if hook == 0 || of.forced || of.deleted == 0 || signal == 0 || signal-of.deleted >= hook-newsLag {
		return "", false
	}
	return fmt.Sprintf("SIGTERM came %.1f s after its deletion, long before a sleep of %.0f s can have been over",
		(signal - of.deleted).Duration().Seconds(), hook.Duration().Seconds()), true
}

// forced reports whether the pod was deleted with a grace period of 0: what it is
// left with then says nothing of its set-up.
func (c *inquiry) forced(p *report.Pod) bool {
	of := c.byName[p.Name]
	return of != nil && of.forced
}

func (c *inquiry) restarted(p *report.Pod) (string, bool) {
	if p.Restarts == nil || *p.Restarts == 0 || c.meta.Restarts > 0 {
		return "", false
	}
	return plural(*p.Restarts, "restart"), true
}

func (c *inquiry) exitCode(p *report.Pod) (string, bool) {
	of := c.byName[p.Name]
	if !p.TakenAway || p.Deleted.IsZero() || p.ExitCode == nil || *p.ExitCode == 0 || killed(p) || of == nil || of.forced || of.latest().killed != 0 {
		return "", false
	}
	return fmt.Sprintf("exit code %d", *p.ExitCode), true
}

func (c *inquiry) slow(p *report.Pod) (string, bool) {
	if !p.TakenAway || p.GraceUsed == nil {
		return "", false
	}
	if *p.GraceUsed < c.preStopSleep().Seconds()+slowExit {
		return "", false
	}
	text := fmt.Sprintf("%.1f s from its deletion to its exit", *p.GraceUsed)
	if of := c.byName[p.Name]; of != nil {
		if r := of.latest(); r.drained != 0 && r.exit.from > r.drained {
			text += fmt.Sprintf(", of which %.1f s after nothing was in flight any more", (r.exit.from - r.drained).Duration().Seconds())
		}
	}
	return text, true
}

// preStopSleep is that of the hook; 0: there is none, or it does something else.
func (c *inquiry) preStopSleep() time.Duration {
	seconds := 0.0
	fmt.Sscanf(c.meta.PreStop, "sleep %f", &seconds)
	return time.Duration(seconds * float64(time.Second))
}
