package report

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"zarif/report/history"
)

// ErrNothing is of a history in which nothing is told yet: its trial has just begun,
// or was cut as it did.
var ErrNothing = errors.New("the history has no meta record, so nothing is known of its trial")

// Analyse turns one history, its records in any order, into a trial. A history
// that is cut or has no end mark is analysed as far as it goes and inconclusive;
// bytes that are no history are an error, as is ErrNothing.
//
// Those that examine look closer, in their order, before the evidence is let go.
// They see no trial that was skipped.
func Analyse(records iter.Seq2[history.Record, error], examine ...Examiner) (Trial, error) {
	ev, err := gather(records)
	if err != nil {
		return Trial{}, err
	}
	t, pods := ev.analyse()
	if t.Skipped == "" {
		for _, look := range examine {
			look(&t, &Facts{ev: ev, pods: pods})
		}
	}
	return t, nil
}

func (ev *evidence) analyse() (Trial, *lives) {
	t := ev.describe()
	if reason, skipped := ev.skipped(); skipped {
		t.skip(reason)
		t.Events, t.Finished = ev.told(), ev.finished()
		return t, nil
	}
	ws := ev.windows()
	tallies := make([]tally, len(ev.streams))
	for i := range ev.streams {
		var s Stream
		s, tallies[i] = ev.count(i, ws)
		t.Streams = append(t.Streams, s)
	}
	for _, w := range ws.list {
		t.Windows = append(t.Windows, Window{Name: w.name, Start: ev.moment(w.start), End: ev.known(w.end)})
	}
	pods := ev.lives(ws)
	pods.reach(ev)
	draining := ev.draining(pods)
	for _, l := range pods.list {
		p := ev.pod(l, ws)
		p.Drain = draining.of(l)
		t.Pods = append(t.Pods, p)
	}
	t.NewWhileDraining = draining.met()
	t.Ledger = ev.ledger(pods)
	t.Events = ev.told()
	t.Finished = ev.finished()
	t.Unseen, t.Stays = ev.unseen(), ev.stays()

	j := judgement{ev: ev, trial: &t, tallies: tallies, windows: ws}
	j.judge(pods)
	t.expect()
	return t, pods
}

// describe is the trial as it was decided before it began.
func (ev *evidence) describe() Trial {
	m := &ev.meta
	t := Trial{
		Scenario: m.Scenario, Fixture: m.Fixture, Disruption: m.Disruption, Trial: m.Trial, Seed: m.Seed, Suite: m.Suite, Edge: m.Edge, Disrupts: m.Disrupts,
		Started: m.Started.UTC(), Meta: *m, Complete: ev.complete(), Images: m.Built,
		Limits:  Limits{Disruption: m.DisruptionLimit.Seconds(), Budget: map[string]int{}},
		Windows: []Window{}, Streams: []Stream{}, Pods: []Pod{}, Events: []Event{},
	}
	for _, s := range m.Streams {
		t.Limits.ConnectTimeout = max(t.Limits.ConnectTimeout, milliseconds(s.ConnectTimeout))
		t.Limits.ResponseTimeout = max(t.Limits.ResponseTimeout, milliseconds(s.ResponseTimeout))
		t.Limits.Budget[s.Name] = s.Budget
	}
	return t
}

// told are all events in order of time.
func (ev *evidence) told() []Event {
	events := make([]Event, 0, len(ev.events))
	for _, e := range ev.events {
		events = append(events, Event{
			T: ev.moment(e.T), Precision: millis(e.Precision), Source: e.Source, Type: e.Type, Pod: e.Pod, Node: e.Node, Detail: detail(e.Attrs),
		})
	}
	return events
}

func detail(attrs map[string]string) string {
	parts := make([]string, 0, len(attrs))
	for key, value := range attrs {
		parts = append(parts, fmt.Sprintf("%s=%s", key, value))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// finished is the last moment that the history tells of; zero: of none.
func (ev *evidence) finished() time.Time {
	last := notDone
	for _, e := range ev.events {
		last = max(last, e.T)
	}
	for i := range ev.streams {
		for _, h := range ev.streams[i].hits {
			last = max(last, h.done)
		}
	}
	return ev.known(last)
}
