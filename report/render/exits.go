package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"zarif/report"
)

// exitLine is how pods with one exit code ended: the least and the most that any
// of them took from its deletion to its exit, in seconds.
type exitLine struct {
	code     string
	killed   bool
	timed    bool
	min, max float64
	pods     int
}

// exits says how the old pods that the disruption took away ended, e.g.
// "0 in 0.1 s ×3" or "137 in 30.0 s ×3, killed".
func exits(trials []report.Trial) []string {
	var lines []exitLine
	for _, t := range trials {
		for _, p := range t.Pods {
			if p.Role != report.RoleOld || !p.TakenAway {
				continue
			}
			lines = addExit(lines, p)
		}
	}
	slices.SortFunc(lines, func(a, b exitLine) int {
		return cmp.Or(cmp.Compare(len(a.code), len(b.code)), cmp.Compare(a.code, b.code), cmp.Compare(b.pods, a.pods))
	})
	texts := make([]string, 0, len(lines))
	for _, l := range lines {
		texts = append(texts, l.String())
	}
	return texts
}

func addExit(lines []exitLine, p report.Pod) []exitLine {
	one := exitLine{code: "unknown", killed: p.Killed != nil && *p.Killed, pods: 1}
	if p.ExitCode != nil {
		one.code = strconv.Itoa(*p.ExitCode)
	}
	if p.GraceUsed != nil {
		one.timed, one.min, one.max = true, *p.GraceUsed, *p.GraceUsed
		if p.ExitedPrecision != nil {
			one.max += *p.ExitedPrecision / 1000
		}
	}
	for i := range lines {
		l := &lines[i]
		if l.code != one.code || l.killed != one.killed || l.timed != one.timed {
			continue
		}
		l.min, l.max, l.pods = min(l.min, one.min), max(l.max, one.max), l.pods+1
		return lines
	}
	return append(lines, one)
}

func (l exitLine) String() string {
	text := l.code
	if l.timed {
		from, to := fmt.Sprintf("%.1f", l.min), fmt.Sprintf("%.1f", l.max)
		if from != to {
			from += "–" + to
		}
		text += " in " + from + " s"
	}
	text += fmt.Sprintf(" ×%d", l.pods)
	if l.killed {
		text += " killed"
	}
	return text
}
