// Package edgelog turns the access logs of the proxies that package fixtures/edge
// configures into records of a history. Getting the lines is not its business, and
// it does not decide whose fault anything was.
package edgelog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zarif/report/history"
)

// A Reading turns the log of one run of a proxy, in its order, into records. Not
// safe for concurrent use.
type Reading struct {
	edge  string // the pod
	epoch time.Time
	sink  func(history.Record)
	form  form
	notes int
}

// A form is how a proxy logs. It is asked for each line: hit is nil for one that
// is no request's, and note tells what a reader should see of such a line.
type form interface {
	line(raw []byte) (hit *request, note string)
}

// A request is one line of an access log.
type request struct {
	proxied history.Proxied // without Edge and Done
	done    time.Time
}

// maxNotes bounds what is passed on of lines that are no request's.
const maxNotes = 20

// forms are made anew for each reading, since some remember lines.
var forms = map[string]func() form{
	"nginx":   func() form { return &nginx{} },
	"haproxy": func() form { return haproxy{} },
	"envoy":   func() form { return envoy{} },
	"traefik": func() form { return &traefik{} },
}

// Forms are the names of the forms that there are.
func Forms() []string { return slices.Sorted(maps.Keys(forms)) }

// NewReading begins to read the log of a form that edge, a pod, writes. Times
// become µs since epoch.
func NewReading(formName, edge string, epoch time.Time, sink func(history.Record)) (*Reading, error) {
	make, known := forms[formName]
	if !known {
		return nil, fmt.Errorf("the log of an edge of the form %q cannot be read: want %s", formName, strings.Join(Forms(), ", "))
	}
	return &Reading{edge: edge, epoch: epoch, sink: sink, form: make()}, nil
}

// Take takes in one line.
func (r *Reading) Take(raw []byte) {
	hit, note := r.form.line(raw)
	if hit != nil {
		hit.proxied.Edge = r.edge
		hit.proxied.Done = history.MicrosOf(hit.done.Sub(r.epoch))
		r.sink(history.Record{Proxied: &hit.proxied})
	}
	if note != "" {
		r.note(note)
	}
}

// End says that the log has been read to its end.
func (r *Reading) End() {
	f, tells := r.form.(interface{ end() (note string) })
	if !tells {
		return
	}
	if note := f.end(); note != "" {
		r.notes = 0
		r.note(note)
	}
}

// note passes on what is no request's, such as that an upstream is held for dead.
func (r *Reading) note(text string) {
	const most = 300
	if r.notes++; r.notes > maxNotes {
		return
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	r.sink(history.Record{Event: &history.Event{
		T: history.MicrosOf(time.Since(r.epoch)), Source: history.SourceAPI, Type: history.EventNote,
		Attrs: map[string]string{"text": "edge " + r.edge + ": " + text},
	}})
}

// tries is n as a record holds it.
func tries(n int) uint8 { return uint8(max(0, min(n, 255))) }

// status is n as a record holds it; 0 for what is no status.
func status(n int) uint16 {
	if n < 100 || n > 999 {
		return 0
	}
	return uint16(n)
}
