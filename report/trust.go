package report

import (
	"cmp"
	"slices"

	"zarif/report/history"
)

// history doubts a history that is not whole. What is missing may be what would
// have changed the counts, so a fail is not to be had from it either.
func (j *judgement) history() {
	ev := j.ev
	for _, fault := range ev.faults {
		j.grave("%s", fault)
	}
	end, closed := ev.ends[history.SourceHarness]
	switch {
	case ev.cut:
		j.grave("the history has no end mark: it stops in the middle of a record")
	case !closed:
		j.grave("the history has no end mark")
	case ev.total < end.Records:
		j.grave("the history lost records: %d were written, %d are there", end.Records, ev.total)
	}
	j.sources()
	for i, t := range j.tallies {
		if !t.ended {
			j.grave("stream %s: the load has no end mark, so it is unknown how many hits there were", j.trial.Streams[i].Name)
		}
	}
	for i := range ev.events {
		switch e := &ev.events[i]; e.Type {
		case history.EventInterrupted:
			if end.Reason == "" { // else that says it
				j.doubt("the trial was interrupted")
			}
		case history.EventWatchBroken:
			j.doubt("what happened to the pods may be incomplete: %s", cmp.Or(e.Attrs["error"], "watching them was interrupted"))
		}
	}
}

// complete reports whether the trial ended as planned and nothing of its history is
// missing that the harness wrote.
func (ev *evidence) complete() bool {
	end, closed := ev.ends[history.SourceHarness]
	return !ev.cut && closed && end.Reason == "" && ev.total >= end.Records
}

// sources checks the end marks of all who wrote records.
func (j *judgement) sources() {
	var names []string
	for source := range j.ev.ends {
		names = append(names, source)
	}
	slices.Sort(names)
	for _, source := range names {
		end := j.ev.ends[source]
		if end.Reason != "" {
			j.doubt("the %s did not end as planned: %s", called(source), end.Reason)
		}
		if source != history.SourceHarness && j.ev.written[source] < end.Records {
			j.grave("the history lost records of the %s: it wrote %d, %d are there", called(source), end.Records, j.ev.written[source])
		}
	}
	if _, ended := j.ev.ends[history.SourceAgent]; !ended && j.ev.usesAgent() {
		j.grave("the load agent left no end mark, so records of it may be missing")
	}
}

func called(source string) string {
	switch source {
	case history.SourceHarness:
		return "trial"
	case history.SourceAgent:
		return "load agent"
	}
	return "source " + source
}

// windowsSeen doubts a trial that did not go through its windows under load.
func (j *judgement) windowsSeen() {
	for _, name := range []string{history.WindowBaseline, history.WindowDisruption} {
		if !slices.ContainsFunc(j.windows.list, func(w window) bool { return w.name == name }) {
			j.grave("the trial never came to its %s window", name)
		}
	}
	for _, w := range j.windows.list {
		if w.name == history.WindowWarmup {
			continue
		}
		for i := range j.trial.Streams {
			if s := &j.trial.Streams[i]; s.Windows[w.name].Sent == 0 {
				j.doubt("stream %s: no hit was sent in the %s window", s.Name, w.name)
			}
		}
	}
}

// disruption doubts a trial whose disruption was not observed to be complete.
func (j *judgement) disruption() {
	if j.windows.disruption < 0 {
		return
	}
	why := ""
	for i := range j.ev.events {
		switch e := &j.ev.events[i]; e.Type {
		case history.EventComplete:
			return
		case history.EventIncomplete:
			why = ": " + cmp.Or(e.Attrs["error"], "no reason was given")
		}
	}
	j.doubt("the disruption did not complete%s", why)
}
