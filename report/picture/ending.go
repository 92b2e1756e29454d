package picture

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"zarif/report"
)

// story is how a pod ended: when it was deleted, and what came how long after that.
func (l *timeline) story(p *report.Pod) string {
	if p.Deleted.IsZero() {
		if p.Exited.IsZero() {
			return ""
		}
		return "exited at " + l.axis.label(l.since(p.Exited)) + exitWords(p)
	}
	parts := []string{"deleted at " + l.axis.label(l.since(p.Deleted))}
	for _, m := range []struct {
		name string
		at   time.Time
	}{{"preStop", p.PreStop}, {"SIGTERM", p.SIGTERM}, {"endpoint not ready", p.EndpointNotReady}, {"last new connection", p.LastNewConnection}} {
		if !m.at.IsZero() {
			parts = append(parts, m.name+" "+after(m.at.Sub(p.Deleted)))
		}
	}
	switch {
	case p.Exited.IsZero():
		parts = append(parts, "no exit seen")
	case p.ExitedPrecision != nil && *p.ExitedPrecision >= 10:
		earliest := p.Exited.Sub(p.Deleted)
		parts = append(parts, fmt.Sprintf("exit %s to %s", after(earliest), after(earliest+time.Duration(*p.ExitedPrecision*float64(time.Millisecond))))+exitWords(p))
	default:
		parts = append(parts, "exit "+after(p.Exited.Sub(p.Deleted))+exitWords(p))
	}
	return strings.Join(parts, " · ")
}

func exitWords(p *report.Pod) string {
	text := ""
	if p.ExitCode != nil {
		text += ", code " + strconv.Itoa(*p.ExitCode)
	}
	if p.Killed != nil && *p.Killed {
		text += ", killed"
	}
	return text
}

// after is "+0.03 s", and never a zero with a minus.
func after(d time.Duration) string {
	d = d.Round(10 * time.Millisecond)
	return strings.ReplaceAll(fmt.Sprintf("%+.2f s", d.Seconds()), "-", "−")
}
