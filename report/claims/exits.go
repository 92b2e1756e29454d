package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zarif/report"
)

// every asks each pod: no where one says no, yes where all say yes.
func every(pods []report.Pod, ask func(report.Pod) truth) truth {
	all := yes
	for _, p := range pods {
		switch ask(p) {
		case no:
			return no
		case unknown:
			all = unknown
		}
	}
	if len(pods) == 0 {
		return unknown
	}
	return all
}

// told are the pods that tell something, where they are enough to go by without the
// others; else all.
func told(pods []report.Pod, tells func(report.Pod) bool) []report.Pod {
	some := slices.DeleteFunc(slices.Clone(pods), func(p report.Pod) bool { return !tells(p) })
	if len(some) < Needed {
		return pods
	}
	return some
}

// signalled: the application of every pod logged a signal, or, no, of none did. That
// it did not is known of logs that were read for long enough.
func signalled(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	pods = told(pods, func(p report.Pod) bool { return p.Signals != nil })
	got := 0
	for _, p := range pods {
		if p.Signals != nil && len(*p.Signals) > 0 {
			got++
		}
	}
	figure := fmt.Sprintf("the application logged a signal in %d of %d pods", got, len(pods))
	return every(pods, func(p report.Pod) truth {
		if p.Signals == nil {
			return unknown
		}
		return of((len(*p.Signals) > 0) == (c.Word == "yes"))
	}), figure
}

// killed: SIGKILL ended every pod at the end of its grace period, mostly: more than
// half of them, or, no, none.
func killed(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	pods = told(pods, func(p report.Pod) bool { return p.Killed != nil })
	n, open := 0, 0
	for _, p := range pods {
		switch {
		case p.Killed == nil:
			open++
		case *p.Killed:
			n++
		}
	}
	figure := fmt.Sprintf("%d of %d pods were killed at the end of the grace period", n, len(pods))
	if c.Word == "mostly" && open == 0 && len(pods) > 0 {
		return of(2*n > len(pods)), figure
	}
	return every(pods, func(p report.Pod) truth {
		if p.Killed == nil || c.Word == "mostly" {
			return unknown
		}
		return of(*p.Killed == (c.Word == "yes"))
	}), figure
}

func exitCode(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	var codes []string
	for _, p := range pods {
		code := "unknown"
		if p.ExitCode != nil {
			code = fmt.Sprint(*p.ExitCode)
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return every(pods, func(p report.Pod) truth {
		if p.ExitCode == nil {
			return unknown
		}
		return of(*p.ExitCode == c.Code)
	}), "exit codes " + strings.Join(codes, ", ")
}

// exitTime is from a pod's deletion to its exit, which is only known to lie within
// a range: a bound holds where the whole range does, and not where none of it does.
func exitTime(c Check, _ []report.Trial, pods []report.Pod) (truth, string) {
	least, most := time.Duration(-1), time.Duration(-1)
	result := every(pods, func(p report.Pod) truth {
		if p.GraceUsed == nil {
			return unknown
		}
		from := time.Duration(*p.GraceUsed * float64(time.Second))
		by := from
		if p.ExitedPrecision != nil {
			by += time.Duration(*p.ExitedPrecision * float64(time.Millisecond))
		}
		if least < 0 || from < least {
			least = from
		}
		most = max(most, by)
		switch {
		case by < c.AtLeast, c.AtMost > 0 && from > c.AtMost:
			return no
		case from < c.AtLeast, c.AtMost > 0 && by > c.AtMost:
			return unknown
		}
		return yes
	})
	if least < 0 {
		return unknown, "no exit was seen"
	}
	return result, fmt.Sprintf("exit %.1f–%.1f s after the deletion", least.Seconds(), most.Seconds())
}
