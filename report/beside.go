package report

import (
	"strconv"

	"zarif/report/history"
)

// beside reports whether an event is about a container's end that is not the end of
// the target's: that of another container, which may restart and may outlive it, or
// one of before the trial began.
func (ev *evidence) beside(e *history.Event) bool {
	if e.Type != history.EventContainerExited {
		return false
	}
	if e.T+e.Precision < 0 {
		return true
	}
	name := e.Attrs["container"]
	return ev.meta.Container != "" && name != "" && name != ev.meta.Container
}

// began takes over how often a container had been started again when the trial
// began.
func (l *life) began(e *history.Event) {
	n, err := strconv.Atoi(e.Attrs["restarts"])
	if err != nil {
		return
	}
	if l.before == nil {
		l.before = map[string]int{}
	}
	l.before[e.Attrs["container"]] = n
}
