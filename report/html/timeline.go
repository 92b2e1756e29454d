package html

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A timeline is what the page draws of one trial.
type timeline struct {
	data  string // a drawing, packed; empty: there is nothing to draw
	fault string // why not
	lost  int    // hits that are listed one by one
}

// A drawing is a trial as the page's script reads it. Times are µs since the trial
// was started, by the harness's clock.
type drawing struct {
	Started time.Time `json:"started"`
	// Zero is the moment that the axis counts from: when the disruption began, or,
	// with ZeroIs "trial", when the trial was started.
	Zero    int64    `json:"zero"`
	ZeroIs  string   `json:"zeroIs"`
	Windows []span   `json:"windows"`
	Marks   []mark   `json:"marks"`
	Bins    bins     `json:"bins"`
	Pods    []life   `json:"pods"`
	PreStop string   `json:"preStop,omitempty"`
	Words   []string `json:"words"` // causes, pods and faults that lost hits name by number
	Lost    lost     `json:"lost"`
}

// A span is a window of the trial; it has no end where the history has none.
type span struct {
	Name string `json:"name"`
	From int64  `json:"from"`
	To   *int64 `json:"to,omitempty"`
}

// A mark is something that happened to the whole trial.
type mark struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// timelineOf reads the history of t for what is drawn of it.
func timelineOf(t *report.Trial, records iter.Seq2[history.Record, error]) timeline {
	var all points
	lost := newLost(t.Findings)
	err := report.Hits(records, func(h *report.Hit) {
		all.add(h)
		lost.add(h)
	})
	if err != nil {
		return timeline{fault: "no timeline: " + err.Error()}
	}
	d := drawing{Started: t.Started, ZeroIs: "trial", PreStop: t.Meta.PreStop, Windows: []span{}, Marks: []mark{}, Pods: []life{}}
	since := func(at time.Time) int64 { return at.Sub(t.Started).Microseconds() }
	for _, w := range t.Windows {
		s := span{Name: w.Name, From: since(w.Start)}
		if !w.End.IsZero() {
			s.To = new(since(w.End))
		}
		d.Windows = append(d.Windows, s)
		if w.Name == history.WindowDisruption {
			d.Zero, d.ZeroIs = s.From, "disruption"
		}
	}
	for _, e := range t.Events {
		if text := told(e); text != "" {
			d.Marks = append(d.Marks, mark{At: since(e.T), Text: text})
		}
	}
	for i := range t.Pods {
		d.Pods = append(d.Pods, lifeOf(t, &t.Pods[i], since))
	}
	d.Bins = all.bins(t.Streams, d.Zero)
	d.Lost, d.Words = lost.columns, lost.words.texts
	data, err := d.pack()
	if err != nil {
		return timeline{fault: "no timeline: " + err.Error()}
	}
	return timeline{data: data, lost: len(lost.columns.Seq)}
}

// told is an event of the trial as a whole in words; empty for one that is drawn
// elsewhere or not at all.
func told(e report.Event) string {
	switch e.Type {
	case history.EventAct:
		return strings.TrimSpace("act: " + strings.TrimPrefix(e.Detail, "action="))
	case history.EventComplete:
		return "complete"
	case history.EventIncomplete:
		return strings.TrimSpace("incomplete " + e.Detail)
	case history.EventInterrupted:
		return strings.TrimSpace("interrupted " + e.Detail)
	case history.EventWatchBroken:
		return strings.TrimSpace("watch broken " + e.Detail)
	}
	return ""
}

// pack is d as text without quotes, blanks or marks that HTML knows: deflated JSON
// in base64 for URLs.
func (d *drawing) pack() (string, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("put the timeline into words: %w", err)
	}
	var packed bytes.Buffer
	zip, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := zip.Write(plain); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(packed.Bytes()), nil
}
