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

// whole reports whether the log is known to hold every line. That of a container
// that still runs has no exit line yet: what it had written was read.
func (l *podLog) whole() bool {
	return !l.gap && l.ends > 0 && l.ends >= l.starts && l.complete+l.running == l.ends
}

// logsComplete reports whether the logs of all pods that ran are whole.
func (ls *lives) logsComplete() bool {
	ran := 0
	for _, l := range ls.list {
		_, exited := l.ended()
		if !exited && l.ready == notDone && l.answered == 0 && l.log.starts == 0 && !l.log.hits {
			continue // it never ran
		}
		if !l.log.whole() {
			return false
		}
		ran++
	}
	return ran > 0
}
