package report

import "zarif/report/history"

// proves reports whether the absence of a line from before t is evidence: the log
// has no gap, and either it is complete or a later line was received. Lines of one
// process come in order; where several wrote, at once or one run after the other,
// a line of one proves nothing about another's, and only logs that are whole do.
func (l *podLog) proves(t history.Micros) bool {
	switch {
	case l.gap, len(l.runs) == 0 && l.ends == 0 && !l.hits:
		return false
	case l.ends > 0 && l.complete == l.ends && l.ends >= len(l.runs):
		return true
	case l.several:
		return l.whole() && l.last > t
	}
	return len(l.runs) <= 1 && l.ends <= 1 && l.last > t
}

// whole reports whether the log is known to hold every line. That of a container
// that still runs has no exit line yet: what it had written was read.
func (l *podLog) whole() bool {
	return !l.gap && l.ends > 0 && l.ends >= len(l.runs) && l.complete+l.running == l.ends
}

// over reports whether every line that was ever written to it was read.
func (l *podLog) over() bool {
	return !l.gap && l.ends > 0 && l.read == l.ends && l.ends >= len(l.runs)
}

// logsComplete reports whether the logs of all pods that ran are whole.
func (ls *lives) logsComplete() bool {
	ran := 0
	for _, l := range ls.list {
		_, exited := l.ended()
		if !exited && l.ready == notDone && l.answered == 0 && len(l.log.runs) == 0 && !l.log.hits {
			continue // it never ran
		}
		if !l.log.whole() {
			return false
		}
		ran++
	}
	return ran > 0
}
