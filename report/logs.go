package report

import "zarif/report/history"

// proves reports whether the absence of a line from before t is evidence: the log
// has no gap, and either it is complete or a later line was received. Lines of one
// process come in order; where a pod ran several, only complete logs of all of
// them prove anything.
func (l *podLog) proves(t history.Micros) bool {
	switch {
	case l.gap, l.starts == 0 && l.ends == 0 && !l.hits:
		return false
	case l.ends > 0 && l.complete == l.ends && l.ends >= l.starts:
		return true
	}
	return l.starts <= 1 && l.ends <= 1 && l.last > t
}

// logsComplete reports whether the logs of all pods that ran hold every line. A
// pod that still ran when the load had drained has no exit line yet; its log is
// complete when it has an end and no gap, and nothing interrupted the watching.
func (ls *lives) logsComplete(ev *evidence, ws windows) bool {
	broken := false
	for i := range ev.events {
		broken = broken || ev.events[i].Type == history.EventWatchBroken
	}
	ran := 0
	for _, l := range ls.list {
		x, exited := l.ended()
		if !exited && l.ready == notDone && l.answered == 0 && l.log.starts == 0 && !l.log.hits {
			continue // it never ran
		}
		ran++
		log := &l.log
		whole := !log.gap && log.ends > 0 && log.ends >= log.starts && log.complete == log.ends
		running := !exited || ws.drained != notDone && x.from > ws.drained
		if running && !broken && !log.gap && log.ends == 1 && log.starts <= 1 {
			whole = true
		}
		if !whole {
			return false
		}
	}
	return ran > 0
}
