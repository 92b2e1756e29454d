package podlog

import (
	"strconv"
	"strings"
	"time"

	"zarif/report/history"
	"zarif/report/history/applog"
)

// record hands over what a line tells.
func (r *Reading) record(w *writer, l applog.Line) {
	switch l.E {
	case applog.RequestStart:
		served := history.Served{Hit: l.Hit, Pod: r.pod, Start: r.at(l.T)}
		if end, ended := w.ends[l.N]; ended {
			delete(w.ends, l.N)
			r.served(served, end)
			return
		}
		w.open[l.N] = served
	case applog.RequestEnd:
		served, open := w.open[l.Of]
		if !open {
			w.ends[l.Of] = l
			return
		}
		delete(w.open, l.Of)
		r.served(served, l)
	case applog.Start:
		r.told(w, history.EventAppStart, l, "pid", positive(l.PID))
	case applog.Ready:
		r.told(w, history.EventAppReady, l, "addr", l.Addr)
	case applog.Signal:
		r.told(w, history.EventAppSignal, l, "signal", l.Signal)
	case applog.Shutdown:
		r.told(w, history.EventAppShutdown, l)
	case applog.Draining:
		r.told(w, history.EventAppDraining, l)
	case applog.Closed:
		r.told(w, history.EventAppClosed, l)
	case applog.Drained:
		r.told(w, history.EventAppDrained, l)
	case applog.Exit:
		w.exited = true
		code := ""
		if l.Code != nil {
			code = strconv.Itoa(*l.Code)
		}
		r.told(w, history.EventAppExit, l, "code", code)
	}
}

// told hands over what a writer did.
func (r *Reading) told(w *writer, kind string, l applog.Line, attrs ...string) {
	r.event(kind, r.at(l.T), append(attrs, "writer", w.name)...)
}

func (r *Reading) served(s history.Served, end applog.Line) {
	s.Done, s.Status = r.at(end.T), uint16(end.Status)
	r.sink(history.Record{Served: &s})
}

const maxNotes = 20

// note passes on what is no line of the fixtures' log, such as a panic.
func (r *Reading) note(raw []byte) {
	const most = 300
	text := strings.TrimSpace(string(raw))
	if r.notes++; text == "" || r.notes > maxNotes {
		return
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	// Not of SourcePods: its time is that of its arrival, which must not pass for
	// that of a line.
	e := r.make(history.EventNote, history.MicrosOf(time.Since(r.epoch)), "text", text)
	e.Source = history.SourceAPI
	r.sink(history.Record{Event: &e})
}

func (r *Reading) at(unixMicros int64) history.Micros {
	return history.MicrosOf(time.UnixMicro(unixMicros).Sub(r.epoch))
}

func (r *Reading) event(kind string, t history.Micros, attrs ...string) {
	e := r.make(kind, t, attrs...)
	r.sink(history.Record{Event: &e})
}

// make leaves out attributes without a value.
func (r *Reading) make(kind string, t history.Micros, attrs ...string) history.Event {
	if r.restarts > 0 {
		attrs = append(attrs, "restarts", strconv.Itoa(int(r.restarts)))
	}
	e := history.Event{T: t, Source: history.SourcePods, Type: kind, Pod: r.pod}
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

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
