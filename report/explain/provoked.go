package explain

import (
	"fmt"
	"slices"
	"strings"

	"zarif/report"
)

// astray is how many of the lost hits of a stream, in per cent, may be lost by a
// mechanism that nobody said may lose any; one hit may in any case.
const astray = 1

// provoked holds what was found in a trial against what its suite says of it: the
// mechanism that was provoked lost some of the stream's hits, and none but those
// that may. An inconclusive trial is left as it is: it never is as expected.
func provoked(t *report.Trial) {
	if t.Verdict == report.Inconclusive {
		return
	}
	for i := range t.Streams {
		s := &t.Streams[i]
		if s.Provokes == "" {
			continue
		}
		if surprise := foundOf(t, s).surprise(s); surprise != "" {
			s.AsExpected, t.AsExpected = false, false
			t.Unexpected = append(t.Unexpected, surprise)
		}
	}
}

// foundIn is how many of a stream's lost hits each mechanism lost, and all together.
type foundIn struct {
	by   map[string]int
	lost int
}

func foundOf(t *report.Trial, s *report.Stream) foundIn {
	in := foundIn{by: map[string]int{}}
	for _, f := range t.Findings {
		if f.Stream == s.Name {
			in.by[f.Mechanism] += f.Hits
			in.lost += f.Hits
		}
	}
	return in
}

// outside are the hits that were lost by what nobody said may lose any, and what
// that was, in the order of the table.
func (in foundIn) outside(s *report.Stream) (n int, which []string) {
	for _, m := range mechanisms() {
		if in.by[m.name] > 0 && m.name != s.Provokes && !slices.Contains(s.Besides, m.name) {
			n += in.by[m.name]
			which = append(which, m.name)
		}
	}
	return n, which
}

// surprise says how a stream is not as its suite says; empty: it is.
func (in foundIn) surprise(s *report.Stream) string {
	outside, which := in.outside(s)
	switch {
	case in.by[s.Provokes] == 0:
		return fmt.Sprintf("stream %s: %s was provoked, and lost none of %s", s.Name, s.Provokes, plural(in.lost, "lost hit"))
	case outside > 1 && 100*outside > astray*in.lost:
		return fmt.Sprintf("stream %s: %d of %s were lost by %s, which nobody said", s.Name, outside, plural(in.lost, "lost hit"), strings.Join(which, ", "))
	}
	return ""
}
