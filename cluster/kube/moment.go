package kube

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"zarif/report/history"
)

// second is the precision of most times in objects: a moment written as 12:00:05
// was before 12:00:06.
const second = history.Micros(time.Second / time.Microsecond)

// span is the moment as an event has it.
func (m moment) span(epoch time.Time) (t, precision history.Micros) {
	at := history.MicrosOf(m.at.Sub(epoch))
	if m.from.IsZero() {
		return at, 0
	}
	from := history.MicrosOf(m.from.Sub(epoch))
	return from, max(at-from, 0)
}

// observed makes events of one change of one object.
type observed struct {
	epoch time.Time
	seen  moment
}

// arrival is an event whose time is that of the change's arrival.
func (o observed) arrival(kind, pod string, attrs ...string) history.Event {
	e := history.Event{Source: history.SourceAPI, Type: kind, Pod: pod}
	e.T, e.Precision = o.seen.span(o.epoch)
	return with(e, attrs)
}

// stamped is an event whose time an object tells, to the second.
func (o observed) stamped(kind, pod string, at time.Time, attrs ...string) history.Event {
	e := history.Event{Source: history.SourceAPI, Type: kind, Pod: pod, T: history.MicrosOf(at.Sub(o.epoch)), Precision: second}
	return with(e, attrs)
}

// since is stamped where the change was found by a list, so that its arrival
// says little, and arrival otherwise.
func (o observed) since(kind, pod string, at metav1.Time, attrs ...string) history.Event {
	if o.seen.listed && !at.IsZero() {
		return o.stamped(kind, pod, at.Time, attrs...)
	}
	return o.arrival(kind, pod, attrs...)
}

// with adds attributes in pairs; those without a value are left out.
func with(e history.Event, attrs []string) history.Event {
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[attrs[i]] = attrs[i+1]
	}
	return e
}

// eventTime is when what a Kubernetes event tells last happened.
func eventTime(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}
