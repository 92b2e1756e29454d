package report

import (
	"testing"

	"zarif/report/history"
)

// Complete is what tells a finished trial from one that was cut or failed.
func TestComplete(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*story)
		cut    bool
		want   bool
	}{
		{"as planned", func(*story) {}, false, true},
		{"a drop is no reason", func(s *story) { s.drop(0, disruptionAt+sec, 3, history.Refused) }, false, true},
		{"no end mark", func(s *story) { s.noEnd = true }, false, false},
		{"stops in a record", func(*story) {}, true, false},
		{"a record is missing", func(s *story) { s.lose = 1 }, false, false},
		{"interrupted", func(s *story) {
			s.noEnd = true
			s.ends = []history.End{{Source: history.SourceHarness, Reason: "interrupted"}}
		}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			c.change(s)
			var cut []error
			if c.cut {
				cut = append(cut, history.ErrCut)
			}
			trial, err := Analyse(each(s.records(), cut...))
			if err != nil || trial.Complete != c.want {
				t.Errorf("complete %v, error %v, want %v", trial.Complete, err, c.want)
			}
		})
	}
}
