package report

import "fmt"

// expect decides whether a trial and its streams are as expected. An inconclusive
// trial never is. Without an expectation a stream is as expected within its budget,
// and its trial when it is a pass.
func (t *Trial) expect() {
	definite := t.Verdict != Inconclusive
	t.AsExpected = definite && len(t.Streams) > 0
	for i := range t.Streams {
		s := &t.Streams[i]
		s.AsExpected = definite && s.met(t.Limits.Budget[s.Name])
		t.AsExpected = t.AsExpected && s.AsExpected
		if definite && !s.AsExpected {
			t.Unexpected = append(t.Unexpected, s.surprise(t.Limits.Budget[s.Name]))
		}
	}
}

// surprise says how a stream is not as expected.
func (s *Stream) surprise(budget int) string {
	switch s.Expected {
	case ExpectNone:
		return fmt.Sprintf("stream %s: no drop was expected, %d of %d hits were dropped", s.Name, s.Dropped, s.Sent)
	case ExpectSome:
		return fmt.Sprintf("stream %s: drops were expected, none of %d hits was dropped", s.Name, s.Sent)
	}
	return overBudget(s, budget)
}

func (s *Stream) met(budget int) bool {
	switch s.Expected {
	case ExpectAny:
		return true
	case ExpectNone:
		return s.Dropped == 0
	case ExpectSome:
		return s.Dropped > 0
	}
	return s.Dropped <= budget
}
