package explain

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A Story is what a history tells of one hit, or of one pod, in order of time.
type Story struct {
	Title      string        `json:"title"`
	Entries    []Entry       `json:"entries"`
	Conclusion []string      `json:"conclusion"`   // what follows from it, a sentence each
	Uncertain  time.Duration `json:"uncertain_ns"` // how far apart the clocks of its sources may be
}

// An Entry is one thing that happened.
type Entry struct {
	T         history.Micros `json:"t_us"`         // at the earliest, since the trial began
	Precision history.Micros `json:"precision_us"` // how much later it can have been
	Source    string         `json:"source"`
	Text      string         `json:"text"`
}

// ErrUnknown means that a history has no such hit or pod.
var ErrUnknown = errors.New("not in the history")

// HitStory tells the story of the hit with the id that history.HitID gives it.
func HitStory(records iter.Seq2[history.Record, error], id string) (Story, error) {
	stream, seq, err := history.ParseHitID(id)
	if err != nil {
		return Story{}, err
	}
	return tell(records, func(c *inquiry) (Story, error) {
		h, known := c.facts.Hit(int(stream), seq)
		if !known {
			return Story{}, fmt.Errorf("hit %s: %w", id, ErrUnknown)
		}
		return c.hitStory(h), nil
	})
}

// PodStory tells the story of a pod.
func PodStory(records iter.Seq2[history.Record, error], name string) (Story, error) {
	return tell(records, func(c *inquiry) (Story, error) {
		p := c.byName[name]
		if p == nil {
			var known []string
			for _, p := range c.all {
				known = append(known, p.name)
			}
			return Story{}, fmt.Errorf("pod %s: %w, which knows %s", name, ErrUnknown, strings.Join(known, ", "))
		}
		return c.podStory(p), nil
	})
}

func tell(records iter.Seq2[history.Record, error], with func(*inquiry) (Story, error)) (s Story, err error) {
	asked := false
	_, failed := report.Analyse(records, func(_ *report.Trial, f *report.Facts) {
		asked = true
		s, err = with(newCase(f))
	})
	if err := errors.Join(failed, err); err != nil {
		return Story{}, err
	}
	if !asked {
		return Story{}, errors.New("the trial was skipped: it has no hits")
	}
	slices.SortStableFunc(s.Entries, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.Precision, b.Precision)) })
	return s, nil
}

func (s *Story) add(t, precision history.Micros, source, format string, args ...any) {
	s.Entries = append(s.Entries, Entry{T: t, Precision: precision, Source: source, Text: fmt.Sprintf(format, args...)})
}

// event adds one of the history's.
func (s *Story) event(e *history.Event) {
	var what []string
	if e.Pod != "" {
		what = append(what, "pod "+e.Pod)
	}
	what = append(what, e.Type)
	keys := []string{"name", "action", "reason", "message", "text", "error", "signal", "code", "exitCode", "grace", "restarts", "complete", "end", "writer"}
	for _, key := range keys {
		if v := e.Attrs[key]; v != "" {
			what = append(what, key+"="+v)
		}
	}
	s.add(e.T, e.Precision, e.Source, "%s", strings.Join(what, " "))
}
