package picture

import (
	"fmt"

	"zarif/report"
)

// legend says what shapes mean, in two lines from y down.
func (l *timeline) legend(y float64, pods bool) {
	x := 14.0
	item := func(width float64, text string, draw func(x float64)) {
		draw(x)
		l.text(x+width+5, y, text, "small soft")
		x += width + 5 + smallLetter*float64(len([]rune(text))) + 16
	}
	lost := 0
	for _, outcome := range []report.Outcome{report.HitOK, report.HitDropped, report.HitMasked, report.HitMissed, report.HitUnresolved} {
		total := 0
		for i := range l.loads {
			total += l.loads[i].total[outcome]
		}
		if outcome == report.HitDropped {
			lost = total
		}
		if total > 0 || outcome == report.HitOK || outcome == report.HitDropped {
			item(11, outcome.String(), func(x float64) { l.Rect(x, y-9, 11, 10, class(outcome.String())) })
		}
	}
	if lost > 0 {
		item(11, "dropped hits were scheduled then", func(x float64) { l.Rect(x, y-9, 11, 10, class("shadow")) })
	}
	item(0, fmt.Sprintf("a bar is %g s", l.binWidth().Seconds()), func(float64) {})
	if !pods {
		return
	}
	x, y = 14, y+18
	item(16, "endpoint ready", func(x float64) {
		l.Line(x, y-4, x+16, y-4, class("endpoint"))
		l.Line(x+16, y-8, x+16, y, class("mark"))
	})
	for _, phase := range []struct{ class, text string }{{"starting", "starting"}, {"serving", "ready"}, {"deleted", "deleted"}, {"draining", "after SIGTERM"}} {
		item(16, phase.text, func(x float64) {
			l.Rect(x, y-9, 16, 10, class(phase.class))
			l.Rect(x, y-9, 16, 10, class("edge"))
		})
	}
	item(9, "deleted", func(x float64) { l.Polygon([]float64{x, x + 8, x + 4}, []float64{y - 8, y - 8, y - 1}, class("ink")) })
	item(8, "SIGTERM", func(x float64) { l.Circle(x+4, y-4, 3, class("ink")) })
	item(9, "exit", func(x float64) { l.Path(cross(x, y-8), class("mark")) })
}
