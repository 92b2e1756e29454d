package html

import (
	"strings"

	"zarif/report"
	"zarif/report/history"
)

// lost are the dropped and the masked hits of a trial, each of them, as columns of
// numbers that a script unpacks: small, since neighbours are alike.
type lost struct {
	Stream []int    `json:"stream"`
	Seq    []uint64 `json:"seq"`
	At     []int64  `json:"at"`   // µs after the one before it, the first after the trial's start
	Took   []int64  `json:"took"` // µs from the schedule to the end
	Masked []int    `json:"masked"`
	Cause  []int    `json:"cause"` // of a masked hit that of the attempts that were lost
	Pod    []int    `json:"pod"`   // where it was lost; 0: unknown
	Known  []int    `json:"known"` // how that is known
	By     []int    `json:"by"`    // who answered a masked hit in the end
	Fault  []int    `json:"fault"` // that it had asked for
	Why    []int    `json:"why"`   // the mechanism of the finding that names it; 0: none does
}

// lostHits collects them.
type lostHits struct {
	columns lost
	words   words
	why     map[string]string // mechanisms by hit
	before  int64
}

// words keeps each text once; "" is 0.
type words struct {
	ids   map[string]int
	texts []string
}

func newLost(findings []report.Finding) *lostHits {
	why := map[string]string{}
	for _, f := range findings {
		for _, hit := range f.HitIDs {
			why[hit] = f.Mechanism
		}
	}
	return &lostHits{
		why: why,
		columns: lost{
			Stream: []int{}, Seq: []uint64{}, At: []int64{}, Took: []int64{}, Masked: []int{}, Cause: []int{}, Pod: []int{}, Known: []int{}, By: []int{}, Fault: []int{}, Why: []int{},
		},
		words: words{ids: map[string]int{"": 0}, texts: []string{""}},
	}
}

func (ws *words) id(text string) int {
	id, known := ws.ids[text]
	if !known {
		id = len(ws.texts)
		ws.ids[text], ws.texts = id, append(ws.texts, text)
	}
	return id
}

// add takes h if it is dropped or masked.
func (l *lostHits) add(h *report.Hit) {
	if !h.Cause.Dropped() && !h.Masked() {
		return
	}
	cause, pod, known, by, masked := string(h.Cause), h.Pod, h.Known, "", 0
	if h.Masked() {
		masked, by = 1, h.Pod
		cause, pod, known = l.swallowed(h)
	}
	at, took := h.At.Microseconds(), int64(0)
	if done, ended := h.Done(); ended {
		took = (done - h.At).Microseconds()
	}
	c := &l.columns
	c.Stream, c.Seq, c.Masked = append(c.Stream, h.Stream), append(c.Seq, h.Seq), append(c.Masked, masked)
	c.At, c.Took = append(c.At, at-l.before), append(c.Took, took)
	c.Cause, c.Fault = append(c.Cause, l.words.id(cause)), append(c.Fault, l.words.id(h.Fault))
	c.Pod, c.Known, c.By = append(c.Pod, l.words.id(pod)), append(c.Known, l.words.id(string(known))), append(c.By, l.words.id(by))
	c.Why = append(c.Why, l.words.id(l.why[h.ID()]))
	l.before = at
}

// swallowed is how a masked hit was lost before it succeeded, and where for the
// first time.
func (l *lostHits) swallowed(h *report.Hit) (cause, pod string, known report.PodKnown) {
	var causes []string
	for _, a := range h.Lost {
		if text := string(a.Cause); len(causes) == 0 || causes[len(causes)-1] != text {
			causes = append(causes, text)
		}
		if pod == "" && a.Pod != "" {
			pod, known = a.Pod, report.PodConnection
		}
	}
	if len(causes) == 0 {
		causes = []string{string(history.Other)}
	}
	return strings.Join(causes, ", "), pod, known
}
